package cases_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

const tenant = "default"

// shop is a desk with its books and catalog.
type shop struct {
	*cases.Desk
	catalog *catalog.Catalog
	door    *intake.Door
	books   *ledger.Ledger
	logs    *feed.Logs
}

func open(t *testing.T) *shop {
	t.Helper()
	c, err := catalog.Open(t.Context(), catalogtest.File(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateTenant(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}
	store := memory.New()
	logs := feed.NewLogs([]engine.Engine{store}, feed.WithHistories(feed.NewHistories(&c.Epochs)))
	books, err := ledger.Open(t.Context(), store, ledger.WithStored(logs.Stored), ledger.WithNotify(func(p ledger.Position) { logs.Notify(p.Slot, p.Seq) }))
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- books.Run(ctx) }()
	t.Cleanup(func() {
		end()
		<-ran
		_ = c.Close()
	})
	door := intake.New(books, c, fulfil.New(books, c, c))
	return &shop{Desk: cases.New(c.Cases, door, books), catalog: c, door: door, books: books, logs: logs}
}

// do carries out a command about p at the shop, and returns its event.
func (s *shop) do(t *testing.T, command stock.Command) *stock.Event {
	t.Helper()
	a := intake.Ask{Command: command}
	if _, opens := command.(*stock.OpenItem); opens {
		a.Declares = &intake.Declaration{}
	}
	of, err := s.door.Submit(t.Context(), tenant, []intake.Ask{a})
	if err == nil {
		err = of[0].Err
	}
	if err != nil {
		t.Fatalf("%+v: %v", command, err)
	}
	return of[0].Event
}

func (s *shop) list(t *testing.T, q catalog.CaseQuery) []catalog.Case {
	t.Helper()
	q.Tenant, q.Limit = tenant, 100
	all, err := s.catalog.Cases.List(t.Context(), q) // as they are kept, not as they are now
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var mug = stock.ItemKey{Tenant: tenant, Location: "shop", Product: "mug"}

func sold(n stock.Qty) *stock.SoldElsewhere {
	return &stock.SoldElsewhere{Item: mug, Qty: n, Order: "o", Note: stock.Note{Reason: cases.SoldAt(time.UnixMilli(1e12)), Reference: "till"}}
}

// If the process died after the booking and before it stored the case, the case is
// found in the log, under the id that it would have had.
func TestACaseThatACrashLeftOutIsOpened(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.do(t, &stock.OpenItem{Item: mug, Qty: 2, Tracked: true})
	told, untold := s.do(t, sold(3)), s.do(t, sold(4))
	id, err := s.Open(t.Context(), told)
	if err != nil || id == "" {
		t.Fatal(id, err)
	}
	runner := feed.NewRunner(slog.New(slog.DiscardHandler), "cases", time.Millisecond, time.Second)
	s.Project(runner, s.logs)
	ctx, end := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- runner.Run(ctx) }()
	var all []catalog.Case
	for look := time.Tick(time.Millisecond); len(all) < 2; <-look {
		all = s.list(t, catalog.CaseQuery{})
	}
	end()
	<-ran
	first, second := all[1], all[0]
	if first.ID != id || first.Qty != 1 || second.Qty != 4 || second.ID != cases.Of(untold).ID {
		t.Errorf("%+v", all)
	}
	if second.Kind != catalog.CaseOversell || second.State != catalog.CaseOpen || second.Order != "o" || second.Reference != "till" || second.Reason != "" ||
		!second.Happened.Equal(time.UnixMilli(1e12)) {
		t.Errorf("%+v", second)
	}
}

// A case is settled when nothing is owed, whether or not somebody looks at it.
func TestACaseIsSettledByItself(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.do(t, &stock.OpenItem{Item: mug, Tracked: true})
	if _, err := s.Open(t.Context(), s.do(t, sold(3))); err != nil {
		t.Fatal(err)
	}
	runner := duty.New(slog.New(slog.DiscardHandler), s.Duty())
	for n, want := range []string{catalog.CaseOpen, catalog.CaseOpen, catalog.CaseSettled} {
		if n > 0 {
			s.do(t, &stock.Restock{Item: mug, Qty: stock.Qty(n)})
		}
		if _, err := runner.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := s.list(t, catalog.CaseQuery{})[0]
		if n == 1 && !got.Due.After(got.Opened.Time) {
			t.Errorf("it is looked at again at %v", got.Due)
		}
		if n == 2 { // before it is due anybody who asks settles it
			one, err := s.Get(t.Context(), tenant, got.ID)
			if err != nil {
				t.Fatal(err)
			}
			got = one
		}
		if got.State != want {
			t.Errorf("after %d: %+v", n, got)
		}
	}
	if all := s.list(t, catalog.CaseQuery{State: catalog.CaseSettled, Product: "mug", Location: "shop", Kind: catalog.CaseOversell, Order: "o"}); len(all) != 1 || !all[0].Due.IsZero() {
		t.Errorf("%+v", all)
	}
}

// Two who decide at once are both heard: the last one is what the case says.
func TestTwoDecideAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.do(t, &stock.OpenItem{Item: mug, Tracked: true})
	id, err := s.Open(t.Context(), s.do(t, sold(3)))
	if err != nil {
		t.Fatal(err)
	}
	const n = 4
	failed := make(chan error, n)
	for range n {
		go func() {
			_, _, err := s.Decide(t.Context(), cases.Decision{Tenant: tenant, ID: id, Decision: cases.Wait, Operator: "ann"})
			failed <- err
		}()
	}
	for range n {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	if c, err := s.Get(t.Context(), tenant, id); err != nil || c.State != catalog.CaseDecided || c.By != "ann" {
		t.Errorf("%+v, %v", c, err)
	}
}
