package audit

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	inmemory "holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// cluster writes the logs of several slots between which buckets move. It
// is its own BucketMap.
type cluster struct {
	slots  []*script
	mu     sync.Mutex
	home   map[stock.Bucket]int // 0 when it is not in it; written with mu
	epochs map[stock.Bucket]uint64
	// meanwhile, when set, is called at each point of a move.
	meanwhile func(movePoint)
	// keep leaves the rows in the old slot.
	keep bool
	// skip, when set, selects the commands of a move that are left out.
	skip func(stock.Command) bool
	// clocks leaves the clock of the new slot as it is.
	clocks bool
	kept   [][2]int // bucket and slot
}

// movePoint is a point of a move, named after the step that has just been taken.
type movePoint string

func newCluster(t testing.TB, slots int) *cluster {
	t.Helper()
	var engines []engine.Engine
	for range slots {
		engines = append(engines, inmemory.New())
	}
	return newClusterOn(t, engines)
}

func newClusterOn(t testing.TB, engines []engine.Engine) *cluster {
	t.Helper()
	c := &cluster{home: map[stock.Bucket]int{}, epochs: map[stock.Bucket]uint64{}}
	for _, e := range engines {
		t.Cleanup(func() { e.Close() })
		c.slots = append(c.slots, newScript(e))
	}
	return c
}

func (c *cluster) Slot(b stock.Bucket) uint16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return uint16(c.home[b])
}

// settleIn makes the map say that the bucket lives in the slot.
func (c *cluster) settleIn(b stock.Bucket, slot int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.home[b] = slot
}

// at is the slot that the item lives in.
func (c *cluster) at(k stock.ItemKey) *script { return c.slots[c.home[bucketOf(k)]] }

func (c *cluster) engines() []engine.Engine {
	engines := make([]engine.Engine, len(c.slots))
	for i := range c.slots {
		engines[i] = c.slots[i].eng
	}
	return engines
}

var testMover = [16]byte{1: 7}

// move takes the bucket to the slot, all steps.
func (c *cluster) move(t testing.TB, b stock.Bucket, to int) {
	t.Helper()
	at := c.home[b]
	from, into := c.slots[at], c.slots[to]
	c.epochs[b]++
	reached := func(p movePoint) {
		if c.meanwhile != nil {
			c.meanwhile(p)
		}
	}
	out := stock.Handover{Bucket: b, Epoch: c.epochs[b], Slot: uint16(to), Mover: testMover}
	in := stock.Handover{Bucket: b, Epoch: c.epochs[b], Slot: uint16(at), Mover: testMover}

	from.skip, into.skip = c.skip, c.skip
	out.Stage = stock.Leaving
	from.carry(t, out)
	reached("leaving")
	from.part(t, b)
	reached("parted")
	in.Stage = stock.Coming
	into.carry(t, in)
	into.hidden[b] = true
	reached("coming")
	into.bring(t, from, b, uint16(at))
	into.recall(t, from, b, uint16(at))
	reached("copied")
	into.bring(t, from, b, uint16(at))
	out.Stage = stock.Left
	from.carry(t, out)
	in.Stage, in.Seq, in.Hash = stock.Here, uint64(from.seq), from.hash
	reached("left")
	into.bring(t, from, b, uint16(at))
	reached("caught up")
	from.forget(b)
	if !c.clocks {
		into.now = max(into.now, from.now)
	}
	into.carry(t, in)
	delete(into.hidden, b)
	reached("here")
	c.settleIn(b, to)
	from.project(t)
	if c.keep {
		c.kept = append(c.kept, [2]int{int(b), at})
		return
	}
	from.drop(t, b)
}

// carry decides the commands of a move and stores them as one record.
func (s *script) carry(t testing.TB, commands ...stock.Command) {
	t.Helper()
	s.now += 10
	var events []*stock.Event
	for _, c := range commands {
		if s.skip != nil && s.skip(c) {
			continue
		}
		e, err := stock.Decide(rawScript{s}, c, s.now)
		if err != nil {
			t.Fatalf("decide %#v: %v", c, err)
		}
		if !e.Changed() {
			continue
		}
		s.link(&e)
		if s.spoil != nil {
			s.spoil(&e)
		}
		stock.Apply(s, &e)
		events = append(events, &e)
	}
	s.store(t, events...)
}

// rawScript shows all holds.
type rawScript struct{ *script }

func (s rawScript) Order(k stock.OrderKey) []*stock.Hold { return s.holds[k] }

// part splits the orders that cross the bucket's border into home and legs.
func (s *script) part(t testing.TB, b stock.Bucket) {
	t.Helper()
	for _, k := range s.orders() {
		s.carry(t, stock.Part{Order: k, Bucket: b})
	}
}

func (s *script) orders() []stock.OrderKey {
	var all []stock.OrderKey
	for k := range s.holds {
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b stock.OrderKey) int { return slices.Compare([]byte(a.Order), []byte(b.Order)) })
	return all
}

// bring lets every row of the bucket arrive that is missing or different here.
func (s *script) bring(t testing.TB, from *script, b stock.Bucket, slot uint16) {
	t.Helper()
	origin := stock.Origin{Slot: slot, Seq: uint64(from.seq)}
	for _, k := range from.orders() {
		for _, h := range from.holds[k] {
			for call := range h.Calls {
				if h.Key.Bucket == b {
					s.carry(t, stock.Arrive{Mover: testMover, From: origin, Hold: h.Clone(), Call: call})
				}
			}
		}
	}
	var items []stock.Command
	for _, k := range sortedItems(from.items) {
		if it := from.items[k]; it.Bucket == b {
			items = append(items, stock.Arrive{Mover: testMover, From: stock.Origin{Slot: slot}, Item: it.Clone()})
		}
	}
	s.carry(t, items...)
}

// recall brings the keys of the bucket.
func (s *script) recall(t testing.TB, from *script, b stock.Bucket, slot uint16) {
	t.Helper()
	var commands []stock.Command
	_, err := from.eng.ScanKeys(t.Context(), 0, 0, func(r *engine.KeyRow) error {
		if r.Bucket == b {
			own := *r
			own.ID[15] = byte(slot) + 1 // another key than those of this slot
			if s.keys[own.ID] {
				return nil
			}
			s.keys[own.ID] = true
			s.recalled = append(s.recalled, own)
			commands = append(commands, stock.RecallKey{Bucket: b, From: stock.Origin{Slot: slot, Seq: uint64(r.Seq), Index: r.Index}})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.carry(t, commands...)
	s.recalled = nil
}

// forget makes the script forget the bucket.
func (s *script) forget(b stock.Bucket) {
	for k, it := range s.items {
		if it.Bucket == b {
			delete(s.items, k)
			delete(s.stored, k)
		}
	}
	for k, holds := range s.holds {
		if s.holds[k] = slices.DeleteFunc(holds, func(h *stock.Hold) bool { return h.Key.Bucket == b }); len(s.holds[k]) == 0 {
			delete(s.holds, k)
		}
	}
	for k := range s.changed {
		if k.Bucket == b {
			delete(s.changed, k)
		}
	}
}

func (s *script) drop(t testing.TB, b stock.Bucket) {
	t.Helper()
	for s.dropSome(t, b, 3) > 0 {
	}
}

// dropSome drops that many rows of the bucket.
func (s *script) dropSome(t testing.TB, b stock.Bucket, limit int) int {
	t.Helper()
	rows, _, err := s.eng.Buckets(t.Context())
	row := slices.IndexFunc(rows, func(r engine.BucketRow) bool { return r.Bucket == b })
	if err != nil || row < 0 {
		t.Fatal(rows, err)
	}
	n, err := s.eng.DropBucket(t.Context(), b, rows[row].Seq, limit)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// settle makes legs follow what their homes have decided.
func (c *cluster) settle(t testing.TB) {
	t.Helper()
	for _, s := range c.slots {
		for _, k := range s.orders() {
			for _, h := range s.Order(k) {
				for i := range h.Lines {
					if leg := h.Lines[i]; leg.Follows() && leg.End == stock.Open {
						c.follow(t, s, h, &leg)
					}
				}
			}
		}
	}
}

func (c *cluster) follow(t testing.TB, s *script, h *stock.Hold, leg *stock.Line) {
	t.Helper()
	call := &h.Calls[leg.Call]
	for _, home := range c.slots[c.home[call.HomeBucket]].Order(h.Key.OrderKey) {
		if home.Key.Bucket != call.HomeBucket {
			continue
		}
		own := home.Find(leg.Item)
		if own == nil || own.Leg == nil || own.Leg.Key != leg.Leg.Key {
			continue
		}
		settle := stock.Settle{
			Order: h.Key.OrderKey, Item: leg.Item, Call: leg.Leg.Key,
			Confirmed: own.Confirmed, Released: own.Released, Deadline: own.Deadline,
		}
		do := func(what stock.Op) { settle.What = what; s.do(t, settle) }
		if own.Deadline != leg.Deadline {
			do(stock.OpExtend)
		}
		if own.Confirmed > leg.Confirmed {
			do(stock.OpConfirm)
		}
		switch {
		case own.End == stock.EndExpired:
			do(stock.OpExpire)
		case own.Released > leg.Released:
			do(stock.OpRelease)
		}
	}
}

// verify returns what is wrong with the slots, each line with its slot's name.
func (c *cluster) verify(t testing.TB, engines []engine.Engine, opts Options) []string {
	t.Helper()
	var found []string
	for i, e := range engines {
		report, err := CheckSlot(t.Context(), e, opts)
		if err != nil {
			t.Fatalf("slot %d: %v", i, err)
		}
		for _, v := range report.Violations {
			found = append(found, fmt.Sprintf("slot %d: %s", i, v))
		}
		for _, what := range report.Unchecked {
			found = append(found, fmt.Sprintf("slot %d, not checked: %s", i, what))
		}
	}
	across, err := CheckAcross(t.Context(), engines, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range across.Violations {
		found = append(found, "across: "+v)
	}
	return found
}
