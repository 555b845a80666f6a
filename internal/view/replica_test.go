package view

import (
	"context"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

func TestAReplicaThatLagsIsLeftOut(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.want(0, 10)
		at := feed.Behind(0, c.scripts[0].do(restock(c.at(0), 5)))
		c.want(0, none, at)
		c.want(0, 10)
		c.want(1, none, at)
		c.pass(3 * time.Second)
		c.want(0, 10)
		c.pass(3 * time.Second)
		c.want(0, none)
		c.want(1, 10)
		if _, _, ok := c.Product(c.t.Context(), engine.ProductKey{Tenant: tenant, Product: "tea"}, nil); ok {
			c.t.Error("a sum of a slot that is behind")
		}
		if all, serving := c.Count(); all != 1 || serving != 0 {
			c.t.Errorf("%d of %d serve", serving, all)
		}
		c.mirrors[0].replay(c.t)
		c.pass(time.Second)
		c.want(0, 15, at)
		at = feed.Behind(0, c.scripts[0].do(restock(c.at(0), 5)))
		c.mirrors[0].replay(c.t)
		c.want(0, 20, at) // it looks when it is asked
		items, _, ok := c.Product(c.t.Context(), engine.ProductKey{Tenant: tenant, Product: "tea"}, feed.Cursors{at})
		if !ok || len(items) != 2 || items[0].Key != c.at(0) || items[1].Key != c.at(1) {
			c.t.Errorf("product %v, %t", items, ok)
		}
		c.want(0, none, feed.Behind(7, 1))
		if _, _, ok := c.Items(c.t.Context(), []stock.ItemKey{c.at(0), item("a", "new")}, nil); ok {
			c.t.Error("an item that is not there")
		}
		if _, _, ok := c.Items(c.t.Context(), nil, nil); ok {
			c.t.Error("an answer about nothing has no time")
		}
	})
}

func TestHowFarAReplicaIsIsKnown(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		want := func(when string, records int64, least, most time.Duration, out bool) {
			c.t.Helper()
			s := c.States()
			if len(s) != 1 || s[0].Name != "one" || s[0].Records != records || s[0].Behind < least || s[0].Behind > most || (s[0].Reason != nil) != out {
				c.t.Errorf("%s: %+v", when, s)
			}
		}
		want("complete", 0, 0, 0, false)
		c.scripts[0].do(restock(c.at(0), 5))
		c.scripts[0].do(restock(c.at(0), 5))
		c.pass(2 * time.Second)
		want("two records are missing", 2, time.Second, 4*time.Second, false)
		c.pass(10 * time.Minute)
		want("for long", 2, 10*time.Minute, 10*time.Minute+4*time.Second, true)
		c.mirrors[0].replay(c.t)
		c.pass(2 * time.Second)
		want("complete again", 0, 0, 0, false)
		if heads := c.States()[0].Heads; heads[0] != 3 || heads[1] != 1 {
			c.t.Errorf("heads: %v", heads)
		}
		c.mirrors[1].copy.quiet.set(true)
		c.scripts[1].do(restock(c.at(1), 5))
		c.pass(time.Minute)
		want("silent", 1, 55*time.Second, 65*time.Second, true)
		c.mirrors[1].copy.quiet.set(false)
	})
}

func TestAReplicaThatIsSilentCostsOneWait(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.mirrors[1].copy.quiet.set(true)
		began := time.Now()
		c.want(1, none)
		if took := time.Since(began); took != c.patience() {
			t.Errorf("the first call took %s", took)
		}
		for range 100 {
			c.want(1, none)
			c.want(0, none) // on the same server
		}
		if took := time.Since(began); took != c.patience() {
			t.Errorf("all calls took %s", took)
		}
		c.pass(20 * time.Second)
		c.want(0, none)
		c.mirrors[1].copy.quiet.set(false)
		c.pass(2 * time.Second)
		c.want(1, 10)
	})
}

func TestWithoutTheSlotItsReplicaAnswersForAWhile(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.mirrors[0].quiet.set(true)
		for range 22 {
			c.pass(time.Second)
			c.want(0, 10)
		}
		c.pass(5 * time.Second)
		c.want(0, none)
		c.want(1, 10)
		c.mirrors[0].quiet.set(false)
		c.pass(2 * time.Second)
		c.want(0, 10)
	})
}

func TestACopyOfSomethingElseIsNeverRead(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.mirrors[0].copy.Engine, c.mirrors[1].copy.Engine = c.mirrors[1].copy.Engine, c.mirrors[0].copy.Engine
		c.end()
		c.pass(2 * time.Second)
		c.want(0, none)
		c.want(1, none)
	})
}

func TestAReplicaThatLostRecordsIsLookedAtAnew(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.scripts[0].do(restock(c.at(0), 5))
		c.mirrors[0].replay(c.t)
		c.pass(2 * time.Second)
		c.want(0, 15)
		m := c.mirrors[0]
		m.copy.Engine, m.copied = memory.New(), 0
		c.want(0, none)
		c.pass(2 * time.Second)
		c.want(0, none)
		m.replay(c.t)
		c.pass(3 * time.Second)
		c.want(0, 15)
	})
}

// A bucket that was in another slot a moment ago may not be on this one's replica yet.
func TestAnotherMapWantsReplicasOfItsOwnTime(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.chart.mu.Lock()
		c.chart.version++
		c.chart.mu.Unlock()
		c.want(0, none)
		c.pass(2 * time.Second)
		c.want(0, 10)
		c.chart.mu.Lock()
		c.chart.slots++
		c.chart.mu.Unlock()
		c.want(0, none)
	})
}

// A page of the journal that began in the slot continues in a replica only when that has
// everything that comes after the page.
func TestEntriesGoOnInAReplica(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		for range 3 {
			c.scripts[0].do(restock(c.at(0), 1))
		}
		c.mirrors[0].replay(c.t)
		journal := NewJournal(feed.NewLogs([]engine.Engine{c.mirrors[0], c.mirrors[1]}), slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(c.t.Context())
		done := make(chan error, 1)
		go func() { done <- journal.Run(ctx) }()
		c.pass(2 * time.Second)
		q := EntryQuery{Tenant: tenant, Product: "tea", PageSize: 2}
		page, err := journal.Entries(c.t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		next := q
		next.PageToken = page.NextPageToken
		if _, ok := c.Entries(c.t.Context(), next, nil); ok {
			t.Error("it goes on where its journal has not come yet")
		}
		for slot, m := range c.mirrors {
			rows := make([]engine.JournalRow, c.scripts[slot].seq)
			for i := range rows {
				rows[i] = engine.JournalRow{Item: c.at(slot), Seq: engine.Seq(i + 1)}
			}
			if err := m.copy.AddJournal(c.t.Context(), 0, c.scripts[slot].seq, rows); err != nil {
				t.Fatal(err)
			}
		}
		want, err := journal.Entries(c.t.Context(), next)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := c.Entries(c.t.Context(), next, nil)
		if !ok || !reflect.DeepEqual(got.Entries, want.Entries) || got.NextPageToken != want.NextPageToken {
			t.Errorf("a replica goes on with %v (%t), the slots with %v", got, ok, want)
		}
		next.PageToken = "nonsense"
		if _, ok := c.Entries(c.t.Context(), next, nil); ok {
			t.Error("a token of nobody")
		}
		stop()
		<-done
	})
}
