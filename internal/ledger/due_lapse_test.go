package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// campaign gives a channel a quota until the end.
func campaign(product, channel string, n stock.Qty, ends stock.Time) stock.SetQuotas {
	c := quotas(product, stock.LowerRefuse, map[string]stock.Qty{channel: n})
	c.Set[0].Rule = &stock.Rule{Ends: ends}
	return c
}

func TestWhatACampaignLeavesIsSoldWithoutWaitingForTheSweep(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := open(t, memory.New(), ledger.WithClock(c))
	must(t, l, stock.OpenItem{Item: item("tea"), Bucket: bucket, Qty: 10, Tracked: true})
	must(t, l, campaign("tea", "flash", 8, c.Wall()+60_000))
	refused(t, l.Submit(t.Context(), ledger.Request{Command: place("o", "tea", 3)})[0], stock.Insufficient)
	c.advance(time.Minute)
	it := now(t, l, "tea")
	if it.Of(stock.Shared) != 10 || it.Of(stock.Quota("flash")) != 0 {
		t.Errorf("after the end the item is shown as %+v", it.Balances)
	}
	must(t, l, place("o", "tea", 10))
}

// lapses are the events with which the item lapsed.
func lapses(t *testing.T, e engine.Engine) (all []*stock.Event) {
	t.Helper()
	for after := engine.Seq(0); ; {
		records, err := e.Read(t.Context(), after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) == 0 {
			return all
		}
		for i := range records {
			r, err := stock.ParseRecord(records[i].Body)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Attach(records[i].Text); err != nil {
				t.Fatal(err)
			}
			if err := r.Events(func(_ int, ev *stock.Event) error {
				if ev.Op == stock.OpLapse {
					all = append(all, ev)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			after = records[i].Seq
		}
	}
}

func TestTheSweepLapsesItemsOnWhicheverNode(t *testing.T) {
	t.Parallel()
	c := newClock()
	e := memory.New()
	ctx, stop := context.WithCancel(t.Context())
	first, err := ledger.Open(ctx, e, ledger.WithClock(c))
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- first.Run(ctx) }()
	const items = 3
	for n := range items {
		must(t, first, stock.OpenItem{Item: item(fmt.Sprint("p", n)), Bucket: bucket, Qty: 10, Tracked: true})
		must(t, first, campaign(fmt.Sprint("p", n), "flash", 8, c.Wall()+60_000))
	}
	stop() // the node that wrote last has stopped
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	open(t, e, ledger.WithClock(c))
	c.advance(time.Hour)
	for len(lapses(t, e)) < items {
		c.advance(time.Second)
	}
	for _, ev := range lapses(t, e) {
		if ev.Channel != "flash" || ev.Note.Reason != stock.ReasonEnded {
			t.Errorf("lapsed on channel %q because %q", ev.Channel, ev.Note.Reason)
		}
	}
}

// TestACampaignThatEndsUnderLoadGivesBackOnce has buyers on two nodes inside and
// outside the campaign while its end passes.
func TestACampaignThatEndsUnderLoadGivesBackOnce(t *testing.T) {
	t.Parallel()
	const buyers, stocked, quota = 12, 3000, 2900
	c := newClock()
	e := memory.New()
	nodes := []*ledger.Ledger{open(t, e, ledger.WithClock(c)), open(t, e, ledger.WithClock(c))}
	must(t, nodes[0], stock.OpenItem{Item: item("tea"), Bucket: bucket, Qty: stocked, Tracked: true})
	must(t, nodes[0], campaign("tea", "flash", quota, c.Wall()+10))
	var buying sync.WaitGroup
	var mu sync.Mutex
	var granted stock.Qty
	for n := range buyers {
		buying.Go(func() {
			for i := range 60 {
				p := place(fmt.Sprintf("o-%d-%d", n, i), "tea", 5)
				if n%2 == 0 {
					p.Channel = "flash"
				}
				if i == 30 {
					c.advance(time.Millisecond)
				}
				r := nodes[n/2%2].Submit(context.Background(), ledger.Request{Command: p})[0]
				var refusal *stock.Refusal
				if r.Err != nil && !errors.As(r.Err, &refusal) {
					t.Errorf("%s: %v", p.Order.Order, r.Err)
				}
				if r.Err == nil {
					mu.Lock()
					granted += 5
					mu.Unlock()
				}
			}
		})
	}
	buying.Wait()
	must(t, nodes[1], place("last", "tea", 1))
	granted++
	it := now(t, nodes[0], "tea")
	if it.Of(stock.Shared)+granted != stocked || it.Of(stock.Quota("flash")) != 0 || it.Of(stock.Held) != granted {
		t.Errorf("%d granted, %+v", granted, it.Balances)
	}
	if n := len(lapses(t, e)); n != 1 {
		t.Errorf("it lapsed %d times", n)
	}
}
