package stock

import "fmt"

// Handovers calls fn for each step of a bucket that the record tells of. They
// belong to no tenant, so it looks at no entry of anybody's.
func (r *Record) Handovers(fn func(*Handover)) error {
	for i := range r.blocks {
		b := &r.blocks[i]
		if b.tenant != "" || b.dropped() {
			continue
		}
		for j := range b.count {
			if s := b.source(j); Op(s.byte()) != OpHandover {
				continue
			}
			e, _, ok := b.decode(j, &r.head)
			if !ok {
				return fmt.Errorf("record %d, entry %d: %w", r.head.Seq, b.first+j, ErrMalformed)
			}
			fn(e.Handover)
		}
	}
	return nil
}
