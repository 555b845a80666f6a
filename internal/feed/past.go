package feed

import (
	"container/list"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

// pastWeight bounds the memory for the past of all logs: entries and records together.
// Decoded and written twice an entry takes about 1 KB.
const pastWeight = 16_384

// past remembers records that were read far behind the ends of the logs. The least recently
// used are dropped first. Of all readers that start from the same place in the past only
// one reads and decodes.
type past struct {
	mu    sync.Mutex
	room  int
	used  *list.List // of *Record, latest first
	bySeq map[pastKey]*list.Element
}

type pastKey struct {
	slot uint16
	seq  engine.Seq
}

func newPast(room int) *past {
	return &past{room: room, used: list.New(), bySeq: map[pastKey]*list.Element{}}
}

// recordsAfter returns up to limit records of the slot right behind seq.
func (p *past) recordsAfter(slot uint16, seq engine.Seq, limit int) (records []*Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(records) < limit {
		seq++
		el, ok := p.bySeq[pastKey{slot, seq}]
		if !ok {
			break
		}
		p.used.MoveToFront(el)
		records = append(records, el.Value.(*Record))
	}
	return records
}

// keep remembers the records. A record that another reader has read meanwhile is replaced
// by that reader's copy.
func (p *past) keep(records []*Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, r := range records {
		k := pastKey{r.Slot, r.Seq}
		if el, ok := p.bySeq[k]; ok {
			records[i] = el.Value.(*Record)
			continue
		}
		p.bySeq[k] = p.used.PushFront(r)
		p.room -= r.weight
	}
	for p.room < 0 {
		p.drop(p.used.Back())
	}
}

// forget drops everything of the slot.
func (p *past) forget(slot uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for el := p.used.Front(); el != nil; {
		next := el.Next()
		if el.Value.(*Record).Slot == slot {
			p.drop(el)
		}
		el = next
	}
}

// drop forgets a record. The caller has the lock.
func (p *past) drop(el *list.Element) {
	r := p.used.Remove(el).(*Record)
	delete(p.bySeq, pastKey{r.Slot, r.Seq})
	p.room += r.weight
}
