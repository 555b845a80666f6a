package world

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// Nodes send their commands to the home of the slot. The command is lost on the way; or
// it is carried out and its answer is lost; or it arrives when the sender has carried
// it out itself; or the home dies over it. The sender must find out the outcome, also
// when the bucket has moved on meanwhile.

// relay is how nodes send commands to each other in a run.
type relay struct {
	on bool
	// stays is for how long a slot has the same home, 0: for ever.
	stays time.Duration
	// late is how much later node B learns of a new home than node A.
	late time.Duration
	// lose and mute are in how many of 10,000 cases a group is lost, or its
	// answer.
	lose, mute int
	// crosses says that buckets leave while the outcome of an order is unknown
	// (cross.go).
	crosses bool
}

// drawRelay makes some runs as if nodes knew nothing of each other. What it draws
// is its own, so that the rest of a run does not depend on it.
func drawRelay(seed uint64) relay {
	r := rand.New(rand.NewPCG(seed, 6))
	stays := []time.Duration{0, 0, 20 * time.Second, 2 * time.Second}
	late := []time.Duration{0, 100 * time.Millisecond, 3 * time.Second}
	lose := []int{0, 0, 200, 1000}
	mute := []int{0, 300, 2000, 5000}
	return relay{
		r.IntN(4) < 3, stays[r.IntN(len(stays))], late[r.IntN(len(late))],
		lose[r.IntN(len(lose))], mute[r.IntN(len(mute))], r.IntN(4) < 3,
	}
}

// home is the node that owns a slot, as the node knows it at that time.
func (w *world) home(slot uint16, of *node) *node {
	epoch := uint64(0)
	if r := w.relay; r.stays > 0 {
		at := w.elapsed()
		if of != w.nodes[0] {
			at = max(0, at-r.late)
		}
		epoch = uint64(at / r.stays)
	}
	r := rand.New(rand.NewPCG(w.cfg.Seed, uint64(slot)<<48|epoch<<8|6))
	return w.nodes[r.IntN(len(w.nodes))]
}

// peers are the other nodes as a life sees them.
type peers struct {
	l    *life
	sent map[uint16]int // groups, by slot; guarded by the world's mu
}

var _ ledger.Peers = (*peers)(nil)

// Home is the slot's.
func (p *peers) Home(slot uint16) (name string, own bool) {
	n := p.l.w.home(slot, p.l.node)
	return n.name, n == p.l.node
}

var (
	errRefused = fmt.Errorf("connection refused: %w", ledger.ErrNotSent)
	errReset   = errors.New("connection reset")
)

// group is a group on its way to the home of its slot, with its faults.
type group struct {
	name        string
	bytes       []byte
	replies     chan reply
	order       string // the bucket in which it decides an order over several, "" if none
	lost, muted bool   // it, or its answer
	cut         bool   // the sender learns that there will be no answer
	hangsUp     bool   // the home learns that the sender no longer waits
}

// reply is what came back.
type reply struct {
	results []ledger.Result
	err     error
}

// Forward sends the group the whole way: it is encoded, delivered, and its answer comes back.
func (p *peers) Forward(ctx context.Context, name string, f *ledger.Forwarded) ([]ledger.Result, error) {
	w := p.l.w
	// Two nodes may have waited for more commands until the same moment.
	w.wait(fmt.Sprintf("%s@%d", p.l.nameGoroutine(ctx), f.Slot), "group made", p.l)
	g := p.group(name, f)
	if g == nil {
		return nil, errDead
	}
	home := w.nodes[slices.IndexFunc(w.nodes, func(n *node) bool { return n.name == name })]
	work, hangUp := context.WithCancel(withCaller(w.ctx, g.name))
	w.all.Go(func() {
		defer hangUp()
		w.relayed(work, hangUp, home, g)
	})
	var r reply
	select {
	case r = <-g.replies:
	case <-ctx.Done():
		r.err = ctx.Err()
	case <-p.l.ctx.Done():
		r.err = errDead
	}
	if r.err == nil {
		w.wait(g.name+"?", "answer came", p.l)
		return r.results, nil
	}
	if g.hangsUp {
		hangUp()
	}
	w.unanswered()
	w.stand(&seat{who: g.name + "?", at: unheard, life: p.l, order: g.order})
	return nil, r.err
}

// group makes one, and throws the dice for it; nil: the node is dead, and nothing
// leaves it.
func (p *peers) group(to string, f *ledger.Forwarded) *group {
	w := p.l.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.l.dead {
		return nil
	}
	p.sent[f.Slot]++
	g := &group{
		name:  fmt.Sprintf("%s>%s/%d.%d", p.l.name, to, f.Slot, p.sent[f.Slot]),
		bytes: slot.AppendForwarded(nil, f), replies: make(chan reply, 1), order: decides(f),
	}
	if r := w.relays; !w.calm {
		g.lost, g.muted = r.IntN(10_000) < w.relay.lose, r.IntN(10_000) < w.relay.mute
		g.cut, g.hangsUp = r.IntN(2) == 0, r.IntN(2) == 0
		if w.relay.crosses && g.order != "" {
			g.muted = r.IntN(10_000) < crossMute
		}
	}
	w.stats.Forwarded++
	w.trace.note("forwards", p.l.name, fmt.Sprintf("%s: %d commands", g.name, len(f.Requests)))
	return g
}

// decides returns the bucket that is home of the first order over several in the
// group.
func decides(f *ledger.Forwarded) string {
	for _, r := range f.Requests {
		if p, ok := r.Command.(stock.Place); ok && len(p.Away) > 0 {
			return strconv.Itoa(int(p.Home.Bucket))
		}
	}
	return ""
}

// unanswered notes that a sender does not know the outcome of its group: the commands
// in it do not get their usual answers. Others may come here at the same moment, so the
// note says nothing about which was first.
func (w *world) unanswered() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stats.Unanswered++
	w.harms = append(w.harms, w.step)
}

// relayed takes the group to its home and the answer back.
func (w *world) relayed(ctx context.Context, end func(), home *node, g *group) {
	silent := func() {
		if g.cut {
			g.replies <- reply{err: errReset}
		}
	}
	w.wait(g.name, "group sent", nil)
	if g.lost {
		silent()
		return
	}
	w.mu.Lock()
	l := home.life
	up := l.up && !l.dead
	leaves := func() {}
	if up {
		leaves = l.enters()
	}
	w.mu.Unlock()
	defer leaves()
	if !up {
		g.replies <- reply{err: errRefused}
		return
	}
	defer context.AfterFunc(l.ctx, end)()
	w.wait(g.name, "group came", l)
	var r reply
	switch {
	case !l.lives(func() { r = l.accept(ctx, g) }, g.name, "group answered"):
		g.replies <- reply{err: errReset}
	case g.muted:
		silent()
	default:
		g.replies <- r
	}
}

// accept lets the node carry the group out.
func (l *life) accept(ctx context.Context, g *group) reply {
	f, err := slot.ReadForwarded(g.bytes)
	if err != nil {
		l.w.fail(err)
		return reply{err: err}
	}
	packed, err := slot.AppendResults(nil, l.books.Accept(ctx, f))
	if err != nil {
		l.w.fail(err)
		return reply{err: err}
	}
	results, err := slot.ReadResults(packed)
	if err != nil {
		l.w.fail(err)
	}
	return reply{results, err}
}
