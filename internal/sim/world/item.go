package world

import "slices"

// An item of the model is how many units are in which place, and what is kept of its
// channels. It is a value, compared and copied as one.

// place is where units of an item are that no order holds.
type place int

// The places: the pool that all channels sell from, the quota of each channel
// that may have one, and what is here and not for sale.
const (
	pool  place = 0
	quota place = 1 // of the first channel, then those of the others
	aside       = quota + quotaChannels
)

const (
	withheld = aside + iota
	damaged
	quality
	lotPool     // of the first lot, then those of the others
	lotWithheld = lotPool + lotsOfAll
	lotDamaged  = lotWithheld + lotsOfAll
	lotQuality  = lotDamaged + lotsOfAll
	places      = lotQuality + lotsOfAll
)

// quotaChannels is how many channels may have a quota.
const quotaChannels = 2

// channels are those that orders come by: the first of them may have quotas, the
// last never has one.
var channels = [quotaChannels + 1]string{"c0", "c1", "c2"}

// accounts are the names that the log has for the places.
var accounts = func() (names [places]string) {
	copy(names[:], []string{"pool/shared", "quota/c0", "quota/c1", "withheld", "damaged", "quality"})
	for n := range lots {
		names[lotPool+place(n)] = "lot/" + lots[n].encoded()
		for i, status := range []string{"withheld/", "damaged/", "quality/"} {
			names[lotWithheld+place(i*lotsOfAll+n)] = status + lots[n].encoded()
		}
	}
	return names
}()

func placeOf(account string) (p place, ok bool) {
	at := slices.Index(accounts[:], account)
	return place(at), at >= 0
}

type item struct {
	has  [places]int64
	held int64
	// owed is what was promised beyond what there is.
	owed int64
	// seen is the time of the latest look that counted, 0: nobody looked.
	seen      int64
	threshold int64
	version   int64
	off       bool // not on sale
	retired   bool // out of use
	channels  [quotaChannels]channel
	lots      [lotsOfAll]lotKept
	// ruled are the lots that are recalled, whether there is anything of them or not.
	ruled  [lotsOfAll]bool
	policy lotPolicy
}

// channel is what an item keeps of a channel since it first had a quota.
type channel struct {
	kept                       bool
	weight, level              int64
	held, sold                 int64 // of its own quota
	heldFromPool, soldFromPool int64
	pending                    int64 // by how much the quota is still to shrink
	since                      int64 // when its period began
}

// portion is how many units a line drew from a place.
type portion struct {
	from place
	n    int64
}

// portions are what a line still holds, in the order of drawing. The rest is
// empty.
type portions [lotsOfAll + 1]portion

func (it *item) available() int64 {
	n := it.has[pool]
	for c := range quotaChannels {
		n += it.has[quota+place(c)]
	}
	for l := range lots {
		n += it.has[lotPool+place(l)]
	}
	return n
}

func (it *item) onHand() int64 {
	n := it.held
	for _, q := range it.has {
		n += q
	}
	return n
}

// channel is what the item keeps of the channel, nil when it keeps nothing.
func (it *item) channel(name string) *channel {
	if c := slices.Index(channels[:quotaChannels], name); c >= 0 && it.channels[c].kept {
		return &it.channels[c]
	}
	return nil
}

// begin keeps the channel of that number from now on.
func (it *item) begin(c int, now int64) *channel {
	if !it.channels[c].kept {
		it.channels[c] = channel{kept: true, since: now}
	}
	return &it.channels[c]
}

// quota is the channel's whole quota in the period.
func (it *item) quota(c int) int64 {
	return it.has[quota+place(c)] + it.channels[c].held + it.channels[c].sold
}

// draws are the places that an order draws from, first to last: the quota of its
// channel, then the pool, and lots before or after these. Nobody draws from the
// quota of another.
func (it *item) draws(name, want string, now int64) []place {
	loose := []place{pool}
	if c := slices.Index(channels[:quotaChannels], name); c >= 0 {
		loose = []place{quota + place(c), pool}
	}
	return it.amongLots(loose, want, now)
}

// drawable is what an order on the channel could have.
func (it *item) drawable(name, want string, now int64) int64 {
	if it.off {
		return 0
	}
	var n int64
	for _, p := range it.draws(name, want, now) {
		n += it.has[p]
	}
	return n
}

// draw lets the line have n units, of which there are enough.
func (it *item) draw(l *line, n, now int64) {
	it.held += n
	l.held, l.counts, l.drawn = n, it.channel(l.channel) != nil, portions{}
	at := 0
	for _, p := range it.draws(l.channel, l.want, now) {
		took := min(n, it.has[p])
		if took == 0 {
			continue
		}
		it.has[p] -= took
		n -= took
		l.drawn[at] = portion{p, took}
		at++
		it.count(l, p, took, 0)
	}
}

// count notes that the line holds, and has sold, so many more units that it drew
// from the place.
func (it *item) count(l *line, from place, held, sold int64) {
	if from >= lotPool {
		it.lots[from-lotPool].held += held
		return
	}
	c := it.channel(l.channel)
	switch {
	case c == nil || !l.counts:
	case from == pool:
		c.heldFromPool += held
		c.soldFromPool += sold
	default:
		c.held += held
		c.sold += sold
	}
}

// sell lets n units of the line leave, in the order of drawing. When the command names lots, only
// units of those leave.
func (it *item) sell(l *line, n int64, want string) {
	it.held -= n
	meant := l.drawn.meantPortions(want)
	for i := range l.drawn {
		d := &l.drawn[i]
		if !meant[i] {
			continue
		}
		took := min(n, d.n)
		d.n -= took
		n -= took
		it.count(l, d.from, -took, took)
	}
	l.drawn = l.drawn.compact()
}

// giveUnitsBack gives n units of the line back to where they were drawn, last drawn first; when the command names
// lots, only units of those. Units that come back to a quota that is to shrink move on to the pool. Units
// that come back to a lot that is no longer sold are withheld. The rest first covers what the item owes.
func (it *item) giveUnitsBack(l *line, n int64, want string, now int64) {
	was, came := *it, l.drawn.lastDrawn()
	it.giveBack(l, n, want, now)
	it.cover(&was, append(came, pool))
}

// lastDrawn are the places that units were drawn from, the last first.
func (d portions) lastDrawn() (from []place) {
	for i := len(d) - 1; i >= 0; i-- {
		if d[i].n > 0 {
			from = append(from, d[i].from)
		}
	}
	return from
}

func (it *item) giveBack(l *line, n int64, want string, now int64) {
	it.held -= n
	meant := l.drawn.meantPortions(want)
	for i := len(l.drawn) - 1; i >= 0; i-- {
		d := &l.drawn[i]
		if !meant[i] {
			continue
		}
		came := min(n, d.n)
		d.n -= came
		n -= came
		it.count(l, d.from, -came, 0)
		if lot := int(d.from - lotPool); lot >= 0 {
			if came > 0 {
				it.arriveForSale(lot, came, now)
			}
			continue
		}
		if c := it.channel(l.channel); d.from != pool && c != nil {
			passes := min(came, c.pending)
			c.pending -= passes
			it.has[pool] += passes
			came -= passes
		}
		it.has[d.from] += came
	}
	l.drawn = l.drawn.compact()
}

// compact moves what is left to the front.
func (d portions) compact() (left portions) {
	at := 0
	for _, p := range d {
		if p.n > 0 {
			left[at] = p
			at++
		}
	}
	return left
}
