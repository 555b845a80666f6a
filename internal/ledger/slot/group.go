package slot

import (
	"errors"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// group is one attempt at deciding waiting commands, one after another, on an
// overlay of what is remembered. Nobody else sees its changes: the committer stores
// it and then lets the overlay join the memory, or throws the whole group away.
type group struct {
	overlay
	s   *replica
	now stock.Time
	// after is the group that a sketch is decided behind.
	after *group
	// until is when a hold that the sketch is about ends by itself; 0: none does.
	until stock.Time

	entries []*stock.Event
	lines   int
	bytes   int
	keys    map[engine.KeyID]*op
	order   []engine.KeyID // keys in the order they came
	ops     []op
	expired map[stock.OrderKey]bool
	// promised says that an item of the group is sold ahead; behind are the items
	// for which units were set aside.
	promised bool
	behind   []stock.ItemKey

	// landed is room for scopes.
	landed []stock.Scope
	// doubt says that orders taken for unknown are looked up: when one command
	// comes short, others usually do too.
	doubt bool
	err   error
	// late has the requests that this group postpones, by their call. Requests that
	// earlier groups postponed are in call.late.
	late postponed
	// steps are the steps that buckets take with this group, which ends with them.
	steps []*stock.Handover
	// spread turns steps into rows of buckets that stay; nil when there is none.
	spread *stock.Spread
}

// op is one request in a group.
type op struct {
	call  *submission
	n     int
	reach stock.Reach
	keyed bool
	once  bool // the key is the ledger's own: it is stored with a change only
	sent  bool // the home may have carried it out
	id    engine.KeyID
	print [16]byte
	place stock.Bucket // where the key is

	event  *stock.Event
	entry  int // index into entries, -1 when nothing is stored for it
	stored *StoredKey
	twin   *op // the op of this group that had the key first
	err    error
}

// errAgain says that the group lacks rows and must be decided again.
var errAgain = errors.New("decide again")

// decide processes the calls until the group is full. It returns errAgain when rows
// are missing. From the first command that lacks rows, the commands only report what
// they need, so that one load brings all of it.
func (g *group) decide(calls []*submission) error {
	g.ops = slices.Grow(g.ops, len(calls))
	for _, c := range calls {
		for n := max(c.next, c.sketched); n < len(c.requests); n++ {
			more, err := g.consider(c, n)
			if err != nil || !more {
				return err
			}
		}
	}
	return g.missed()
}

// consider decides one request, or only notes what it needs. It reports false when
// the group ends before the request. It holds the memory's lock, so that readers
// run between requests.
func (g *group) consider(c *submission, n int) (more bool, err error) {
	g.m.mu.Lock()
	defer g.m.mu.Unlock()
	r := &c.requests[n]
	if g.full(r) {
		return false, g.missed()
	}
	o := op{call: c, n: n, entry: -1, reach: r.Command.Reach(), sent: c.sent.has(n)}
	if g.s.overtaken(c) {
		o.err = ErrOvertaken
		g.ops = append(g.ops, o)
		return true, nil
	}
	if g.isIncomplete() {
		g.survey(&o, r)
		g.lines++
		return true, nil
	}
	g.judge(&o, r)
	switch {
	case g.err != nil:
		return false, g.err
	case g.isIncomplete():
		return true, nil
	case errors.Is(o.err, errCut):
		return false, nil
	}
	g.take(&o)
	return true, nil
}

// take adds a judged request to the group.
func (g *group) take(o *op) {
	g.ops = append(g.ops, *o)
	if o.keyed && o.entry >= 0 {
		if g.keys == nil {
			g.keys = map[engine.KeyID]*op{}
		}
		g.keys[o.id] = &g.ops[len(g.ops)-1]
		g.order = append(g.order, o.id)
	}
}

func (g *group) missed() error {
	if g.isIncomplete() {
		return errAgain
	}
	return nil
}

// survey notes the rows that the request needs and memory lacks.
func (g *group) survey(o *op, r *Request) {
	g.ready(o, r)
	for _, k := range o.reach.Items {
		g.itemEntry(k)
	}
	if p, ok := r.Command.(stock.Place); ok && g.doubt {
		g.need(p.Order)
	}
	g.surveyDue(r.Command)
}

// full reports whether the request belongs in the next group.
func (g *group) full(r *Request) bool {
	if len(g.steps) > 0 {
		return true
	}
	if len(g.entries) == 0 && len(g.ops) == 0 {
		return false
	}
	n := max(1, len(stock.Demands(r.Command)))
	return len(g.ops) >= g.s.o.Commands || len(g.entries) >= g.s.o.Commands ||
		g.lines+n > g.s.o.Lines || g.bytes >= g.s.o.Bytes
}

// errCut ends the group before a command that needs more expiries than fit.
var errCut = errors.New("group is full")

// judge decides one request. The checks of moving buckets, keys and legs come
// before the decision, and so do the expiries that it needs.
func (g *group) judge(o *op, r *Request) {
	if !g.ready(o, r) {
		return
	}
	if r.Command.Op().Internal() {
		g.carryOver(o, r.Command)
		return
	}
	if !g.isHere(o, r) || !g.prepare(o, r.Command) {
		return
	}
	for {
		ev, err := stock.Decide(g, r.Command, g.now)
		if g.err != nil || g.isIncomplete() {
			return
		}
		if g.doubtful(o, &ev, err) && !g.need(o.reach.Order) {
			g.doubt = true
			return
		}
		more, ok := g.makeRoom(r.Command, &ev, err, o)
		if !ok {
			return
		}
		if !more {
			g.settle(o, r.Command, &ev, err)
			break
		}
	}
	if o.entry >= 0 {
		g.partBehind(o.event)
	}
	if len(g.behind) > 0 {
		g.fulfilBehind()
	}
}

// isHere reports whether the slot may decide on what the request is about. If not,
// the request is answered (o.err), or the group lacks something.
func (g *group) isHere(o *op, r *Request) bool {
	late := len(o.call.late)+len(g.late[o.call]) > 0
	if len(g.m.steps) == 0 && !late {
		return true
	}
	p := g.presence()
	o.err = p.movedError(r)
	if errors.Is(o.err, ErrSealed) {
		return false
	}
	if o.err == nil && (p.keyAway(r) || p.keyRespread(r)) {
		o.err = ErrKeyAway
	}
	if late {
		if whole := g.fullReach(&o.reach); o.call.late.Meet(&whole) || g.late[o.call].Meet(&whole) {
			o.err = ErrMoving // it comes after a request that is sent again
		}
	}
	if o.err != nil {
		g.late.note(o.call, g.fullReach(&o.reach))
	}
	return o.err == nil && !g.isIncomplete()
}

// prepare brings the items of the command up to this moment: lots that have
// expired, holds that are due, units that orders wait for. It reports false when
// the request is answered (o.err), or the group must be decided again or ends here.
func (g *group) prepare(o *op, cmd stock.Command) bool {
	items := o.reach.Items
	for _, k := range items {
		if cmd.Op() == stock.OpRepair {
			break // it is the way out
		}
		if o.err = g.frozen(k); o.err != nil {
			return false
		}
	}
	if cmd.Op() != stock.OpLapse {
		for _, k := range items {
			if !g.lapsed(k, o) {
				return false
			}
		}
	}
	if showsInventory(cmd.Op()) {
		for _, k := range items {
			if !g.expire(k, nil, stock.MaxQty, o) {
				return false
			}
		}
	}
	return !g.mayWait() || g.fulfilBefore(o)
}

// doubtful reports whether an outcome relies on an order being unknown, and nothing
// will prove that. A stored hold proves it. When a reserve came short, the order may
// already hold the requested units: then the answer is that of the earlier reserve.
func (g *group) doubtful(o *op, ev *stock.Event, err error) bool {
	if !o.reach.New {
		return false
	}
	var refusal *stock.Refusal
	if errors.As(err, &refusal) {
		return refusal.Code == stock.Insufficient
	}
	return len(ev.Short) > 0
}

// settle takes the outcome of a decision into the group.
func (g *group) settle(o *op, cmd stock.Command, ev *stock.Event, err error) {
	if err != nil {
		var refusal *stock.Refusal
		if !errors.As(err, &refusal) {
			o.err = err
			if elsewhere := (*stock.Elsewhere)(nil); errors.As(err, &elsewhere) {
				g.late.note(o.call, g.fullReach(&o.reach))
			}
			return
		}
		o.err = refusal
		if g.sentBefore(o, refusal) {
			o.err = errSince
			return
		}
		if !o.keyed || o.once {
			return
		}
		if !refusal.Kept() {
			// An earlier request under this key may have succeeded, and then that
			// is the answer: nothing will be stored that could show it.
			if !g.s.asked[o.id] {
				g.missing.Keys = append(g.missing.Keys, o.id)
			}
			return
		}
		*ev = stock.Event{Op: cmd.Op(), Refusal: refusal}
		ev.Tenant, ev.Order = TenantOf(&o.reach), o.reach.Order.Order
		if place, ok := cmd.(stock.Place); ok {
			ev.Channel = place.Channel // there are no lines that would show it
		}
	}
	o.event = ev
	if !ev.Changed() && (!o.keyed || o.once) {
		return
	}
	o.entry = g.add(ev, o)
}

// add puts the event into the group and folds it into the overlay. It returns -1
// when the event does not follow from the books: then its items are frozen.
func (g *group) add(ev *stock.Event, o *op) int {
	for i := range ev.Items {
		c := &ev.Items[i]
		if ev.Op == stock.OpArrive || ev.Op == stock.OpRehouse {
			break // it follows from the books of the other slot, or is as before
		}
		if err := c.Follows(g.Item(c.Key)); err != nil {
			g.s.freeze(c.Key, err)
			if o != nil {
				o.event, o.err = nil, ErrFrozen
			}
			return -1
		}
	}
	for i := range ev.Lines {
		if l := &ev.Lines[i]; l.Changed {
			l.Prev = uint64(g.seqOf(stock.HoldKey{OrderKey: stock.OrderKey{Tenant: ev.Tenant, Order: ev.Order}, Bucket: l.Bucket}))
		}
	}
	stock.Apply(g, ev)
	g.noteAside(ev)
	if ev.Handover != nil {
		g.steps = append(g.steps, ev.Handover)
	}
	if ev.Spread != nil {
		g.steps, g.spread = ev.Spread.Rows(g.m.row), ev.Spread
	}
	g.entries = append(g.entries, ev)
	g.lines += max(len(ev.Lines), 1)
	g.bytes += 64 + 48*len(ev.Lines) + 48*len(ev.Items)
	for i := range ev.Items {
		g.bytes += lotBytes * len(ev.Items[i].Lots)
	}
	return len(g.entries) - 1
}

// lotBytes is about what an event takes for a lot that it changes: its name in the
// record and in two accounts.
const lotBytes = 256

// frozen returns ErrFrozen when the item's books are known to be wrong.
func (g *group) frozen(k stock.ItemKey) error {
	if _, bad := g.m.frozen[k]; bad {
		return ErrFrozen
	}
	return nil
}

// showsInventory names the operations that answer with an item's figures: a
// hold past its deadline must not be among them.
func showsInventory(op stock.Op) bool {
	switch op {
	case stock.OpPlace, stock.OpChange, stock.OpRelocate, stock.OpCommit, stock.OpExtend, stock.OpConfirm, stock.OpRelease, stock.OpExpire, stock.OpWithdraw, stock.OpOpen, stock.OpCleanup, stock.OpLapse:
		return false
	}
	return true
}
