package world

import (
	"math/rand/v2"
	"slices"
)

// In some runs of several slots, batches are long, and a slot goes away in the middle: its store
// fails for some calls of every node. A command whose predecessor on the same order or item has no
// outcome is then not carried out, so that the repeats of the batch give the order given (inOrder).
// Some clients give up: what they have left undecided must be given back (agree).

// drawGaps says whether a run has them.
func drawGaps(seed uint64, slots int) bool { return slots > 1 && seed%8 == 6 }

// longest is the most commands of a long batch.
const longest = 14

// fillLong makes up a long batch, in which an order occurs more than once.
func fillLong(c *client, p *parcel, most int) {
	order := c.someOrder()
	for range min(most, 2+c.rnd.IntN(longest-1)) {
		cmd := c.make()
		if verbs[cmd.verb].batch == "" {
			continue
		}
		if cmd.ofOrder() && c.rnd.IntN(2) == 0 {
			cmd.order = order
		}
		cmd.key = "k"
		c.put(p, cmd)
	}
	if len(p.questions) == 0 {
		c.put(p, c.make())
	}
}

// givesUp reports whether the client never sends the parcel again, as one that dies.
func givesUp(c *client, p *parcel) bool {
	return c.script == nil && !c.carries && p.questions[0].sundry == nil && c.rnd.IntN(6) == 0
}

// away says which slots are away. It is guarded by the world's mu.
type away struct {
	rnd  *rand.Rand
	left map[int]int // calls that still fail, by slot
}

func newAway(seed uint64) *away { return &away{rand.New(rand.NewPCG(seed, 8)), map[int]int{}} }

// In one of awayEvery calls the slot goes away, for up to awayFor calls.
const (
	awayEvery = 150
	awayFor   = 10
)

// calls reports whether a call to the slot fails because the slot is away.
func (a *away) calls(slot int) bool {
	if a.left[slot] == 0 && a.rnd.IntN(awayEvery) == 0 {
		a.left[slot] = 1 + a.rnd.IntN(awayFor)
	}
	if a.left[slot] == 0 {
		return false
	}
	a.left[slot]--
	return true
}

// gapped notes of the commands about an order, which wait in a batch for their effect, whether they
// may be refused as things stand. Such an answer is not kept, so the repeat of the batch may have
// another one after the commands behind it. at is slot time.
func (v *verdict) gapped(at int64) {
	kept := v.orderly[:0]
	for _, q := range v.orderly {
		switch {
		case v.first[q.id] != 0:
		case v.seq >= q.from && v.mayRefuse(q, at):
			v.refusable[q] = true
		default:
			kept = append(kept, q)
		}
	}
	v.orderly = kept
}

// mayRefuse reports whether the command may be refused at that time or a little later.
func (v *verdict) mayRefuse(q *question, at int64) bool {
	for _, l := range slices.Concat(v.shop.orders[q.order], v.legs[q.order]) {
		if l.isPast(v.latest[v.slotOf(l)] + longestWait.Milliseconds()) {
			return true
		}
	}
	return v.shop.do(&q.command, at).code != ""
}
