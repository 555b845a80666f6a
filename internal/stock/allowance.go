package stock

import (
	"fmt"
	"strings"
)

// A customer's allowance of an item, on a channel that limits it, is kept in a hidden item.
// The hidden item is in the same bucket, so that it moves with the item and is judged in
// the same decision. Its accounts are outside the house, so that no figure counts it. Units
// of it are held or bought; each open line is one more unit.
const (
	allowed      Account = "ext/allowed" // what the others come from
	allowedHeld  Account = "ext/allowed/held"
	allowedSold  Account = "ext/allowed/sold"
	allowedLines Account = "ext/allowed/lines"
)

// allowanceLot begins the lot of a hidden item. No real lot begins with it, since the name
// of an attribute is not empty.
const allowanceLot = "\x00"

// Hidden reports whether the item is one that no list shows: an allowance.
func (k ItemKey) Hidden() bool { return strings.HasPrefix(k.Lot, allowanceLot) }

// Allowance names the hidden item in which the line counts, false when it
// counts in none.
func (l *Line) Allowance() (ItemKey, bool) {
	if l.Period == 0 || l.Copied() {
		return ItemKey{}, false
	}
	return allowanceOf(l.Item, l.Channel, l.Customer, l.Period), true
}

// allowanceOf is what the customer has of the item on the channel in a period.
func allowanceOf(k ItemKey, channel, customer string, period Time) ItemKey {
	lot := appendString(appendString([]byte(allowanceLot), channel), customer)
	k.Lot = string(appendInt(lot, int64(period)))
	return k
}

// Uses is what customers have used of their allowances, as hidden items record it.
type Uses struct{ Held, Sold, Lines Qty }

// Uses returns what is used of an allowance; zero for one that does not exist.
func (i *Item) Uses() Uses {
	if i == nil {
		return Uses{}
	}
	return Uses{i.Of(allowedHeld), i.Of(allowedSold), i.Of(allowedLines)}
}

// Uses is what the line counts in its allowance.
func (l *Line) Uses() Uses {
	u := Uses{Held: l.Quantity(), Sold: l.Confirmed}
	if l.End == Open {
		u.Lines = 1
	}
	return u
}

// AllowanceOf names the hidden item that keeps what the customer has of the item
// on the channel, false when the channel does not limit that.
func (i *Item) AllowanceOf(channel, customer string) (ItemKey, bool) {
	if !i.Rule(channel).limitsCustomers() || customer == "" {
		return ItemKey{}, false
	}
	return allowanceOf(i.Key, channel, customer, i.Channel(channel).Since), true
}

// Forbids says why the channel's rule does not let an order have so many units, however
// many there are; nil when it does. used is what the customer has already, without the
// order's own lines of the item.
func (i *Item) Forbids(channel, customer string, n Qty, used Uses, now Time) *Refusal {
	r := i.Rule(channel)
	if r == nil || !i.Tracked {
		return nil
	}
	if refused := r.permits(i.Key, n, now); refused != nil {
		return refused
	}
	return r.permitsCustomer(i.Key, n, customer, used)
}

// permitsCustomer refuses what the customer may not have.
func (r *Rule) permitsCustomer(k ItemKey, n Qty, customer string, use Uses) *Refusal {
	if !r.limitsCustomers() {
		return nil
	}
	if customer == "" {
		return invalid("customer_id", "campaign %q limits what a customer may have: customer_id is missing", r.Channel)
	}
	if used := use.Held + use.Sold; r.MaxCustomer > 0 && n > r.MaxCustomer-used {
		return r.refuseCustomer(k, "allows %d units per customer, who has %d of them and asks for %d", r.MaxCustomer, used, n)
	}
	if r.MaxHolds > 0 && use.Lines >= Qty(r.MaxHolds) {
		return r.refuseCustomer(k, "allows %d open reservations per customer, who has %d of them", r.MaxHolds, use.Lines)
	}
	return nil
}

// PerCustomer is the field of a refusal for what the customer has already. Holds past their
// deadline that are not swept yet count, so a caller that gets this refusal expires them
// and asks again.
const PerCustomer = "customer_id"

func (r *Rule) refuseCustomer(k ItemKey, format string, args ...any) *Refusal {
	refusal := r.refuse(k, format, args...)
	refusal.Field = PerCustomer
	return refusal
}

// refuse says what the rule forbids.
func (r *Rule) refuse(k ItemKey, format string, args ...any) *Refusal {
	return &Refusal{
		Code:   InvalidState,
		Detail: fmt.Sprintf("campaign %q of product %q at location %q ", r.Channel, k.Product, k.Location) + fmt.Sprintf(format, args...),
	}
}

// use brings the allowance of the line up to what it is now; was is the line
// before, nil when it is new.
func (e *Event) use(s State, now Time, b Bucket, was, is *Line) error {
	k, ok := is.Allowance()
	if !ok {
		return nil
	}
	var from Uses
	if was != nil {
		from = was.Uses()
	}
	to := is.Uses()
	if from == to {
		return nil
	}
	it := s.Item(k)
	if it == nil {
		it = unopened(k, b, Opening{})
	}
	e.Items = append(e.Items, ItemChange{})
	d := edit(it, &e.Items[len(e.Items)-1])
	d.count(allowedHeld, to.Held-from.Held)
	d.count(allowedSold, to.Sold-from.Sold)
	d.count(allowedLines, to.Lines-from.Lines)
	for _, a := range [...]Account{allowedHeld, allowedSold, allowedLines} {
		if d.balance(a) < 0 {
			return fmt.Errorf("%w: account %s of an allowance of product %q at location %q would be %d",
				ErrBroken, a, k.Product, k.Location, d.balance(a))
		}
	}
	return d.done(now, "quantity")
}

// count lets the account of an allowance grow, or shrink, by n.
func (d *draft) count(a Account, n Qty) {
	if n > 0 {
		d.post(allowed, a, n)
	} else {
		d.post(a, allowed, -n)
	}
}
