package slot

import (
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// packer packs groups into what the engine stores. Its memory serves the next
// group as soon as the engine has returned from Append.
type packer struct {
	builder *stock.RecordBuilder
	writer  [16]byte
	nonce   uint64
	random  func([]byte)

	group engine.Group
	refs  []stock.EntryRef
	rows  []byte // the packed rows, one behind the other
}

// pack turns the group into what the engine stores behind the record of the memory,
// until the next pack.
func (p *packer) pack(g *group) (*engine.Group, error) {
	p.nonce++
	seq := g.m.seq + 1
	b := p.builder
	b.Reset(stock.RecordHeader{Seq: uint64(seq), At: g.now, Writer: p.writer, Nonce: p.nonce, Prev: g.m.hash})
	p.refs = p.refs[:0]
	for _, ev := range g.entries {
		ref, err := b.Add(ev)
		if err != nil {
			return nil, fmt.Errorf("pack event: %w", err)
		}
		p.refs = append(p.refs, ref)
	}
	var salt [16]byte
	p.random(salt[:])
	body, hash, text := b.Finish(salt)
	eg := &p.group
	*eg = engine.Group{
		Record: engine.Record{Seq: seq, At: g.now, Writer: p.writer, Nonce: p.nonce, Hash: hash, Body: body},
		Prev:   g.m.hash,
		Text:   text,
		Items:  emptied(eg.Items), Holds: emptied(eg.Holds), Keys: emptied(eg.Keys),
	}
	rows := p.rows[:0]
	for _, t := range g.items {
		from := len(rows)
		rows = stock.AppendItem(rows, t.next)
		eg.Items = append(eg.Items, itemRow(t, rows[from:len(rows):len(rows)]))
	}
	for _, t := range g.holds {
		for i := range t.next {
			if !t.next[i].changed {
				continue
			}
			from := len(rows)
			rows = stock.AppendHold(rows, t.next[i].Hold)
			row := holdRow(t.next[i].Hold, rows[from:len(rows):len(rows)])
			row.Seq = seq
			row.Fresh = !t.has(row.Key.Bucket)
			eg.Holds = append(eg.Holds, row)
		}
	}
	for _, id := range g.order {
		o := g.keys[id]
		eg.Keys = append(eg.Keys, engine.KeyRow{
			ID: id, Bucket: o.place, Print: o.print,
			Seq: seq, Index: uint32(b.Index(p.refs[o.entry])),
		})
	}
	for _, h := range g.steps {
		eg.Buckets = append(eg.Buckets, engine.BucketRow{Bucket: h.Bucket, Seq: seq, Packed: stock.AppendHandover(nil, h)})
	}
	p.rows = rows
	return eg, nil
}

// entries are the entries of the packed group by their place in the record.
func (p *packer) entries(g *group) []*stock.Event {
	entries := make([]*stock.Event, len(g.entries))
	for i, ref := range p.refs {
		entries[p.builder.Index(ref)] = g.entries[i]
	}
	return entries
}

// emptied is the slice without its elements and what they point to.
func emptied[T any](s []T) []T {
	clear(s)
	return s[:0]
}

func (t touchedOrder) has(b stock.Bucket) bool {
	for i := range t.cur {
		if t.cur[i].Key.Bucket == b {
			return true
		}
	}
	return false
}

func itemRow(t touchedItem, packed []byte) engine.ItemRow {
	it := t.next
	f := it.Figures()
	return engine.ItemRow{
		Key: it.Key, Bucket: it.Bucket, Fresh: t.cur == nil,
		Available: f.Available, Held: f.Held, OnHand: f.OnHand,
		Threshold: it.Threshold, Tracked: it.Tracked, OnSale: it.OnSale, Low: it.Low(),
		Version: it.Version, UpdatedAt: it.UpdatedAt, LapsesAt: it.LapsesAt(), Packed: packed,
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
