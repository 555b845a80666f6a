package test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// A till is killed again and again, and its centre too, while orders keep coming. Every
// acknowledged order is at both sides once, as it was answered, and nothing else is.
func TestATillAndItsCentreAreKilledWhileOrdersGoOn(t *testing.T) {
	t.Parallel()
	const clerks, each = 4, 90
	centre := newCentre(t, 1000)
	m := newTill(t, centre, "one", object{"percent": 60}, 600)
	var answered atomic.Int64
	var all sync.WaitGroup
	for c := range clerks {
		all.Go(func() {
			for i := range each {
				order := fmt.Sprintf("o-%d-%d", c, i)
				code := reserveAt(t, m.server, order, 1)
				if how := how(i); how != "" && code == "" {
					code = endAt(t, m.server, how, order)
				}
				if code != "" {
					t.Errorf("order %s was refused: %s", order, code)
				}
				answered.Add(1)
			}
		})
	}
	random := rand.New(rand.NewPCG(3, 5))
	kills := map[*server]int{}
	for at := int64(0); at < clerks*each-40; {
		at += 20 + random.Int64N(20)
		await(t, fmt.Sprint(at, " orders are answered"), func() bool { return answered.Load() >= at || t.Failed() })
		s := m.server
		if random.IntN(2) == 0 {
			s = centre
		}
		kills[s]++
		s.kill()
		s.start()
	}
	all.Wait()
	_, at := agree(t, centre, m)
	for c := range clerks {
		for i := range each {
			l := at[0].orders[fmt.Sprintf("o-%d-%d", c, i)]
			want := map[string]stock.End{"deduct": stock.EndConfirmed, "release": stock.EndReleased, "": stock.Open}[how(i)]
			if l.End != want || l.Quantity()+l.Confirmed+l.Released != 1 {
				t.Errorf("order o-%d-%d is %+v, want %v", c, i, l, want)
			}
		}
	}
	if len(at[0].orders) != clerks*each {
		t.Errorf("%d orders were acknowledged, the books have %d", clerks*each, len(at[0].orders))
	}
	t.Logf("%d orders, the till was killed %d times, its centre %d times", clerks*each, kills[m.server], kills[centre])
}

// how the order with the number ends: three of five are sold, one is released, one stays.
func how(i int) string {
	switch i % 5 {
	case 0:
		return "release"
	case 1:
		return ""
	}
	return "deduct"
}
