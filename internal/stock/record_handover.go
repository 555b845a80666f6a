package stock

import "fmt"

// Handovers calls fn for each step of a bucket in the record. The steps belong to no
// tenant, so it looks at no entry of a tenant.
func (r *Record) Handovers(fn func(*Handover)) error {
	for i := range r.blocks {
		b := &r.blocks[i]
		if b.tenant != "" || b.dropped() {
			continue
		}
		for j := range b.count {
			s := b.source(j)
			if bits := s.bitmap(entryKnown); !s.bad && bits&entryStep == 0 {
				continue
			}
			e, _, err := b.decode(j, &r.head)
			if err != nil {
				return fmt.Errorf("record %d, entry %d: %w", r.head.Seq, b.first+j, err)
			}
			fn(e.Handover)
		}
	}
	return nil
}
