package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
)

// ahead is a clock that is wrong by that much.
type ahead struct {
	*clock
	by time.Duration
}

func (a ahead) Wall() stock.Time { return a.clock.Wall() + stock.Time(a.by.Milliseconds()) }

// clocksApart gives the slots clocks that differ by 5 s from each slot to the next.
func clocksApart(c *clock) ledger.Option {
	return ledger.WithClocks(func(slot uint16) ledger.Clock { return ahead{c, time.Duration(slot) * 5 * time.Second} })
}

// TestNoOrderOverSlotsEndsHalfConfirmed runs hundreds of orders over three slots
// whose clocks are 5 s apart (SOAK=20: ten thousand). Eight buyers order at the
// same time, in processes that die after any few groups. Some buyers ask again,
// some never do. 60 s after the last deadline no order is half confirmed, what was
// acknowledged holds, and no units are held for a buyer who did not commit.
func TestNoOrderOverSlotsEndsHalfConfirmed(t *testing.T) {
	t.Parallel()
	orders := rounds(500)
	stores := map[string]func(*testing.T) []engine.Engine{
		"three in memory":        func(*testing.T) []engine.Engine { return inMemory(3) },
		"four SQLite files":      clusters["four SQLite files"],
		"PostgreSQL and MariaDB": clusters["PostgreSQL and MariaDB"],
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &plague{t: t, clock: newClock(), engines: open(t), lives: make([]orderLife, orders)}
			if name != "three in memory" {
				p.lives = p.lives[:orders/5]
			}
			p.open()
			for p.next.Load() < int64(len(p.lives)) {
				p.live()
			}
			p.judge()
		})
	}
}

const (
	plagueTTL   = 20 * time.Second
	plagueStock = 1_000_000
	plagueTakes = 2
)

// plague is a series of processes that die.
type plague struct {
	t       *testing.T
	clock   *clock
	engines []engine.Engine
	lives   []orderLife // by number of the order
	next    atomic.Int64
	deaths  int
}

// orderLife is the outcome of an order, as far as its buyer knows it.
type orderLife struct {
	asked stock.Op // the last that was sent
	acked stock.Op // the last that was acknowledged
}

var plagued = towns[:3]

func plagueOrder(n int) stock.OrderKey {
	return stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("o-", n)}
}

func (p *plague) open() {
	l := reopen(p.t, p.engines, clocksApart(p.clock))
	defer running(p.t, l)()
	for _, where := range plagued {
		k := at(where, "p")
		must(p.t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: plagueStock, Tracked: true})
	}
}

// live lets a process serve eight buyers until it is killed between two groups.
func (p *plague) live() {
	untilKilled(p.t, p.engines, 1+rand.Int64N(120), func(l *ledger.Ledger, killed func() bool) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for !killed() {
					n := int(p.next.Add(1)) - 1
					if n >= len(p.lives) {
						return
					}
					p.buy(l, n, killed)
				}
			})
		}
		all.Wait()
	}, clocksApart(p.clock))
	p.deaths++
	if rand.IntN(2) == 0 {
		p.askAgain()
	}
}

// buy sends the commands of an order, until they are done or the process dies.
func (p *plague) buy(l *ledger.Ledger, n int, killed func() bool) {
	whole := stock.Target{Order: plagueOrder(n)}
	life := [][]stock.Command{
		{p.place(n)},
		{p.place(n), stock.Confirm{Target: whole}},
		{p.place(n), stock.Release{Target: whole}},
		{p.place(n), stock.Commit{Target: whole}},
		{p.place(n), stock.Commit{Target: whole}, stock.Confirm{Target: whole}},
	}[n%5]
	for _, cmd := range life {
		p.clock.advance(time.Duration(rand.IntN(40)) * time.Millisecond)
		if killed() {
			return
		}
		p.lives[n].asked = cmd.Op()
		if r := l.Submit(p.t.Context(), p.request(n, cmd))[0]; r.Err != nil {
			return
		}
		p.lives[n].acked = cmd.Op()
	}
}

// askAgain sends the last command of some orders again, to a process that lives, as
// a client does that got no answer.
func (p *plague) askAgain() {
	l := reopen(p.t, p.engines, clocksApart(p.clock))
	defer running(p.t, l)()
	till := min(int(p.next.Load()), len(p.lives))
	for n := max(0, till-16); n < till; n++ {
		o := &p.lives[n]
		whole := stock.Target{Order: plagueOrder(n)}
		cmd := map[stock.Op]stock.Command{
			stock.OpPlace: p.place(n), stock.OpConfirm: stock.Confirm{Target: whole},
			stock.OpRelease: stock.Release{Target: whole}, stock.OpCommit: stock.Commit{Target: whole},
		}[o.asked]
		if cmd == nil || o.asked == o.acked || rand.IntN(2) == 0 {
			continue
		}
		if r := l.Submit(p.t.Context(), p.request(n, cmd))[0]; r.Err == nil {
			o.acked = o.asked
		}
	}
}

func (p *plague) place(n int) stock.Place {
	c := stock.Place{Order: plagueOrder(n), TTL: stock.Time(plagueTTL.Milliseconds())}
	for i := range plagued {
		k := at(plagued[(i+n)%len(plagued)], "p")
		c.Lines = append(c.Lines, stock.Demand{Item: k, Bucket: bucketOf(k), Qty: plagueTakes, Known: true})
	}
	return c
}

// request gives every other order's commands an idempotency key.
func (p *plague) request(n int, cmd stock.Command) ledger.Request {
	r := ledger.Request{Command: cmd}
	if n%2 == 0 {
		r.Key = fmt.Sprint(cmd.Op(), n)
	}
	return r
}

// judge looks at all orders 60 s after the last deadline by any of the clocks.
func (p *plague) judge() {
	t := p.t
	l := reopen(t, p.engines, clocksApart(p.clock))
	defer running(t, l)()
	p.clock.advance(plagueTTL + time.Duration(len(p.engines))*5*time.Second)
	for range 6 { // 60 s, in which the node sweeps and carries as it does by itself
		p.clock.advance(10 * time.Second)
		if _, err := l.Sweep(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		if err := l.CarryNow(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	became := map[string]int{}
	for n := range p.lives {
		became[p.state(l, n)]++
	}
	t.Logf("%d orders, %d deaths: %v", len(p.lives), p.deaths, became)
	gone, held := stock.Qty(became[stock.StateConfirmed]*plagueTakes), stock.Qty(became[stock.StateActive]*plagueTakes)
	want := stock.Figures{Available: plagueStock - gone - held, Held: held, OnHand: plagueStock - gone}
	for _, where := range plagued {
		if f := figures(t, l, at(where, "p")); f != want {
			t.Errorf("at %s there are %+v, want %+v", where, f, want)
		}
	}
	verifySlots(t, p.engines)
	if across, err := audit.CheckAcross(t.Context(), p.engines, country(len(p.engines))); err != nil || across.Waiting > 0 {
		t.Errorf("%v, %d legs have not followed their home", err, across.Waiting)
	}
}

// state is the common state of all lines of the order.
func (p *plague) state(l *ledger.Ledger, n int) string {
	t, o := p.t, p.lives[n]
	holds, now, err := l.Order(t.Context(), plagueOrder(n))
	if err != nil {
		t.Fatal(err)
	}
	state, lines := "unknown", 0
	for _, h := range holds {
		for i := range h.Lines {
			line := h.Lines[i].At(now)
			if lines++; lines > 1 && line.State() != state {
				t.Errorf("order %d is in parts (%s was acknowledged):\n%s", n, o.acked, orderText(t, l, plagueOrder(n)))
			}
			state = line.State()
			if state == stock.StateActive && line.Deadline != 0 {
				t.Errorf("order %d is held 60 s after its deadline:\n%s", n, orderText(t, l, plagueOrder(n)))
			}
		}
	}
	if lines != 0 && lines != len(plagued) {
		t.Errorf("order %d has %d lines", n, lines)
	}
	may := map[stock.Op][]string{
		stock.OpConfirm: {stock.StateConfirmed}, stock.OpRelease: {stock.StateCancelled},
		stock.OpCommit: {stock.StateActive, stock.StateConfirmed},
		stock.OpPlace:  {stock.StateActive, stock.StateConfirmed, stock.StateCancelled, stock.StateExpired},
	}[o.acked]
	for _, s := range may {
		if s == state {
			return state
		}
	}
	if o.acked != 0 {
		t.Errorf("order %d: %s was acknowledged, it is %s", n, o.acked, state)
	}
	return state
}
