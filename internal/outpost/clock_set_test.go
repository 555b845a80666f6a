package outpost_test

import (
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// The clock of a till is set while its line is cut. Counts and switches of before and of after that are
// compared with what the centre did in between.
func TestTheClockOfATillIsSetWhileItsLineIsCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		was, is      time.Duration
		startedAgain bool
	}{
		{"ahead, and it is started again", 0, day, true},
		{"ahead, while it runs", 0, day, false},
		{"back, while it runs", 0, -day, false},
		{"right, it was ahead, while it runs", day, 0, false},
		{"right, it was behind, and it is started again", -day, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			centre := openCentre(t, map[string]stock.Qty{"cup": 100, "tea": 100, "pot": 100, "can": 100})
			log, books, file := memory.New(), catalogtest.File(t), centre.pair(t, catalog.Till{ID: "one", Percent: 20})
			m := centre.openTillWhoseClockIsOff(t, log, books, file, c.was)
			until(t, "the till has its share", func() bool {
				for _, product := range []string{"cup", "tea", "pot", "can"} {
					if m.item(t, product).Of(stock.Shared) != 20 {
						return false
					}
				}
				return true
			})
			m.line.cut(true)
			until(t, "the line is down", func() bool { return !m.of.Status().Connected })
			sell := func(id, product string) {
				t.Helper()
				centre.do(t, order(id, product, 10))
				centre.do(t, deduct(id))
			}
			turned := func(product string) { // the centre switches it on before the till switches it off
				t.Helper()
				centre.do(t, turn(product, "", false))
				centre.do(t, turn(product, "", true))
				later(t)
				m.do(t, turn(product, "", false))
				later(t)
			}
			look := func(product string) {
				t.Helper()
				look := stock.Observe{Item: key(product), Bucket: bucket(), Seen: 98, Reckoned: true} // two are missing
				if err := m.counter.Submit(t.Context(), ledger.Request{Command: look})[0].Err; err != nil {
					t.Fatal(err)
				}
				later(t)
			}
			later(t)
			look("cup")
			turned("pot")
			sell("after the first count", "cup")
			if c.startedAgain {
				m.end()
				m = centre.openTillOn(t, log, books, file, c.is, func(w *wire) { w.cut(true) })
			} else {
				m.clock.Store(int64(c.is))
			}
			later(t)
			look("tea")
			turned("can")
			sell("after the second count", "tea")
			m.line.cut(false)
			centre.agree(t, m, "cup")
			for _, product := range []string{"cup", "tea"} {
				it := centre.item(t, product)
				if it.Figures().OnHand != 88 || it.Of(stock.Adjustment) != 2 {
					t.Errorf("%d of %s are on hand, and %d were found missing", it.Figures().OnHand, product, it.Of(stock.Adjustment))
				}
				if now := stock.Time(time.Now().UnixMilli()); it.Seen.AsOf > now {
					t.Errorf("somebody saw %s %d ms from now", product, it.Seen.AsOf-now)
				}
			}
			for _, product := range []string{"pot", "can"} {
				if centre.item(t, product).OnSale || m.item(t, product).OnSale {
					t.Errorf("%s was switched off last, and is on sale", product)
				}
			}
			// A count of after that is not taken for an earlier one.
			look("tea")
			centre.agree(t, m, "tea")
			until(t, "the second count of tea is booked", func() bool { return centre.item(t, "tea").Figures().OnHand == 98 })
		})
	}
}

// later waits longer than an offset is wrong by.
func later(t *testing.T) {
	t.Helper()
	began := time.Now()
	until(t, "time goes by", func() bool { return time.Since(began).Milliseconds() > offsetsErr })
}
