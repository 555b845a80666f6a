package fulfil

import (
	"encoding/json"
	"fmt"
	"strconv"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

// Plan is what was chosen for a call.
type Plan struct {
	// Lines are what the locations give, by product and location; of kits
	// their components, added up with lines for the same product.
	Lines []Line
	// Kits are the kits of the call and what they were put together from.
	Kits []Kit
	// Reasons say, per product, why a location gives or not: for all that give, and for
	// some of the others, best first.
	Reasons []Reason
	// Shipments is how many locations give, Cost the sum of their lanes' costs; -1 where
	// one of them has no lane, and where nothing was chosen.
	Shipments int
	Cost      int64
	// Short is what was asked for and is not in Lines: with Partial.
	Short []stock.Shortage
}

// Kit is a line of a call whose product is a kit.
type Kit struct {
	Line
	Parts []planning.Line // of one unit of it, plain products, by product
}

// Reason is why a location gives of a product, or why not.
type Reason struct {
	Product, Location string
	Code              planning.Code
	Sentence          string
}

// plan is what is kept of a choice.
type plan struct {
	Plan
	Sourced bool
	// Asked are the lines of the call of which something was chosen.
	Asked    []Line
	Channel  string
	Customer string     `json:",omitempty"`
	TTL      stock.Time // milliseconds
	Partial  bool
	// Attempt counts the choices of the same call. Key says which call that was, zero for
	// one without a key.
	Attempt int
	Key     [16]byte
	// Made is the version that the choice had when this was chosen: later versions only
	// have more Changes. It names the attempt in the books.
	Made int64
	// None says that there was nothing to choose: no lines, and the books were
	// never asked.
	None bool `json:",omitempty"`
	// Changes are the releases and deducts of kits, in the order in which they
	// were decided.
	Changes []change `json:",omitempty"`
}

// plannedChoice is a choice with its plan.
type plannedChoice struct {
	catalog.Choice
	plan
}

func readRows(choices []catalog.Choice) ([]*plannedChoice, error) {
	rows := make([]*plannedChoice, len(choices))
	for i := range choices {
		rows[i] = &plannedChoice{Choice: choices[i]}
		if err := json.Unmarshal([]byte(choices[i].Body), &rows[i].plan); err != nil {
			return nil, fmt.Errorf("read what was chosen for order %q: %w", choices[i].Order, err)
		}
	}
	return rows, nil
}

// next is the row with another plan, one version on.
func (r *plannedChoice) next(p plan) (*catalog.Choice, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("write what was chosen: %w", err)
	}
	choice := r.Choice
	choice.Version, choice.Body = r.Version+1, string(body)
	return &choice, nil
}

// booked is the idempotency key under which the books keep the outcome of the
// attempt, its refusal too. No caller can send it: it begins with a zero byte,
// and callers' keys are visible ASCII.
func (r *plannedChoice) booked() string {
	return "\x00choice\x00" + r.Order + "\x00" + strconv.Itoa(r.Number) + "\x00" + strconv.FormatInt(r.Made, 10)
}
