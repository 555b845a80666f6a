package erase_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/engine/wrap"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/ledger/erase"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

var tenants = []string{"acme", "zen"}

func itemOf(tenant string, n int) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: fmt.Sprintf("store-%d", n%2), Product: fmt.Sprintf("tea-%d", n%2)}
}

// books are those of two tenants that do the same: 2 items, and 10 orders of which
// every second one is released, all with keys and notes; and a journal of them.
func books(t *testing.T) engine.Engine {
	t.Helper()
	e := memory.New()
	l, err := ledger.Open(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	submit := func(requests ...ledger.Request) {
		t.Helper()
		for i, r := range l.Submit(t.Context(), requests...) {
			if r.Err != nil {
				t.Fatalf("%+v: %v", requests[i].Command, r.Err)
			}
		}
	}
	for n := range 2 {
		for _, tenant := range tenants {
			k := itemOf(tenant, n)
			submit(ledger.Request{Key: "open", Command: stock.OpenItem{Item: k, Bucket: stock.BucketOf(tenant, k.Location), Qty: 100, Tracked: true}})
		}
	}
	for n := range 10 {
		var both []ledger.Request
		for _, tenant := range tenants {
			k := itemOf(tenant, n)
			both = append(both, ledger.Request{Key: fmt.Sprint("place ", n), Command: stock.Place{
				Order: stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("o-", n)}, Customer: fmt.Sprint("customer-", n%5),
				Lines: []stock.Demand{{Item: k, Bucket: stock.BucketOf(tenant, k.Location), Qty: 1}}, TTL: 1_800_000,
				Note: stock.Note{Reference: fmt.Sprint("cart of Jane Miller ", n)},
			}})
		}
		submit(both...)
	}
	for n := 0; n < 10; n += 2 {
		for _, tenant := range tenants {
			submit(ledger.Request{Key: fmt.Sprint("release ", n), Command: stock.Release{
				Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("o-", n)}}, Note: stock.Note{Reason: "she moved to Elm Street"},
			}})
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	journal(t, e)
	return e
}

// journal stores the journal's rows.
func journal(t *testing.T, e engine.Engine) {
	t.Helper()
	head, err := e.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var rows []engine.JournalRow
	eachEvent(t, e, func(seq engine.Seq, ev *stock.Event) {
		view.Keys(ev, func(k stock.ItemKey) {
			if row := (engine.JournalRow{Item: k, Seq: seq}); !slices.Contains(rows, row) {
				rows = append(rows, row)
			}
		})
	})
	slices.SortFunc(rows, func(a, b engine.JournalRow) int {
		if c := a.Item.Compare(b.Item); c != 0 {
			return c
		}
		return int(a.Seq) - int(b.Seq)
	})
	if err := e.AddJournal(t.Context(), 0, head, rows); err != nil {
		t.Fatal(err)
	}
}

// eachEvent calls fn for all events, with their notes.
func eachEvent(t *testing.T, e engine.Engine, fn func(engine.Seq, *stock.Event)) {
	t.Helper()
	recs, err := e.Read(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i := range recs {
		r, err := stock.ParseRecord(recs[i].Body)
		if err == nil {
			err = r.Attach(recs[i].Text)
		}
		if err == nil {
			err = r.Events(func(_ int, ev *stock.Event) error { fn(recs[i].Seq, ev); return nil })
		}
		if err != nil {
			t.Fatalf("record %d: %v", recs[i].Seq, err)
		}
	}
}

// notes counts the entries of a tenant that have a note.
func notes(t *testing.T, e engine.Engine, tenant string) (n int) {
	t.Helper()
	eachEvent(t, e, func(_ engine.Seq, ev *stock.Event) {
		if ev.Tenant == tenant && ev.Note != (stock.Note{}) {
			n++
		}
	})
	return n
}

func mustVerify(t *testing.T, e engine.Engine) *audit.Report {
	t.Helper()
	r, err := audit.CheckSlot(t.Context(), e, audit.Options{JournalKeys: view.Keys})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Violations {
		t.Error(v)
	}
	return r
}

// redact redacts and returns what it has done.
func redact(t *testing.T, e engine.Engine, n erase.Notes, dry bool) (tally erase.Tally) {
	t.Helper()
	err := erase.Log(t.Context(), e, func(rec *engine.Record) (engine.Record, error) {
		now, one, err := n.From(rec)
		tally.Add(one)
		return now, err
	}, dry)
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

// failing is the engine, except that the nth call that changes stored data fails
// before it is carried out, as in a process that is killed.
func failing(e engine.Engine, nth int) engine.Engine {
	return wrap.New(e, func(ctx context.Context, m wrap.Method, do func(context.Context) error) error {
		if m == "Rewrite" || m == "DropKeys" || m == "DropTenant" {
			if nth--; nth < 0 {
				return engine.ErrAway
			}
		}
		return do(ctx)
	})
}

// rows is an engine whose buckets have other rows.
type rows struct {
	engine.Engine
	of []engine.BucketRow
}

func (r *rows) Buckets(context.Context) ([]engine.BucketRow, engine.Seq, error) { return r.of, 1, nil }
