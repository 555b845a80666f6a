package slot

import (
	"context"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// store writes the group behind the memory's seq and, when it is durable, lets its
// overlay join the memory. The errors are those of Engine.Append, with one
// exception: when the answer was lost and the outcome of the group cannot be found
// out at once, the error is errDoubt, and s.doubt has the group.
func (s *committer) store(ctx context.Context, st store, g *group) error {
	began := s.begin()
	eg, err := s.packer.pack(g)
	if err != nil {
		return err
	}
	if _, held := st.(engine.Writer); !held {
		s.invite(g)
	}
	at := s.o.clock.Elapsed()
	err = st.Append(ctx, s.m.seq, eg)
	s.crowd.stored(s.o.clock.Elapsed() - at)
	if isLostAnswer(err) {
		s.doubt = &doubt{g: g, eg: eg, began: began, cause: err}
		err = s.ask(ctx)
	}
	s.room.note(err, s.o.clock.Elapsed())
	if err != nil {
		return err
	}
	s.keep(g, eg, began)
	return nil
}

// keep does what follows when a group is durable.
func (s *committer) keep(g *group, eg *engine.Group, began time.Time) {
	s.join(g, eg)
	s.stored(g, began)
	if s.o.Stored != nil {
		r := &eg.Record
		s.o.Stored(s.number, r.Seq, r.At, s.packer.entries(g), len(r.Body)+len(eg.Text))
	}
	s.o.Notify(Position{s.number, s.m.seq})
}

// join lets the stored group's overlay join the memory.
func (s *committer) join(g *group, eg *engine.Group) {
	m := s.m
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range g.items {
		if t.cur == nil {
			m.addToProduct(t.key)
		}
		t.join(g.gen)
	}
	for _, t := range g.holds {
		t.join(g.gen, eg.Record.Seq)
	}
	g.joined, g.after, g.below = true, nil, nil // the group before this one is in the memory now, as all before it
	m.unnoted = g.entries
	switch {
	case g.spread != nil:
		defer s.placed(g)
	case len(g.steps) > 0:
		defer s.taken(g.steps)
	}
	for _, k := range eg.Keys {
		m.keys.put(k.ID, StoredKey{Print: k.Print, seq: k.Seq, index: k.Index})
	}
	m.seq, m.hash, m.at = eg.Record.Seq, eg.Record.Hash, eg.Record.At
	m.trail.note(m.seq, m.hash)
	s.away.fence = false
	s.stats.groups.Add(1)
	s.stats.entries.Add(uint64(len(g.entries)))
	s.events = g.entries[:0]
}

// join commits what the group of that generation has changed of the item.
func (e *itemEntry) join(gen uint64) {
	if e.gen == gen {
		e.cur, e.next = e.next, nil
		return
	}
	e.cur, e.before = e.before, nil // a sketch is working on it
}

// join commits what the group of that generation has changed of the order's holds,
// with that record.
func (e *orderEntry) join(gen uint64, seq engine.Seq) {
	from := &e.next
	if e.gen != gen {
		from = &e.before // a sketch is working on it
	}
	holds := *from
	*from = nil
	for i := range holds {
		if holds[i].changed {
			holds[i].seq, holds[i].changed = seq, false
		}
	}
	e.cur = holds
}

// taken remembers the steps of buckets that a group ended with. The caller holds
// the memory's lock.
func (s *committer) taken(steps []*stock.Handover) {
	s.m.dues()
	for _, h := range steps {
		s.m.step(h)
		s.o.Log.Info("bucket moves", "slot", s.number, "bucket", h.Bucket, "stage", h.Stage.String(), "other", h.Slot, "move", h.Epoch)
	}
}

// placed is taken for rows of buckets that keep how a location is placed.
func (s *committer) placed(g *group) {
	s.m.keepRows(g.steps)
	s.o.Log.Info("location changes", "slot", s.number, "what", g.spread.String())
}

// answer gives the results of a group to its calls and returns the calls that
// have commands left.
func (s *committer) answer(g *group, calls []*submission) []*submission {
	pos := Position{s.number, s.m.seq}
	s.crowd.answered(s.waiting(), s.o.clock.Elapsed())
	for c, late := range g.late {
		c.late = append(c.late, late...)
	}
	for i := range g.ops {
		o := &g.ops[i]
		r := &o.call.results[o.n]
		r.At, r.Position, r.Event, r.Err = g.now, pos, o.event, o.err
		switch {
		case o.err != nil && o.event == nil:
			r.Err = o.call.unsure(o.n, o.err)
		case o.twin != nil:
			r.Event, r.Err, r.Replayed = o.twin.event, o.twin.err, true
		case o.stored != nil:
			// A command that was sent once and is found under its key is no repeat.
			r.Replayed = !o.once && (!o.sent || o.stored.seq <= o.call.sent.after)
			o.call.results[o.n].stored = o.stored
		}
		o.call.next = o.n + 1
	}
	clear(g.ops)
	s.ops = g.ops[:0]
	rest := calls[:0]
	for _, c := range calls {
		if c.next < len(c.requests) {
			rest = append(rest, c)
			continue
		}
		c.finish(nil)
	}
	s.settle()
	return rest
}

// settle updates the index of due lines with the group that joined last.
func (s *committer) settle() {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.dues()
}
