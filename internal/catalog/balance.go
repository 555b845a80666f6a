package catalog

import (
	"cmp"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// Weights is the weight of each bucket when they are spread over slots: 1 each,
// or its number of rows.
type Weights [stock.Buckets]int64

// Alike counts each bucket as one.
func Alike() *Weights {
	var w Weights
	for b := range w {
		w[b] = 1
	}
	return &w
}

// Transfer is a bucket that should move to another slot, and why.
type Transfer struct {
	Bucket stock.Bucket `json:"bucket"`
	From   uint16       `json:"from"`
	To     uint16       `json:"to"`
	Weight int64        `json:"weight"`
	Why    string       `json:"why"`
}

// maxShifts bounds the steps of Balance; with realistic weights, it takes about
// one for each bucket that moves.
const maxShifts = 1 << 16

// Balance returns, by bucket, which buckets have to move to another slot so
// that each of slots has an even share and all other slots have none. The same
// arguments give the same answer. For a layout that Balance has produced it
// returns none.
//
// If all weights are the same, the number of transfers is minimal and the
// shares differ by one bucket at most. Otherwise finding the minimum would take
// too long: few buckets move, and no further bucket could move to the lightest
// slot and make two slots more alike.
func (l *Layout) Balance(weights *Weights, slots []uint16) ([]Transfer, error) {
	s, err := l.scale(weights, slots)
	if err != nil {
		return nil, err
	}
	s.empty()
	for range maxShifts {
		if !s.shift() {
			break
		}
	}
	return s.transfers(), nil
}

// scale is slots with their buckets, while moves are simulated.
type scale struct {
	layout  *Layout
	weights *Weights
	pans    []*pan // the slots that are to have a share, by number
	lives   [stock.Buckets]uint16
	total   int64
}

// pan is a slot on the scale.
type pan struct {
	slot    uint16
	weight  int64
	buckets []stock.Bucket
}

func (l *Layout) scale(weights *Weights, slots []uint16) (*scale, error) {
	s := &scale{layout: l, weights: weights, lives: l.Buckets}
	if len(slots) == 0 {
		return nil, &InvalidError{Field: "slots", Reason: "must not be none: the buckets must live somewhere"}
	}
	slots = slices.Clone(slots)
	slices.Sort(slots)
	for _, n := range slices.Compact(slots) {
		if _, known := l.Place(n); !known {
			return nil, &UnknownError{What: "slot", ID: fmt.Sprint(n)}
		}
		s.pans = append(s.pans, &pan{slot: n})
	}
	for b, w := range weights {
		if w < 0 || w > maxWeight {
			return nil, &InvalidError{Field: "weight", Reason: fmt.Sprintf("of bucket %d must be 0 to %d", b, int64(maxWeight))}
		}
		s.total += w
		if p := s.pan(l.Buckets[b]); p != nil {
			p.put(stock.Bucket(b), w)
		}
	}
	return s, nil
}

// maxWeight keeps sums and products of weights within an int64.
const maxWeight = 1 << 42

func (p *pan) put(b stock.Bucket, w int64) {
	p.buckets = append(p.buckets, b)
	p.weight += w
}

func (p *pan) take(i int, w int64) {
	p.buckets = slices.Delete(p.buckets, i, i+1)
	p.weight -= w
}

// pan returns that of the slot, nil when the slot is to have nothing.
func (s *scale) pan(slot uint16) *pan {
	i, found := slices.BinarySearchFunc(s.pans, slot, func(p *pan, n uint16) int { return cmp.Compare(p.slot, n) })
	if !found {
		return nil
	}
	return s.pans[i]
}

// compare orders pans by what is in them; buckets that weigh nothing are
// spread as well.
func (p *pan) compare(q *pan) int {
	return cmp.Or(cmp.Compare(p.weight, q.weight), cmp.Compare(len(p.buckets), len(q.buckets)))
}

// lightest returns the lightest pan, of equals the first.
func (s *scale) lightest() *pan {
	return slices.MinFunc(s.pans, (*pan).compare)
}

// empty takes the buckets out of slots that are to have none, the heaviest
// first, each into the lightest pan.
func (s *scale) empty() {
	var out []stock.Bucket
	for b, slot := range s.lives {
		if s.pan(slot) == nil {
			out = append(out, stock.Bucket(b))
		}
	}
	slices.SortStableFunc(out, func(a, b stock.Bucket) int { return cmp.Compare(s.weights[b], s.weights[a]) })
	for _, b := range out {
		light := s.lightest()
		light.put(b, s.weights[b])
		s.lives[b] = light.slot
	}
}

// shift moves a bucket to the lightest pan, from the heaviest one that has a
// bucket with which that makes the two more alike. It reports whether there
// was one.
func (s *scale) shift() bool {
	light := s.lightest()
	heavy := slices.Clone(s.pans)
	slices.SortStableFunc(heavy, func(p, q *pan) int { return q.compare(p) })
	for _, p := range heavy {
		if i := s.best(p, light); i >= 0 {
			b := p.buckets[i]
			p.take(i, s.weights[b])
			light.put(b, s.weights[b])
			s.lives[b] = light.slot
			return true
		}
	}
	return false
}

// best returns the index of the bucket of p that brings p and light nearest to
// an even share, or to each other when p is below that; -1 when none makes
// them more alike.
func (s *scale) best(p, light *pan) int {
	gap, n := p.weight-light.weight, int64(len(s.pans))
	// The smaller of the surplus of one and the lack of the other, times n.
	wanted := min(p.weight*n-s.total, s.total-light.weight*n)
	if wanted <= 0 {
		wanted = gap * n / 2
	}
	best, off := -1, int64(0)
	for i, b := range p.buckets {
		w := s.weights[b]
		if w == 0 || w >= gap {
			continue
		}
		d := max(w*n-wanted, wanted-w*n)
		if best < 0 || d < off || d == off && b < p.buckets[best] {
			best, off = i, d
		}
	}
	return best
}

// transfers says which buckets are elsewhere than they were.
func (s *scale) transfers() []Transfer {
	var all []Transfer
	loads := s.layout.loads(s.weights)
	for b, to := range s.lives {
		from := s.layout.Buckets[b]
		if from == to {
			continue
		}
		t := Transfer{Bucket: stock.Bucket(b), From: from, To: to, Weight: s.weights[b]}
		if s.pan(from) == nil {
			t.Why = fmt.Sprintf("slot %d is to be empty", from)
		} else {
			t.Why = fmt.Sprintf("slot %d has %d, slot %d has %d, an even share is %s", from, loads[from], to, loads[to], s.share())
		}
		all = append(all, t)
	}
	return all
}

// share is an even share in words.
func (s *scale) share() string {
	n := int64(len(s.pans))
	if s.total%n == 0 {
		return fmt.Sprint(s.total / n)
	}
	return fmt.Sprintf("%d to %d", s.total/n, s.total/n+1)
}

// loads is the load of each slot.
func (l *Layout) loads(weights *Weights) map[uint16]int64 {
	all := make(map[uint16]int64, len(l.Slots))
	for b, slot := range l.Buckets {
		all[slot] += weights[b]
	}
	return all
}
