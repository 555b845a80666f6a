package stock

import "fmt"

// draft is one item on its way to an ItemChange. A rule posts to it; done checks the
// outcome and fills in the figures.
type draft struct {
	was *Item
	to  *ItemChange
	// wild is set when a balance left the range of int64.
	wild bool
}

// edit starts to with the item as it is.
func edit(was *Item, to *ItemChange) draft {
	*to = ItemChange{
		Key: was.Key, Bucket: was.Bucket,
		Unit: was.Unit, Scale: was.Scale,
		Threshold: was.Threshold, Tracked: was.Tracked,
		OnSale: was.OnSale, Off: was.Off, Retired: was.Retired,
		Version: was.Version, UpdatedAt: was.UpdatedAt,
		Seen: was.Seen, LotPolicy: was.LotPolicy,
	}
	return draft{was: was, to: to}
}

// beginEvent starts an event about one item.
func beginEvent(op Op, was *Item, note Note) (Event, draft) {
	e := Event{Op: op, Tenant: was.Key.Tenant, Items: make([]ItemChange, 1), Note: note}
	return e, edit(was, &e.Items[0])
}

// balance is the balance of the account, including what was posted so far.
func (d *draft) balance(a Account) Qty {
	for i := range d.to.Touched {
		if d.to.Touched[i].Account == a {
			return d.to.Touched[i].Qty
		}
	}
	return d.was.Of(a)
}

// post moves q units; nothing when q is 0.
func (d *draft) post(from, to Account, q Qty) {
	if q == 0 {
		return
	}
	if d.to.Postings == nil {
		// One allocation serves most commands.
		room := new(struct {
			postings [2]Posting
			touched  [3]Balance
		})
		d.to.Postings, d.to.Touched = room.postings[:0], room.touched[:0]
	}
	d.to.Postings = append(d.to.Postings, Posting{from, to, q})
	d.add(from, -q)
	d.add(to, q)
}

func (d *draft) add(a Account, q Qty) {
	b := d.touch(a)
	sum := b.Qty + q
	if (q > 0) != (sum > b.Qty) {
		d.wild = true
	}
	b.Qty = sum
}

func (d *draft) touch(a Account) *Balance {
	for i := range d.to.Touched {
		if d.to.Touched[i].Account == a {
			return &d.to.Touched[i]
		}
	}
	d.to.Touched = append(d.to.Touched, Balance{a, d.was.Of(a)})
	return &d.to.Touched[len(d.to.Touched)-1]
}

// take posts up to want units from the accounts, first to last, and returns
// what they could not give.
func (d *draft) take(want Qty, to Account, from ...Account) (missing Qty) {
	for _, a := range from {
		n := min(want, d.balance(a))
		d.post(a, to, n)
		want -= n
	}
	return want
}

// settle posts up to have units from the account to the oversold account, as far as it is
// owed units, and returns what is left.
func (d *draft) settle(have Qty, from Account) (rest Qty) {
	n := min(have, max(0, -d.balance(Oversold)))
	d.post(from, Oversold, n)
	return have - n
}

// postArrival posts units that come into the house to the account. Those that will cover what is
// oversold (cover) do not pass through it.
func (d *draft) postArrival(from, to Account, n Qty, now Time) {
	if d.draws(to, now) {
		n = d.settle(n, from)
	}
	d.post(from, to, n)
}

// done ends a draft that changed the item: its version grows. A figure or a balance past
// its bound is refused under the name of the field. An inside account below zero means that
// the state was broken before.
func (d *draft) done(now Time, field string) error {
	if d.was.Version == 0 {
		beginRecalls(d)
	}
	if d.mayOwe() {
		d.cover(now)
	}
	if err := d.endPromises(now); err != nil {
		return err
	}
	if err := d.endLots(now); err != nil {
		return err
	}
	f := d.was.Figures()
	over := d.wild
	for _, t := range d.to.Touched {
		if t.Account.Outside() {
			continue
		}
		if t.Qty < 0 && !d.wild {
			return fmt.Errorf("%w: account %s of product %q at location %q would be %d",
				ErrBroken, t.Account, d.was.Key.Product, d.was.Key.Location, t.Qty)
		}
		over = over || t.Qty > MaxQty || t.Account.isIncoming() && d.incoming() > MaxQty
		f.Add(t.Account, t.Qty-d.was.Of(t.Account))
	}
	// Available and held are parts of what is on hand.
	if over || f.OnHand > MaxQty {
		return invalid(field, "a figure of product %q at location %q would leave its range (at most %d)",
			d.was.Key.Product, d.was.Key.Location, MaxQty)
	}
	if err := d.checkChannels(field); err != nil {
		return err
	}
	d.to.Figures = f
	d.to.Changed = true
	d.to.Version = d.was.Version + 1
	d.to.UpdatedAt = now
	d.tellSoldOut(now)
	return nil
}

// incoming is how many units are still to arrive, including what was posted so far.
func (d *draft) incoming() Qty {
	a := d.was.Aside()
	n := a.InTransit + a.Incoming
	for _, t := range d.to.Touched {
		if t.Account.isIncoming() {
			n += t.Qty - d.was.Of(t.Account)
		}
	}
	return n
}

// show ends a draft that left the item as it is.
func (d *draft) show() { d.to.Figures = d.was.Figures() }

// end is done when something was posted, otherwise show.
func (d *draft) end(now Time, field string) error {
	if len(d.to.Postings) == 0 {
		d.show()
		return nil
	}
	return d.done(now, field)
}

// Add counts q more units in the account.
func (f *Figures) Add(a Account, q Qty) {
	if a.Sellable() {
		f.Available += q
	}
	if a == Held {
		f.Held += q
	}
	if a.Physical() {
		f.OnHand += q
	}
}

// orNothing returns the event only when there is no error.
func orNothing(e Event, err error) (Event, error) {
	if err != nil {
		return Event{}, err
	}
	return e, nil
}
