package hot

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/stock"
)

// books is what the scripts should do, written down once more, without Redis.
type books struct {
	epoch   int64
	is      Balance
	operate map[string]string
	version int64 // of the shortage
	lost    bool  // Redis has nothing
}

func (m *books) reserve(asks []Ask) []Answer {
	answers := make([]Answer, len(asks))
	guards := maps.Clone(m.operate)
	for i, a := range asks {
		r, has := m.is.Records[a.Order]
		free := min(a.Qty, m.is.Usable)
		if !a.Past {
			free = min(a.Qty, m.is.Free())
		}
		short := a.Qty - free
		var n int64
		_, _ = fmt.Sscanf(guards[a.Order], fmt.Sprint(m.epoch)+":%d", &n)
		switch {
		case has:
			answers[i] = Answer{Repeated, r.N, r.Reserved, r.Short}
		case n > 0:
			answers[i] = Answer{Outcome: InBooks, N: n}
		case short == 0 || m.is.Shortage+short <= a.Allowance:
			m.is.Takes++
			m.is.Usable, m.is.Subtract, m.is.Shortage = m.is.Usable-free, m.is.Subtract+free, m.is.Shortage+short
			m.is.Records[a.Order] = Record{Epoch: m.epoch, N: m.is.Takes, Reserved: free, Short: short, Moment: noon}
			m.operate[a.Order] = fmt.Sprintf("%d:%d", m.epoch, m.is.Takes)
			answers[i] = Answer{Reserved, m.is.Takes, free, short}
		}
	}
	return answers
}

func (m *books) end(t Taking, back bool) bool {
	r, has := m.is.Records[t.Order]
	if !has || r.N != t.N || r.Epoch != m.epoch {
		return false
	}
	delete(m.is.Records, t.Order)
	m.is.Subtract -= r.Reserved + r.Sold
	if back {
		m.is.Usable += r.Reserved + r.Sold
		m.is.Shortage = max(0, m.is.Shortage-r.Short)
		delete(m.operate, t.Order)
	}
	return true
}

func (m *books) step(t Taking, step int64, qty stock.Qty, confirm bool) Stepped {
	r, has := m.is.Records[t.Order]
	switch {
	case !has || r.N != t.N || r.Epoch != m.epoch:
		return Unknown
	case step <= r.Step:
		return DoneBefore
	case step > r.Step+1:
		return TooEarly
	case confirm && qty > r.Reserved, !confirm && qty > r.Reserved+r.Short:
		return TooMany
	}
	r.Step = step
	if confirm {
		r.Reserved, r.Sold = r.Reserved-qty, r.Sold+qty
	} else {
		promised := min(qty, r.Short)
		r.Short, r.Reserved = r.Short-promised, r.Reserved-(qty-promised)
		m.is.Usable, m.is.Subtract, m.is.Shortage = m.is.Usable+qty-promised, m.is.Subtract-(qty-promised), max(0, m.is.Shortage-promised)
	}
	m.is.Records[t.Order] = r
	return Done
}

func (m *books) add(g Given) {
	if g.Units > m.is.Given {
		m.is.Usable, m.is.Given = m.is.Usable+g.Units-m.is.Given, g.Units
	}
	if g.Waits+m.is.Shortage > 0 && int64(g.Version) >= m.version {
		m.is.Shortage, m.version = g.Waits, int64(g.Version)
	}
}

// Random histories of scripts do what the model does, and no unit comes or goes.
func TestScriptsDoWhatTheirModelDoes(t *testing.T) {
	t.Parallel()
	b := connect(t, dbtest.StartRedis(t, "--appendfsync", "no").URL)
	histories := 400
	if testing.Short() {
		histories = 50
	}
	for seed := range histories {
		history(t, b, rand.New(rand.NewPCG(1, uint64(seed))), seed)
		if t.Failed() {
			return
		}
	}
}

func history(t *testing.T, b *Balances, r *rand.Rand, seed int) {
	item := cup
	item.Product = fmt.Sprintf("cup-%d", seed)
	m := &books{operate: map[string]string{}, lost: true}
	order := func() string { return fmt.Sprintf("o%d", r.IntN(6)) }
	taking := func() Taking {
		of := Taking{Order: order(), N: 1 + r.Int64N(8)}
		if is, has := m.is.Records[of.Order]; has && r.IntN(4) > 0 {
			of.N = is.N
		}
		return of
	}
	same := func(what string, got, want any, err error) {
		t.Helper()
		if m.lost {
			if !errors.Is(err, ErrEpoch) {
				t.Fatalf("seed %d: %s of a balance that is not there: %v", seed, what, err)
			}
			return
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("seed %d: %s: %v\n%s", seed, what, err, diff)
		}
	}
	for range 30 {
		switch r.IntN(12) {
		case 0, 1, 2, 3:
			asks := make([]Ask, 1+r.IntN(3))
			for i := range asks {
				asks[i] = Ask{order(), 1 + stock.Qty(r.IntN(4)), stock.Qty(r.IntN(2) * r.IntN(6)), r.IntN(4) == 0}
			}
			got, err := b.Reserve(t.Context(), item, m.epoch, noon, asks)
			var want []Answer
			if !m.lost {
				want = m.reserve(asks)
			}
			same("reserve", got, want, err)
		case 4, 5:
			of, back := taking(), r.IntN(2) == 0
			call := b.Written
			if back {
				call = b.Rollback
			}
			got, err := call(t.Context(), item, m.epoch, []Taking{of, of})
			same("end", got, []bool{!m.lost && m.end(of, back), false}, err)
		case 6, 7, 8:
			of, step, qty, confirm := taking(), 1+r.Int64N(3), 1+stock.Qty(r.IntN(3)), r.IntN(2) == 0
			call := b.Release
			if confirm {
				call = b.Confirm
			}
			got, err := call(t.Context(), item, m.epoch, of, step, qty)
			var want Stepped
			if !m.lost {
				want = m.step(of, step, qty, confirm)
			}
			same("step", got, want, err)
		case 9:
			given := Given{Units: stock.Qty(r.IntN(20)), Waits: stock.Qty(r.IntN(2) * r.IntN(4)), Version: uint64(r.IntN(20))}
			kept, err := b.Add(t.Context(), item, m.epoch, given)
			if !m.lost {
				m.add(given)
			}
			same("add", kept, min(m.is.Usable, m.is.Shortage), err)
		case 10: // lost
			m.lost = true
			if err := b.Redis().Do(t.Context(), b.Redis().B().Del().Key(keys(item)...).Build()).Error(); err != nil {
				t.Fatal(err)
			}
		case 11:
			late := r.IntN(3) == 0 && m.epoch > 0
			epoch := m.epoch + 1
			if late {
				epoch = m.epoch
			}
			is := Balance{Usable: stock.Qty(r.IntN(10)), Given: m.is.Given, Records: map[string]Record{}}
			if r.IntN(2) == 0 { // a taking that is not in the books comes along
				is.Takes, is.Subtract = 1, 2
				is.Records["o0"] = Record{Epoch: epoch, N: 1, Reserved: 2, Moment: noon}
			}
			written, err := b.Initialise(t.Context(), item, epoch, is)
			if err != nil || written != (!late || m.lost) {
				t.Fatalf("seed %d: initialise: %v %v", seed, written, err)
			}
			if written {
				m.epoch, m.is, m.lost, m.version = epoch, is, false, 0
				for o, rec := range is.Records {
					m.operate[o] = fmt.Sprintf("%d:%d", epoch, rec.N)
				}
			}
		}
		if m.epoch == 0 {
			continue
		}
		is, err := b.Look(t.Context(), item, m.epoch)
		want := m.is
		if want.Records == nil {
			want.Records = map[string]Record{}
		}
		same("look", is, want, err)
	}
}
