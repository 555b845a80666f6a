package intake

import (
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Ask is one request of a tenant to the books.
type Ask struct {
	// Command is a pointer to a command of package stock. Submit fills in its
	// buckets, openings and units, whether its target has a key, and Decimals.
	Command stock.Command
	// Key is the caller's idempotency key, "" when there is none.
	Key string
	// Decimals are the quantities of the command that were given in the units of
	// their products.
	Decimals []Decimal
	// Declares makes the product and the location of the command known; nil: they
	// have to be known.
	Declares *Declaration
	// Sourcing says how the locations of a stock.Place are chosen; nil: each line
	// names its own.
	Sourcing *fulfil.Rules
	// AnyLocation is set for a command about lines of an order whose caller names
	// no location: a kit is found wherever its order has it.
	AnyLocation bool
	// Existing is set if the item has to be open: the command does not open it.
	Existing bool
	// Checked is set if the ask comes from a document whose products were
	// checked when it was written: Submit does not check whether they are kits.
	Checked bool
	// Known is what is known of the items of the command; nil: Submit looks it up.
	Known []catalog.Knowledge
	// Refused is why the caller refuses the ask: it is answered with this.
	Refused error
	// Unanswered says that Refused is no outcome: the same ask may be carried out
	// later. Asks after it about the same order or product are held back.
	Unanswered bool
}

// Declaration is what an ask makes known besides the product and the location.
type Declaration struct {
	Unit   catalog.Unit // of the product; zero: it is counted in pieces, or as it was declared
	Spread *bool        // how the location's items are placed; nil: as they are
}

// Outcome is the result of an ask.
type Outcome struct {
	ledger.Result
	// Chosen is the choice for a stock.Place whose locations were chosen or that
	// named kits, nil otherwise.
	Chosen *fulfil.Answer
	// Positions are further places in the books that show the outcome.
	Positions []ledger.Position
	// Known is what is known of the items of the command, in its order. It is nil
	// if the outcome is about other products: the components of kits.
	Known []catalog.Knowledge
	// Before are the items of the event as they were before it, of a dry run only.
	Before []*stock.Item

	refs int // how many of them are looked up
}

// ErrKeyReused says that the key of an ask was used for another request.
// Nothing has happened.
var ErrKeyReused = ledger.ErrKeyReused

// Unitless reports that no product of the ask has a declared unit, as far as it
// had to be looked up.
func (o *Outcome) Unitless() bool {
	for i := range o.Known {
		if o.Known[i].Unit.Scale != 0 {
			return false
		}
	}
	return len(o.Known) > 0
}
