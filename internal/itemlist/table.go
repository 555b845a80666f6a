package itemlist

// table finds numbers by their values. It takes 4 bytes a slot: the caller that assigns
// the numbers keeps the values. Nothing is removed from it.
type table struct {
	slots []uint32 // one more than the number, 0: free
	used  int
}

// leastSlots is how many slots a table begins with; a power of two, as all sizes.
const leastSlots = 64

// find returns the number with the hash of which is says that it is the one.
func (t *table) find(hash uint64, is func(number uint32) bool) (number uint32, found bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	for at := t.first(hash); t.slots[at] != 0; at = t.next(at) {
		if number := t.slots[at] - 1; is(number) {
			return number, true
		}
	}
	return 0, false
}

// add adds a number that is not in the table. hashOf is asked for those that are when the
// table grows.
func (t *table) add(hash uint64, number uint32, hashOf func(number uint32) uint64) {
	if 4*(t.used+1) > 3*len(t.slots) {
		old := t.slots
		t.slots = make([]uint32, max(leastSlots, 2*len(old)))
		for _, slot := range old {
			if slot != 0 {
				t.put(hashOf(slot-1), slot)
			}
		}
	}
	t.put(hash, number+1)
	t.used++
}

func (t *table) put(hash uint64, slot uint32) {
	at := t.first(hash)
	for t.slots[at] != 0 {
		at = t.next(at)
	}
	t.slots[at] = slot
}

func (t *table) first(hash uint64) int { return int(hash & uint64(len(t.slots)-1)) }

func (t *table) next(at int) int { return (at + 1) & (len(t.slots) - 1) }
