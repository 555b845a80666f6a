package stock

import (
	"errors"
	"fmt"
	"slices"
)

// ErrBroken says that the state contradicts itself: a line without its item, or less in an
// account than its holds have drawn. It is not a refusal: nothing must be written to the
// item until somebody has looked. Nothing was decided.
var ErrBroken = errors.New("books are broken")

// Bounds on what one command may name, and the range of a hold's life. They are part of the
// contract (API.md).
const (
	// MaxLines is how many lines one reserve call may have.
	MaxLines = 2000
	// MinTTL and MaxTTL bound the life of a hold: a second to 30 days.
	MinTTL Time = 1000
	MaxTTL Time = 2_592_000 * 1000
	// MaxScale is how many decimals a unit may have.
	MaxScale = 6
)

func invalid(field, format string, args ...any) *Refusal {
	return &Refusal{Code: Invalid, Field: field, Detail: fmt.Sprintf(format, args...)}
}

// UnknownItem refuses a command about a product or a location that is not known.
func UnknownItem(k ItemKey) *Refusal {
	return &Refusal{
		Code: NotFound, Field: "item",
		Detail: fmt.Sprintf("product %q at location %q is not known", k.Product, k.Location),
	}
}

// LocationInactive is the Field of a refusal of new orders by a location that
// takes none.
const LocationInactive = "location_inactive"

func inactive(location string) *Refusal {
	return &Refusal{
		Code: InvalidState, Field: LocationInactive,
		Detail: fmt.Sprintf("location %q is not active: it takes no new orders", location),
	}
}

// refuseUntracked refuses to count an item that is not counted: to accept the figure and keep 0
// would lose what the caller reported.
func refuseUntracked(k ItemKey) *Refusal {
	return invalid("product_id", "product %q at location %q is not tracked: it has no figures to change", k.Product, k.Location)
}

func insufficient(short ...Shortage) *Refusal {
	detail := "not enough units"
	if len(short) == 1 {
		detail = short[0].sentence()
	}
	return &Refusal{Code: Insufficient, Detail: detail, Shortages: short}
}

// NotEnough refuses a command because of the shortages.
func NotEnough(short ...Shortage) *Refusal { return insufficient(short...) }

// explainNoLot adds the reason to a refusal for lack of units: the item is kept in lots and
// the command named no lot.
func (r *Refusal) explainNoLot(it *Item, k ItemKey, a Account) *Refusal {
	const some = Lot("some")
	if k.Lot == "" && len(it.Lots) > 0 && a.InLot(some) != a {
		r.Detail += fmt.Sprintf("; product %q at location %q is kept in lots and no lot was named, which means its units of no lot", k.Product, k.Location)
	}
	return r
}

func (s Shortage) sentence() string {
	if s.NotOnSale {
		return fmt.Sprintf("product %q at location %q is not on sale", s.Product, s.Location)
	}
	return fmt.Sprintf("product %q at location %q: %d asked, %d available", s.Product, s.Location, s.Requested, s.Available)
}

// addSources adds the accounts with units that the channel could have to a refusal for lack of
// one product with quotas.
func (c Place) addSources(r *Refusal, asks []ask, now Time) *Refusal {
	if len(r.Shortages) != 1 || r.Shortages[0].NotOnSale {
		return r
	}
	for i := range asks {
		if a := &asks[i]; a.isNew() && a.gets < a.Qty && a.item != nil && a.item.Channel(c.Channel) != nil {
			r.Detail += a.item.describeSources(c.Channel, a.gets, now)
		}
	}
	return r
}

// describeSources names the accounts of the units that a channel with a quota could have now.
func (i *Item) describeSources(channel string, available Qty, now Time) string {
	own, shared := i.Of(Quota(channel)), Qty(0)
	draws := i.Draws(channel, now)
	if !slices.Contains(draws, Quota(channel)) {
		own = 0
	}
	text := fmt.Sprintf(": %d in %s", own, Quota(channel))
	var lent Qty
	for _, a := range draws {
		switch a {
		case Quota(channel):
		case Shared:
			shared = i.Of(Shared)
			text += fmt.Sprintf(", %d in %s", shared, Shared)
		default:
			lent += i.Of(a)
		}
	}
	if lent > 0 {
		text += fmt.Sprintf(", %d lent by others", lent)
	}
	if ahead := available - own - shared - lent; ahead > 0 {
		text += fmt.Sprintf(", %d not there yet", ahead)
	}
	return text
}

// shortOf is the shortage of an item that could give only available.
func shortOf(k ItemKey, requested, available Qty) Shortage {
	return Shortage{Location: k.Location, Product: k.Product, Requested: requested, Available: available}
}

// checkItem refuses a key that cannot name an item.
func checkItem(k ItemKey) *Refusal {
	switch {
	case k.Product == "":
		return invalid("product_id", "product_id is missing")
	case k.Location == "":
		return invalid("location_id", "location_id is missing")
	case k.Tenant == "":
		return invalid("tenant", "the tenant is missing")
	}
	return nil
}

// checkQty refuses a quantity outside least..MaxQty.
func checkQty(field string, q, least Qty) *Refusal {
	if q < least || q > MaxQty {
		return invalid(field, "%s must be from %d to %d, it is %d", field, least, MaxQty, q)
	}
	return nil
}

// lotsRefused refuses what the lots of an item do not allow.
func lotsRefused(k ItemKey, format string, args ...any) *Refusal {
	return &Refusal{
		Code:   InvalidState,
		Detail: fmt.Sprintf("product %q at location %q ", k.Product, k.Location) + fmt.Sprintf(format, args...),
	}
}
