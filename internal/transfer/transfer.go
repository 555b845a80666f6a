package transfer

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// The states of a transfer, in the words of the contract.
const (
	Requested = "requested"
	Approved  = "approved"
	InTransit = "in_transit"
	Received  = "received"
	Cancelled = "cancelled"
)

// States are all of them, OpenStates those in which more can happen.
var (
	States     = []string{Requested, Approved, InTransit, Received, Cancelled}
	OpenStates = States[:3]
)

// Transfer is the document of a transfer of stock between two locations, as it
// is after its last step that has ended.
type Transfer struct {
	Tenant, ID string
	// Number grows from one transfer of the tenant to the next.
	Number   int64
	From, To string
	// Channel is the channel whose quota the units come out of; empty: the shared pool.
	Channel string
	State   string
	Lines   []Line
	// Expected is when the units are to arrive, 0 when no time is given. From approval on,
	// units that are expected are the destination's incoming ones.
	Expected         stock.Time
	Created, Changed stock.Time
	Reason           string
	Reference        string
	Operator         string
	// Straight says that it is shipped and received at once: servers complete it.
	Straight bool
	// Steps are its history, the first of them its request.
	Steps []Step
}

// Line is one product of a transfer, or one lot of it, in smallest units:
// Shipped = Received + Lost + Returned + Transit.
type Line struct {
	Product string
	// Lot is the lot of the units, "": of none.
	Lot       stock.Lot
	Requested stock.Qty
	Shipped   stock.Qty
	Received  stock.Qty
	// Lost did not arrive; Surplus arrived and was never shipped.
	Lost, Surplus stock.Qty
	// Returned went back to where it came from when the transfer was cancelled.
	Returned stock.Qty
}

// Transit is the number of units in transit.
func (l *Line) Transit() stock.Qty { return l.Shipped - l.Received - l.Lost - l.Returned }

// document is what a transfer's row has packed: the request, and what happened since. Its
// bytes are in the catalog's log; fields are only added.
type document struct {
	Channel string          `json:"channel,omitempty"`
	Lines   []requestedLine `json:"lines"`
	Steps   []Step          `json:"steps"`
	// Straight is left out by earlier versions, which left such a transfer as it was.
	Straight bool `json:"straight,omitempty"`
}

type requestedLine struct {
	Product   string    `json:"product"`
	Requested stock.Qty `json:"requested"`
	Lot       []byte    `json:"lot,omitempty"` // which is no text
}

// unpack reads a transfer's row.
func unpack(row *catalog.StockTransfer) (*Transfer, error) {
	var d document
	if err := json.Unmarshal(row.Body, &d); err != nil {
		return nil, fmt.Errorf("unpack transfer %q: %w", row.ID, err)
	}
	t := &Transfer{
		Tenant: row.Tenant, ID: row.ID, Number: row.Number, From: row.From, To: row.To, Channel: d.Channel, Straight: d.Straight,
		Lines: make([]Line, len(d.Lines)), Steps: d.Steps,
	}
	for i, l := range d.Lines {
		t.Lines[i] = Line{Product: l.Product, Lot: stock.Lot(l.Lot), Requested: l.Requested}
	}
	for i := range t.Steps {
		t.apply(&t.Steps[i])
	}
	return t, nil
}

// pack writes the transfer into its row.
func (t *Transfer) pack(row *catalog.StockTransfer) error {
	d := document{Channel: t.Channel, Lines: make([]requestedLine, len(t.Lines)), Steps: t.Steps, Straight: t.Straight}
	for i := range t.Lines {
		d.Lines[i] = requestedLine{t.Lines[i].Product, t.Lines[i].Requested, []byte(t.Lines[i].Lot)}
	}
	body, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("pack transfer %q: %w", t.ID, err)
	}
	row.Tenant, row.ID, row.From, row.To = t.Tenant, t.ID, t.From, t.To
	row.State, row.Pending, row.Body = t.State, t.pending() != nil || t.isUnderWay(), body
	return nil
}

// afterStep is the transfer as it was when step n had ended.
func (t *Transfer) afterStep(n int) *Transfer {
	was := &Transfer{
		Tenant: t.Tenant, ID: t.ID, Number: t.Number, From: t.From, To: t.To, Channel: t.Channel, Straight: t.Straight,
		Lines: make([]Line, len(t.Lines)), Steps: slices.Clone(t.Steps[:n+1]),
	}
	for i := range t.Lines {
		was.Lines[i] = Line{Product: t.Lines[i].Product, Lot: t.Lines[i].Lot, Requested: t.Lines[i].Requested}
	}
	for i := range was.Steps {
		was.apply(&was.Steps[i])
	}
	return was
}

// withStep is the transfer with one more step that has ended well. The transfer
// itself stays as it is.
func (t *Transfer) withStep(s Step) *Transfer {
	next := *t
	next.Lines, next.Steps = slices.Clone(t.Lines), append(slices.Clone(t.Steps), s)
	s.Outcome = StepDone
	next.apply(&s)
	return &next
}

// pending is the step that is begun and not ended, nil when there is none. It
// is the last one.
func (t *Transfer) pending() *Step {
	if n := len(t.Steps); n > 0 && t.Steps[n-1].Outcome == StepPending {
		return &t.Steps[n-1]
	}
	return nil
}

// Pending reports whether a step is begun and not ended.
func (t *Transfer) Pending() bool { return t.pending() != nil }

// index is the place of the product's first line, -1 when it has none.
func (t *Transfer) index(product string) int {
	return slices.IndexFunc(t.Lines, func(l Line) bool { return l.Product == product })
}

// TransitOf is the number of the product's units in transit, of all lots.
func (t *Transfer) TransitOf(product string) (n stock.Qty) {
	for i := range t.Lines {
		if l := &t.Lines[i]; l.Product == product {
			n += l.Transit()
		}
	}
	return n
}

// incomingOf is what the product has in the destination's incoming account.
func (t *Transfer) incomingOf(product string) (n stock.Qty) {
	for i := range t.Lines {
		if l := &t.Lines[i]; l.Product == product {
			n += t.incoming(l)
		}
	}
	return n
}

// incoming is what the line adds to the destination's incoming account.
func (t *Transfer) incoming(l *Line) stock.Qty {
	switch {
	case t.Expected == 0:
		return 0
	case t.State == Approved:
		return l.Requested
	case t.State == InTransit:
		return l.Transit()
	}
	return 0
}

// Outstanding is what the line may still bring to its destination.
func (t *Transfer) Outstanding(l *Line) stock.Qty {
	switch t.State {
	case Requested, Approved:
		return l.Requested
	case InTransit:
		return l.Transit()
	}
	return 0
}

func timeOf(t time.Time) stock.Time { return stock.Time(t.UnixMilli()) }
