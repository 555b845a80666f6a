package stock

import (
	"fmt"
	"slices"
	"strings"
)

// Retire takes an item out of use: nothing of it is sold, and nothing comes in, until it is
// reinstated. It is refused while units are held, promised, on their way, oversold or in
// escrow of an outpost, and while units are there, unless WriteOff writes them off. Its
// history stays.
type Retire struct {
	Item     ItemKey
	Bucket   Bucket
	WriteOff bool
	Note     Note
}

// Reinstate brings an item that was retired back into use, on sale and with no units.
type Reinstate struct {
	Item   ItemKey
	Bucket Bucket
	Note   Note
}

// ItemRetired is the Field of a refusal of what an item that is retired does not take.
const ItemRetired = "item_retired"

// Op names the command.
func (c Retire) Op() Op { return OpRetire }

// Op names the command.
func (c Reinstate) Op() Op { return OpReinstate }

// Reach says what the command needs to be judged.
func (c Retire) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

// Reach says what the command needs to be judged.
func (c Reinstate) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

func (c Retire) decide(s State, now Time) (Event, error) {
	it, err := orUnopened(s, c.Item, c.Bucket, nil)
	if err != nil {
		return Event{}, err
	}
	e, d := beginEvent(OpRetire, it, c.Note)
	if it.Retired {
		d.show()
		return e, nil
	}
	if r := it.MayRetire(c.WriteOff); r != nil {
		return Event{}, r
	}
	for _, b := range it.Balances {
		if b.Account.Physical() {
			d.post(b.Account, Adjustment, b.Qty)
		}
	}
	d.to.Retired, d.to.OnSale = true, false
	return orNothing(e, d.done(now, "write_off"))
}

// MayRetire is why the item cannot be retired, nil when it can: an outpost has units of it,
// somebody waits for some, or units are there and are not to be written off.
func (i *Item) MayRetire(writeOff bool) *Refusal {
	if keepers := i.Keepers(); len(keepers) > 0 {
		return refuseKept(keepers, fmt.Sprintf("%q at %q cannot be retired", i.Key.Product, i.Key.Location),
			"a till hands back once it is connected and the call is repeated; write off a till that is lost")
	}
	var held, promised, leaving, coming, there Qty
	var transfers, arriving []string
	for _, b := range i.Balances {
		_, arrived := b.Account.origin()
		switch id, sent := b.Account.Transfer(); {
		case b.Account == Held:
			held += b.Qty
		case b.Account.Ahead(): // nobody has drawn it
		case b.Account.isPromised() || arrived:
			promised += b.Qty
		case sent && b.Qty != 0:
			leaving += b.Qty
			transfers = append(transfers, id)
		case b.Account.isIncoming():
			coming += b.Qty
			if b.Qty != 0 {
				arriving = append(arriving, strings.TrimPrefix(string(b.Account), "incoming/"))
			}
		case b.Account.Physical():
			there += b.Qty
		}
	}
	var all []string
	for _, of := range [...]struct {
		n    Qty
		what string
	}{{held, "held for orders"}, {promised, "promised to orders"}, {leaving, nameTransfers("from there", transfers)}, {coming, nameTransfers("there", arriving)}, {-i.Of(Oversold), "oversold"}} {
		if of.n != 0 {
			all = append(all, fmt.Sprintf("%d are %s", of.n, of.what))
		}
	}
	switch {
	case len(all) > 0:
		return i.Key.RefuseInUse(strings.Join(all, ", ") + endTransfers(slices.Concat(transfers, arriving)))
	case there != 0 && !writeOff:
		return i.Key.RefuseInUse(fmt.Sprintf("%d are there: move them to another location, or write them off", there))
	}
	return nil
}

// RefuseInUse refuses to retire an item, because of why.
func (k ItemKey) RefuseInUse(why string) *Refusal {
	return &Refusal{Code: InvalidState, Detail: fmt.Sprintf("%q at %q cannot be retired: %s", k.Product, k.Location, why)}
}

// HasLeft refuses to retire an item while transfers have units of it on their way to
// another location.
func HasLeft(k ItemKey, transfers []string) *Refusal {
	return k.RefuseInUse("units are " + nameTransfers("from there", transfers) + endTransfers(transfers))
}

// MaxNamed is how many transfers a refusal to retire names.
const MaxNamed = 3

// nameTransfers names the transfers that units are on their way with.
func nameTransfers(way string, transfers []string) string {
	var named strings.Builder
	for n, id := range transfers[:min(len(transfers), MaxNamed)] {
		if n > 0 {
			named.WriteString(", ")
		}
		fmt.Fprintf(&named, "%q", id)
	}
	if len(transfers) > MaxNamed {
		named.WriteString(" and others")
	}
	return "on their way " + way + " with transfer " + named.String()
}

// endTransfers says how transfers are ended, by the first of them.
func endTransfers(transfers []string) string {
	if len(transfers) == 0 {
		return ""
	}
	return fmt.Sprintf(": receive or cancel each first (holdfast transfers receive %s, holdfast transfers cancel %s)", transfers[0], transfers[0])
}

func (c Reinstate) decide(s State, now Time) (Event, error) {
	it, err := orUnopened(s, c.Item, c.Bucket, nil)
	if err != nil {
		return Event{}, err
	}
	e, d := beginEvent(OpReinstate, it, c.Note)
	if !it.Retired {
		d.show()
		return e, nil
	}
	d.to.Retired, d.to.OnSale = false, true
	return orNothing(e, d.done(now, "product_id"))
}

// refuseRetired refuses an event that would change an item that is retired.
func (e *Event) refuseRetired(cmd Command) *Refusal {
	switch c := cmd.(type) {
	case Mirror:
		return nil // it has happened
	case Recall:
		if c.Exact {
			return nil // what comes once the item is back in use is under it
		}
	}
	shift, _ := cmd.(Shift)
	for n := range e.Items {
		if i := &e.Items[n]; i.Retired && i.Changed && e.Op.facts().dead && (e.Op != OpTransfer || !i.isOnlyOnTheWay(shift.Undo)) {
			return refuseItemRetired(i.Key)
		}
	}
	return nil
}

func refuseItemRetired(k ItemKey) *Refusal {
	return &Refusal{
		Code: InvalidState, Field: ItemRetired,
		Detail: fmt.Sprintf("%q at %q is retired: reinstate it first", k.Product, k.Location),
	}
}

// isOnlyOnTheWay reports whether the change moves units only between a transfer and the
// outside: they left the item before and arrive elsewhere, or did not arrive there. Units
// that were announced to the item may be called off, and announced again to undo that.
func (c *ItemChange) isOnlyOnTheWay(undo bool) bool {
	return !slices.ContainsFunc(c.Postings, func(p Posting) bool {
		_, out := p.From.Transfer()
		_, back := p.To.Transfer()
		switch {
		case p.differs():
			return false
		case p.From.promised():
			return p.To != Promise
		case p.To.promised():
			return !undo || p.From != Promise
		}
		return (!out || p.To != Adjustment) && (!back || p.From != Adjustment)
	})
}

// AppendCanonical appends what makes two requests the same.
func (c Retire) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpRetire)))
	return c.Note.appendCanonical(appendBool(dst, c.WriteOff))
}

// AppendCanonical appends what makes two requests the same.
func (c Reinstate) AppendCanonical(dst []byte) []byte {
	return c.Note.appendCanonical(c.Item.appendCanonical(append(dst, byte(OpReinstate))))
}

func (c Retire) append(dst []byte) []byte {
	return c.Note.append(appendBool(appendItemAt(dst, c.Item, c.Bucket), c.WriteOff))
}

func (c Reinstate) append(dst []byte) []byte {
	return c.Note.append(appendItemAt(dst, c.Item, c.Bucket))
}

func (c Retire) firstItem() (ItemKey, Bucket, bool)    { return c.Item, c.Bucket, true }
func (c Reinstate) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
