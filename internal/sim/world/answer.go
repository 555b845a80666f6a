package world

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// answer is the part of a response that is about stock.
type answer struct {
	status   int
	code     string // of a problem, "" for success
	detail   string
	replayed bool
	position string
	stale    bool
	raw      string  // the body but for the request's id
	batch    *answer // to the batch that it is a part of, nil: to a request of its own

	body answerBody
}

type answerBody struct {
	Code, Detail, State string
	Shortages           []shortage
	Reservations        []reservation
	Available           *int64
	AsOf                time.Time `json:"as_of"`
	Items               []json.RawMessage
	Locations           []inventory
	NextPageToken       string `json:"next_page_token"`
	Expired             int64
	// How channels share an item: Stock in the answer to an allotment, Quotas in
	// a batch, else the answer itself.
	Stock, Quotas *sharedStock
	Moves         []unitMove
	// The outcome of a look, of a sale made elsewhere and of a retirement. Inventory is
	// that of the first two.
	Posted, Oversold int64
	Superseded       bool
	Draw             string
	LeadDays         int64 `json:"lead_days"`
	WrittenOff       int64 `json:"written_off"`
	Levels           int64
	Inventory        *inventory
	Shared           int64
	// Of a transfer.
	Transfer string    `json:"transfer_id"`
	From     string    `json:"from_location_id"`
	To       string    `json:"to_location_id"`
	Expected time.Time `json:"expected_at"`
	Lines    []transferLine
	History  []transferStep
	Channels []channelFigures
	// Of a case.
	Kind     string
	Quantity int64
	Decided  *caseDecision
	Orders   []caseOrder
	inventory
}

type shortage struct {
	Product   string `json:"product_id"`
	Location  string `json:"location_id"`
	Requested int64
	Available int64
	Reason    string
}

type reservation struct {
	Product   string `json:"product_id"`
	Location  string `json:"location_id"`
	Channel   string `json:"channel_id"`
	Requested int64
	Quantity  int64
	Deducted  int64
	Released  int64
	State     string
	Committed bool
	Lots      []lotUnits
	Expires   time.Time `json:"expires_at"`
}

// deadlineOf is when it expires, 0: it does not.
func (r *reservation) deadlineOf() int64 {
	if r.Expires.IsZero() {
		return 0
	}
	return r.Expires.UnixMilli()
}

type inventory struct {
	Product   string `json:"product_id"`
	Location  string `json:"location_id"`
	Available int64  `json:"available_stock"`
	Reserved  int64  `json:"reserved_stock"`
	OnHand    int64  `json:"on_hand"`
	Threshold int64  `json:"low_stock_threshold"`
	OnSale    bool   `json:"on_sale"`
	Retired   bool
	Version   int64
	// Units that are here and not for sale. Reads show them, answers to writes do not.
	Withheld, Damaged, Quality *int64
}

// caseDecision is what was decided about a case.
type caseDecision struct {
	Decision string
	Orders   []string
	To       string `json:"to_location_id"`
	Left     []struct {
		Order string `json:"order_id"`
	}
}

// left reports whether the decision was not carried out for the order.
func (d *caseDecision) left(order string) bool {
	for i := range d.Left {
		if d.Left[i].Order == order {
			return true
		}
	}
	return false
}

// caseOrder is an order that a case names.
type caseOrder struct {
	Order    string `json:"order_id"`
	Quantity int64
}

// transferLine is a product of a transfer.
type transferLine struct {
	Product   string `json:"product_id"`
	Requested int64
	Shipped   int64
	Received  int64
	Lost      int64
	Surplus   int64
	Returned  int64
	InTransit int64 `json:"in_transit"`
}

// transferStep is what has happened to it.
type transferStep struct {
	Action, Outcome, Operator string
	Lines                     []transferMoved
}

type transferMoved struct {
	Product  string `json:"product_id"`
	Quantity int64
	Lost     int64
	Surplus  int64
	ForOrder int64 `json:"for_order"`
}

// logLine is one entry of the stock log.
type logLine struct {
	Operation string
	Product   string `json:"product_id"`
	Location  string `json:"location_id"`
	Order     string `json:"order_id"`
	Operator  string
	DeltaA    int64 `json:"delta_available"`
	DeltaR    int64 `json:"delta_reserved"`
	AfterA    int64 `json:"available_after"`
}

// wire takes an answer in.
type wire struct {
	status int
	head   http.Header
	body   bytes.Buffer
}

func (w *wire) Header() http.Header         { return w.head }
func (w *wire) WriteHeader(status int)      { w.status = status }
func (w *wire) Write(b []byte) (int, error) { return w.body.Write(b) }

// answers splits the response: one answer to each question.
func (p *parcel) answers(w *wire, attempt string) ([]*answer, error) {
	a, err := w.answer(attempt)
	if err != nil || len(p.questions) == 1 {
		if err == nil {
			err = a.place(p.questions[0])
		}
		return []*answer{a}, err
	}
	if a.status != http.StatusOK {
		if !a.final() {
			return nil, nil
		}
		return nil, fmt.Errorf("a batch was answered %d: %s", a.status, a.raw)
	}
	return a.unpack(len(p.questions))
}

func (w *wire) answer(attempt string) (*answer, error) {
	a := &answer{
		status: w.status, replayed: w.head.Get("Idempotency-Replayed") == "true",
		position: w.head.Get("Holdfast-Position"), stale: w.head.Get("Holdfast-Stale") != "",
	}
	if err := json.Unmarshal(w.body.Bytes(), &a.body); err != nil {
		return nil, fmt.Errorf("the answer is no JSON: %w: %.200s", err, w.body.Bytes())
	}
	a.code, a.detail = a.body.Code, a.body.Detail
	a.raw = strings.ReplaceAll(w.body.String(), attempt, "")
	return a, nil
}

// place puts the figures of the item where those of other calls have them.
func (a *answer) place(q *question) error {
	switch b := &a.body; {
	case b.Inventory != nil:
		b.inventory = *b.Inventory
	case (q.verb == "retire" || q.verb == "reinstate") && len(b.Items) == 1:
		return json.Unmarshal(b.Items[0], &b.inventory)
	}
	return nil
}
