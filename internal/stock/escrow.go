package stock

import "slices"

// EscrowRecord is what an item keeps of a holder that was given units of it.
type EscrowRecord struct {
	Holder string
	Epoch  uint64
	// Added is how many units were given to it in this epoch, whatever happened to them
	// later. It never decreases.
	Added Qty
	// Capped says that it is to hand back what it has beyond Keep.
	Capped bool
	Keep   Qty
}

// EscrowRecord returns what the item keeps of the holder, nil for nothing.
func (i *Item) EscrowRecord(holder string) *EscrowRecord {
	for n := range i.Escrows {
		if i.Escrows[n].Holder == holder {
			return &i.Escrows[n]
		}
	}
	return nil
}

// InEscrow is how many units of the item the holder has.
func (i *Item) InEscrow(holder string) (n Qty) {
	for _, b := range i.Balances {
		if h, _, ok := b.Account.Escrow(); ok && h == holder {
			n += b.Qty
		}
	}
	return n
}

// setEscrow stores a record, or takes it away when its epoch is 0. The caller owns
// i.Escrows.
func (i *Item) setEscrow(e EscrowRecord) {
	for n := range i.Escrows {
		switch {
		case i.Escrows[n].Holder == e.Holder && e.Epoch == 0:
			i.Escrows = slices.Delete(i.Escrows, n, n+1)
			return
		case i.Escrows[n].Holder == e.Holder:
			i.Escrows[n] = e
			return
		}
	}
	if e.Epoch == 0 {
		return
	}
	at := len(i.Escrows)
	for at > 0 && i.Escrows[at-1].Holder > e.Holder {
		at--
	}
	i.Escrows = slices.Insert(i.Escrows, at, e)
}

// escrowed is an item on its way to an ItemChange, together with one holder of its units.
type escrowed struct {
	*draft
	holder string
}

func escrowOf(d *draft, holder string) escrowed { return escrowed{d, holder} }

// record is the holder's record to be changed, a new one of the epoch when there is none.
func (x escrowed) record(epoch uint64) *EscrowRecord {
	for i := range x.to.Escrows {
		if x.to.Escrows[i].Holder == x.holder {
			return &x.to.Escrows[i]
		}
	}
	e := EscrowRecord{Holder: x.holder, Epoch: epoch}
	if was := x.was.EscrowRecord(x.holder); was != nil {
		e = *was
	}
	x.to.Escrows = append(x.to.Escrows, e)
	return &x.to.Escrows[len(x.to.Escrows)-1]
}

// sharedAccount is the account of units that came out of the shared pool.
func (x escrowed) sharedAccount() Account { return Escrow(x.holder, Shared) }

// settleSource makes the account's units those of the pool when the channel whose quota they
// came from has none any longer, and returns their account.
func (x escrowed) settleSource(a Account) Account {
	to := x.was.lasting(a)
	if to != a {
		x.post(a, to, x.balance(a))
	}
	return to
}

// lasting is the account, or that of the pool instead when it is of the quota of a channel
// that has none any longer.
func (i *Item) lasting(a Account) Account {
	holder, origin, held := a.Escrow()
	if !held {
		origin = a
	}
	switch id, ok := origin.Channel(); {
	case !ok || i.Channel(id) != nil:
		return a
	case held:
		return Escrow(holder, Shared)
	}
	return Shared
}

// quotaShrinks notes that n units of a quota that is to shrink are in it no longer.
func (x escrowed) quotaShrinks(quota Account, n Qty) {
	if id, ok := quota.Channel(); ok && n > 0 {
		if was := x.was.Channel(id); was != nil && was.Pending > 0 {
			c := x.channel(id)
			c.Pending -= min(c.Pending, n)
		}
	}
}

// accounts are those in which the holder may have units, in the order in which it takes
// them: those that came out of quotas first.
func (x escrowed) accounts() (all []Account) {
	add := func(a Account) {
		if h, origin, ok := a.Escrow(); ok && h == x.holder && origin != Shared && !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	for _, b := range x.was.Balances {
		add(b.Account)
	}
	for _, b := range x.to.Touched {
		add(b.Account)
	}
	return append(all, x.sharedAccount())
}

// has is what the holder has, including what was posted so far.
func (x escrowed) has() (n Qty) {
	for _, a := range x.accounts() {
		n += x.balance(a)
	}
	return n
}

// grant posts what the holder is to get in addition to what it has.
func (x escrowed) grant(c Grant, now Time) (given Qty) {
	has := x.has()
	for _, a := range x.was.Draws(c.Channel, now) {
		n := x.balance(a)
		if a == Shared {
			n -= c.Keep
		}
		n = max(0, min(n, c.To-has-given))
		x.post(a, Escrow(x.holder, a), n)
		given += n
	}
	return given
}

// reclaim posts up to n units of the holder back to where they came from, and returns how
// many it does not have.
func (x escrowed) reclaim(n Qty, now Time) (missing Qty) {
	for _, a := range x.accounts() {
		q := min(n, x.balance(a))
		x.giveBack(a, q, now)
		n -= q
	}
	return n
}

// giveBack posts units of an escrow account back to the quota that they came from, if the
// channel still has one, or to the pool. Units of a quota that is to shrink pass to the pool.
func (x escrowed) giveBack(a Account, n Qty, now Time) {
	to := x.was.lasting(a).source()
	if id, ok := to.Channel(); ok && x.was.Channel(id).Pending > 0 {
		passes := min(n, x.channel(id).Pending)
		x.quotaShrinks(to, passes)
		x.postArrival(a, Shared, passes, now)
		n -= passes
	}
	x.postArrival(a, to, n, now)
}

// release posts n held units of the line back to where they were drawn from, the last first,
// and returns what is still drawn.
func (x escrowed) release(l *Line, n Qty) []Balance {
	rest := slices.Clone(l.Drawn)
	for n > 0 && len(rest) > 0 {
		last := &rest[len(rest)-1]
		back := min(n, last.Qty)
		if last.Account != Uncounted {
			x.post(Held, last.Account, back)
			if id, ok := l.CountsIn(last.Account); ok {
				held, _ := x.channel(id).figures(last.Account)
				*held -= back
			}
		}
		n -= back
		if last.Qty -= back; last.Qty == 0 {
			rest = rest[:len(rest)-1]
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return rest
}
