package ledger

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// store writes the group behind the memory's seq and, when it is durable,
// lets its overlay join the memory. The errors are those of Engine.Append,
// with ErrUnknown resolved by reading the log.
func (s *slot) store(ctx context.Context, st store, g *group) error {
	eg, err := s.pack(g)
	if err != nil {
		return err
	}
	after := s.m.seq
	err = st.Append(ctx, after, eg)
	// A store that is broken cannot be asked: what it shows now may differ from
	// what it shows after a restart.
	if errors.Is(err, engine.ErrUnknown) && !errors.Is(err, engine.ErrBroken) {
		err = s.resolve(ctx, after, err)
	}
	if err != nil {
		return err
	}
	s.join(g, eg)
	s.o.notify(Position{s.number, s.m.seq})
	return nil
}

// resolve finds out what became of a group whose answer got lost: a record of
// this writer with this nonce is the group.
func (s *slot) resolve(ctx context.Context, after engine.Seq, cause error) error {
	records, err := s.eng.Read(ctx, after, 1)
	switch {
	case err != nil:
		return errors.Join(cause, err)
	case len(records) == 0:
		return fmt.Errorf("group was not stored: %w", ErrBusy)
	case records[0].Writer == s.writer && records[0].Nonce == s.nonce:
		return nil
	}
	return engine.ErrMoved
}

// pack turns the group into what the engine stores.
func (s *slot) pack(g *group) (*engine.Group, error) {
	s.nonce++
	seq := s.m.seq + 1
	b := s.builder
	b.Reset(stock.RecordHeader{Seq: uint64(seq), At: g.now, Writer: s.writer, Nonce: s.nonce, Prev: s.m.hash})
	refs := make([]stock.EntryRef, len(g.entries))
	for i, ev := range g.entries {
		ref, err := b.Add(ev)
		if err != nil {
			return nil, fmt.Errorf("pack event: %w", err)
		}
		refs[i] = ref
	}
	var salt [16]byte
	s.o.random(salt[:])
	body, hash, text := b.Finish(salt)
	eg := &engine.Group{
		Record: engine.Record{Seq: seq, At: g.now, Writer: s.writer, Nonce: s.nonce, Hash: hash, Body: body},
		Text:   text,
		Items:  make([]engine.ItemRow, 0, len(g.items)),
		Holds:  make([]engine.HoldRow, 0, len(g.holds)),
	}
	// One piece of memory for all packed rows; it grows rarely.
	room := make([]byte, 0, 96*len(g.holds)+160*len(g.items))
	for _, t := range g.items {
		from := len(room)
		room = stock.AppendItem(room, t.next)
		eg.Items = append(eg.Items, itemRow(t, room[from:len(room):len(room)]))
	}
	for _, t := range g.holds {
		for i := range t.next {
			if !t.next[i].changed {
				continue
			}
			from := len(room)
			room = stock.AppendHold(room, t.next[i].Hold)
			row := holdRow(t.next[i].Hold, room[from:len(room):len(room)])
			row.Seq = seq
			row.Fresh = !t.has(row.Key.Bucket)
			eg.Holds = append(eg.Holds, row)
		}
	}
	for _, id := range g.order {
		o := g.keys[id]
		eg.Keys = append(eg.Keys, engine.KeyRow{
			ID: id, Bucket: bucketOf(g.entries[o.entry]), Print: o.print,
			Seq: seq, Index: uint32(b.Index(refs[o.entry])),
		})
	}
	return eg, nil
}

func (t touchedOrder) has(b stock.Bucket) bool {
	for i := range t.cur {
		if t.cur[i].Key.Bucket == b {
			return true
		}
	}
	return false
}

// bucketOf is the bucket a command's key lies in: that of its home.
func bucketOf(ev *stock.Event) stock.Bucket {
	switch {
	case ev.Call != nil:
		return ev.Call.HomeBucket
	case len(ev.Items) > 0:
		return ev.Items[0].Bucket
	case len(ev.Lines) > 0:
		return ev.Lines[0].Bucket
	}
	return 0
}

func itemRow(t touchedItem, packed []byte) engine.ItemRow {
	it := t.next
	f := it.Figures()
	return engine.ItemRow{
		Key: it.Key, Bucket: it.Bucket, Fresh: t.cur == nil,
		Available: f.Available, Held: f.Held, OnHand: f.OnHand,
		Threshold: it.Threshold, Tracked: it.Tracked, OnSale: it.OnSale, Low: it.Low(),
		Version: it.Version, UpdatedAt: it.UpdatedAt, Packed: packed,
	}
}

func holdRow(h *stock.Hold, packed []byte) engine.HoldRow {
	row := engine.HoldRow{Key: h.Key, Packed: packed}
	for i := range h.Lines {
		l := &h.Lines[i]
		if l.End != stock.Open {
			continue
		}
		row.Open = true
		if l.Deadline != 0 && (row.Deadline == 0 || l.Deadline < row.Deadline) {
			row.Deadline = l.Deadline
		}
	}
	return row
}

// join lets the stored group's overlay join the memory.
func (s *slot) join(g *group, eg *engine.Group) {
	m := s.m
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range g.items {
		if t.cur == nil {
			m.born(t.key)
		}
		t.cur, t.next = t.next, nil
	}
	for _, t := range g.holds {
		for i := range t.next {
			if t.next[i].changed {
				t.next[i].seq, t.next[i].changed = eg.Record.Seq, false
			}
		}
		t.cur, t.next = t.next, nil
	}
	for _, ev := range g.entries {
		m.noteLines(ev)
	}
	for _, k := range eg.Keys {
		m.keys.put(k.ID, keyEntry{print: k.Print, seq: k.Seq, index: k.Index})
	}
	m.seq, m.hash, m.at = eg.Record.Seq, eg.Record.Hash, eg.Record.At
	s.stats.groups.Add(1)
	s.stats.entries.Add(uint64(len(g.entries)))
	s.events = g.entries[:0]
}

// answer gives the results of a group to its calls and returns the calls that
// have commands left.
func (s *slot) answer(g *group, calls []*call) []*call {
	pos := Position{s.number, s.m.seq}
	for i := range g.ops {
		o := &g.ops[i]
		r := &o.call.results[o.n]
		r.At, r.Position, r.Event, r.Err = g.now, pos, o.event, o.err
		switch {
		case o.err != nil && o.event == nil:
		case o.twin != nil:
			r.Event, r.Err, r.Replayed = o.twin.event, o.twin.err, true
		case o.stored != nil:
			r.Replayed = true
			o.call.results[o.n].stored = o.stored
		}
		o.call.next = o.n + 1
	}
	rest := calls[:0]
	for _, c := range calls {
		if c.next < len(c.requests) {
			rest = append(rest, c)
			continue
		}
		c.finish(nil)
	}
	return rest
}
