package outpost_test

import (
	"slices"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

const day = 24 * time.Hour

// clocks are those of a till that is wrong.
var clocks = map[string]time.Duration{"right": 0, "a day ahead": day, "a day behind": -day}

// turn switches the sale of the product.
func turn(product, channel string, on bool) stock.SetSaleStatus {
	return stock.SetSaleStatus{Item: key(product), Bucket: bucket(), Channel: channel, OnSale: on, Open: &stock.Opening{}}
}

// offsetsErr is more than the offset that a till finds is wrong by, in milliseconds.
const offsetsErr = 1000

// goesBy waits until it is later than now, by the centre's clock and by what the tills take its time for.
func goesBy(t *testing.T, tills ...*till) {
	t.Helper()
	at := func() (times []int64) {
		now := time.Now()
		times = append(times, now.UnixMilli())
		for _, m := range tills {
			times = append(times, now.Add(m.off).UnixMilli()+m.of.Status().Offset)
		}
		return times
	}
	began := slices.Max(at())
	until(t, "time goes by", func() bool { return slices.Min(at()) > began+offsetsErr })
}

// switchedOff is a till that switches the cup off while its line is cut.
func switchedOff(t *testing.T, by time.Duration) (*centre, *till) {
	t.Helper()
	c := openCentre(t, map[string]stock.Qty{"cup": 100, "tea": 100})
	m := c.openTillWhoseClockIsOff(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "one", Percent: 50}), by)
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 50 })
	return c, m
}

func TestTheSwitchThatWasSetLastCounts(t *testing.T) {
	t.Parallel()
	for name, by := range clocks {
		t.Run("at the centre, the till's clock is "+name, func(t *testing.T) {
			t.Parallel()
			c, m := switchedOff(t, by)
			m.line.cut(true)
			m.do(t, turn("cup", "", false))
			goesBy(t, m)
			c.do(t, turn("cup", "", false))
			goesBy(t, m)
			c.do(t, turn("cup", "", true))
			m.line.cut(false)
			c.agree(t, m, "cup")
			until(t, "both are on sale", func() bool { return c.item(t, "cup").OnSale && m.item(t, "cup").OnSale })
		})
		t.Run("at the till, whose clock is "+name, func(t *testing.T) {
			t.Parallel()
			c, m := switchedOff(t, by)
			m.line.cut(true)
			c.do(t, turn("cup", "web", false))
			c.do(t, turn("cup", "", false))
			goesBy(t, m)
			c.do(t, turn("cup", "", true))
			goesBy(t, m)
			m.do(t, turn("cup", "", false))
			m.line.cut(false)
			c.agree(t, m, "cup")
			until(t, "both are off sale", func() bool { return !c.item(t, "cup").OnSale && !m.item(t, "cup").OnSale })
			if off := c.item(t, "cup").Off; len(off) != 1 || off[0] != "web" {
				t.Errorf("the till has undone the switch of another channel: %v", off)
			}
		})
	}
}

// Of two tills the one that was switched last counts, whichever the centre hears of first.
func TestOfTwoTillsTheLaterSwitchCounts(t *testing.T) {
	t.Parallel()
	c, first := switchedOff(t, day)
	second := c.openTillWhoseClockIsOff(t, memory.New(), catalogtest.File(t), c.pair(t, catalog.Till{ID: "two", Percent: 20}), -day)
	until(t, "the second till knows of it", func() bool { return second.item(t, "cup").Version > 0 && second.of.Status().Connected })
	first.line.cut(true)
	second.line.cut(true)
	first.do(t, turn("cup", "", false)) // earlier, and heard of last
	goesBy(t, first, second)
	second.do(t, turn("cup", "", false))
	goesBy(t, first, second)
	second.do(t, turn("cup", "", true))
	second.line.cut(false)
	c.agree(t, second, "cup")
	first.line.cut(false)
	c.agree(t, first, "cup")
	until(t, "all are on sale", func() bool {
		return c.item(t, "cup").OnSale && first.item(t, "cup").OnSale && second.item(t, "cup").OnSale
	})
}

// A count is compared with what the centre's books said when somebody looked, whatever the till's clock says.
func TestACountAtATillWhoseClockIsWrongIsRight(t *testing.T) {
	t.Parallel()
	for name, by := range clocks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, m := switchedOff(t, by)
			c.do(t, order("before", "cup", 10))
			c.do(t, deduct("before"))
			m.line.cut(true)
			goesBy(t, m)
			look := stock.Observe{Item: key("cup"), Bucket: bucket(), Seen: 88, Reckoned: true} // two are missing
			if err := m.counter.Submit(t.Context(), ledger.Request{Command: look})[0].Err; err != nil {
				t.Fatal(err)
			}
			goesBy(t, m)
			c.do(t, order("after", "cup", 10))
			c.do(t, deduct("after"))
			m.line.cut(false)
			c.agree(t, m, "cup")
			it := c.item(t, "cup")
			if it.Figures().OnHand != 78 || it.Of(stock.Adjustment) != 2 {
				t.Errorf("%d are on hand, and %d were found missing", it.Figures().OnHand, it.Of(stock.Adjustment))
			}
			s, err := c.standing(t, c.desk, "one")
			if err != nil || outpost.Skewed(s.Offset) != (by != 0) || (s.Offset+by).Abs() > time.Hour {
				t.Errorf("the till's clock is off by %v as the centre knows, %v", s.Offset, err)
			}
			if offset := time.Duration(m.of.Status().Offset) * time.Millisecond; (offset + by).Abs() > time.Hour {
				t.Errorf("the till's clock is off by %v as the till knows", offset)
			}
		})
	}
}

// An answer that the centre gave before somebody at the till switched the product does not undo that.
func TestAnOldAnswerDoesNotUndoASwitch(t *testing.T) {
	t.Parallel()
	c, m := switchedOff(t, 0)
	switched := make(chan error)
	m.line.meanwhile(func() { // the centre has heard of it, and the till asks how it is now
		m.line.cut(true)
		switched <- m.try(turn("cup", "", true))
	})
	m.do(t, turn("cup", "", false))
	if err := <-switched; err != nil {
		t.Fatal(err)
	}
	until(t, "the line is lost", func() bool { return !m.of.Status().Connected })
	if !m.item(t, "cup").OnSale {
		t.Error("the till has taken over an answer from before the switch")
	}
	m.line.cut(false)
	until(t, "the centre hears of it", func() bool { return c.item(t, "cup").OnSale })
	until(t, "the till is told", func() bool { return m.of.Status().Connected })
	if !m.item(t, "cup").OnSale {
		t.Error("the switch was undone")
	}
}

// The same where the centre hears of the switch while its answer is on the way.
func TestAnOldAnswerThatComesLateDoesNotUndoASwitch(t *testing.T) {
	t.Parallel()
	c, m := switchedOff(t, 0)
	asked, heard := make(chan bool), make(chan bool)
	m.line.meanwhile(func() { asked <- true; <-heard })
	m.do(t, turn("cup", "", false))
	<-asked
	m.do(t, turn("cup", "", true))
	until(t, "the centre has heard of it, and the till knows that", func() bool {
		records, err := outpost.ReadRecords(t.Context(), m.engine, m.of.Status().Seq)
		return err == nil && len(records) == 0 && c.item(t, "cup").OnSale
	})
	close(heard)
	c.agree(t, m, "cup")
	if n := switchesFromCentre(t, m); n > 0 || !m.item(t, "cup").OnSale {
		t.Errorf("the till has taken over %d switches of the centre, which set none", n)
	}
}

// switchesFromCentre is how many switches of its centre the till has carried out.
func switchesFromCentre(t *testing.T, m *till) (n int) {
	t.Helper()
	m.events(t, func(e *stock.Event) {
		if e.Op == stock.OpSaleStatus && e.Note.Reference == outpost.FromCentre {
			n++
		}
	})
	return n
}

// After a restart, a till hears again of the switch of its centre that had to wait.
func TestASwitchOfTheCentreThatHadToWaitOutlivesARestart(t *testing.T) {
	t.Parallel()
	c, m := switchedOff(t, 0)
	m.line.spoil(true)
	m.do(t, turn("cup", "", false))
	before := m.of.Status().Position
	c.do(t, turn("cup", "web", false))
	until(t, "the till hears of it", func() bool { return m.of.Status().Position != before })
	if off := m.item(t, "cup").Off; len(off) > 0 {
		t.Fatalf("the switch did not wait: %v are off", off)
	}
	m.end()
	if s, err := outpost.ReadState(m.file); err != nil || s.Position != before {
		t.Errorf("the file says that the till knows all up to %q, %v; it knows it up to %q", s.Position, err, before)
	}
}
