package world

// This file has the effect of calls that report what has already happened, and of calls
// that take an item out of use. An item owes the units that were promised beyond what
// there is. Units that come in, or become free, cover that before anybody may have
// them.

// facts is an item that calls report facts about.
type facts struct{ *item }

// shelf is how many units are to be on the shelf: those that are owed it lacks.
func (it *item) shelf() int64 { return it.onHand() - it.owed }

// settle lets up to n units cover what is owed and returns the rest.
func (it *item) settle(n int64) (rest int64) {
	covers := min(n, it.owed)
	it.owed -= covers
	return n - covers
}

// cover lets the units that the places have gained cover what is owed, in the order of the places.
func (it *item) cover(was *item, places []place) {
	for _, p := range places {
		if got := it.has[p] - was.has[p]; got > 0 {
			it.has[p] -= got - it.settle(got)
		}
	}
}

// meet lets all that is for sale cover what is owed: units of no lot first, then the lots as orders
// draw them.
func (it facts) meet(now int64) {
	all := []place{pool}
	for n := range quotaChannels {
		all = append(all, quota+place(n))
	}
	for _, p := range append(all, it.amongLots(nil, "", now)...) {
		it.has[p] = it.settle(it.has[p])
	}
}

// sold reports whether orders may have units that are in the place.
func (it *item) sold(p place, now int64) bool {
	return p < aside || p >= lotPool && p < lotWithheld && it.sells(int(p-lotPool), now)
}

// observe sets the shelf to the units seen at a time when the books had that many. A look that is
// not newer than the latest one has no effect.
func (it facts) observe(c *command, now int64, o *outcome) {
	if c.lot > 0 {
		it.countLot(c, now, o)
		return
	}
	asOf := min(c.asOf, now)
	if c.asOf == 0 {
		asOf = max(now, it.seen+1)
	}
	if asOf <= it.seen {
		o.superseded = true
		return
	}
	it.seen = asOf
	booked := c.booked
	if booked == unsaid {
		booked = it.shelf()
	}
	o.posted = c.qty - booked
	if o.posted >= 0 {
		it.has[pool] += it.settle(o.posted)
		return
	}
	gives := []place{pool}
	for n := range quotaChannels {
		gives = append(gives, quota+place(n))
	}
	lacks := it.correct(o.posted, gives, now)
	if lacks > 0 && it.inLots() {
		o.refuse("INVALID_STATE") // the look does not name the lot of the missing units
		return
	}
	it.owed += lacks
}

// unsaid stands for the figure of the books that a look leaves out.
const unsaid = -1

// inLots reports whether something is kept of lots.
func (it facts) inLots() bool {
	for n := range it.lots {
		if it.lots[n].since != 0 {
			return true
		}
	}
	return false
}

// sellElsewhere lets sold units leave. Units that are nowhere for sale are owed.
func (it facts) sellElsewhere(c *command, now int64, o *outcome) {
	rest, owed := c.qty, it.owed
	as := &line{channel: c.channel, counts: it.channel(c.channel) != nil}
	for _, p := range it.draws(c.channel, "", now) {
		took := min(rest, it.has[p])
		it.has[p] -= took
		rest -= took
		if p < lotPool {
			it.count(as, p, 0, took)
		}
	}
	for n := range quotaChannels { // quotas of others, which shrink
		took := min(rest, it.has[quota+place(n)])
		it.has[quota+place(n)] -= took
		rest -= took
	}
	it.owed += rest
	if c.asOf < min(now, it.seen) { // whoever looked since has seen its effect: the look's difference changes
		it.has[pool] += it.settle(c.qty)
		it.version++ // the journal has it, also where no figure differs
	}
	o.oversold = max(0, it.owed-owed)
}

// retire takes the item out of use, unless somebody waits for units of it, or some
// are there and are not to be written off.
func (it facts) retire(c *command, o *outcome) {
	there := it.onHand()
	switch {
	case it.version == 0:
		o.refuse("NOT_FOUND")
		return
	case it.retired:
		return
	case it.held != 0, it.owed != 0, there != 0 && !c.writeOff:
		o.refuse("INVALID_STATE")
		return
	}
	it.has = [places]int64{}
	it.retired, it.off = true, true
	o.writtenOff = there
}

// reinstate brings it back into use, on sale.
func (it facts) reinstate(o *outcome) {
	switch {
	case it.version == 0:
		o.refuse("NOT_FOUND")
	case it.retired:
		it.retired, it.off = false, false
	}
}
