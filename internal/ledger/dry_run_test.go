package ledger_test

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// A dry run answers as the books do that carry the same commands out, one after another.
func TestADryRunAnswersAsTheBooksWould(t *testing.T) {
	t.Parallel()
	l := open(t, memory.New())
	order := func(id string) stock.OrderKey { return stock.OrderKey{Tenant: tenant, Order: id} }
	target := func(id string) stock.Target { return stock.Target{Order: order(id)} }
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 7, Tracked: true})
	must(t, l, place("o", "p", 4))
	version := now(t, l, "p").Version
	commands := []stock.Command{
		place("a", "p", 5),
		stock.Confirm{Target: target("o")},
		place("a", "p", 3),
		stock.Restock{Item: item("p"), Bucket: bucket, Qty: 2},
		stock.Withdraw{Target: target("o")},
		stock.Release{Target: target("a")},
		stock.Confirm{Target: target("nothing")},
		stock.Adjust{Item: item("p"), Bucket: bucket, Delta: -9},
		stock.Observe{Item: item("p"), Bucket: bucket, Seen: 1, AsOf: 1},
	}
	run := ledger.NewDryRun(l, nil)
	var tried []ledger.Result
	for _, cmd := range commands { // in several calls, which find what those before them left
		tried = append(tried, run.Submit(t.Context(), ledger.Request{Command: cmd, Key: "k"})...)
	}
	if is := now(t, l, "p").Version; is != version {
		t.Fatalf("the books changed: version %d, it was %d", is, version)
	}
	for i, cmd := range commands {
		done := l.Submit(t.Context(), ledger.Request{Command: cmd})[0]
		if got, want := codeOf(tried[i].Err), codeOf(done.Err); got != want {
			t.Errorf("%T is tried with the outcome %q, and carried out with %q", cmd, got, want)
		}
		if done.Err != nil {
			continue
		}
		for n := range done.Event.Items {
			is, want := &tried[i].Event.Items[n], &done.Event.Items[n]
			if is.Figures != want.Figures || is.Version != want.Version {
				t.Errorf("%T is tried with %+v, and carried out with %+v", cmd, is.Figures, want.Figures)
			}
		}
	}
}

// However many products an order holds, and whatever its customer may have of them.
func TestADryRunAnswersAboutAnOrderOfManyProducts(t *testing.T) {
	t.Parallel()
	l := open(t, memory.New())
	cmd := stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, Channel: "flash", Customer: "ann", TTL: 600_000}
	for i := range 12 {
		k := item(fmt.Sprint("p", i))
		must(t, l, stock.OpenItem{Item: k, Bucket: bucket, Qty: 7, Tracked: true})
		must(t, l, stock.SetQuotas{Item: k, Bucket: bucket, Set: []stock.QuotaSetting{{Channel: "flash", Quota: new(stock.Qty(5)), Rule: &stock.Rule{MaxCustomer: 3}}}})
		cmd.Lines = append(cmd.Lines, stock.Demand{Item: k, Bucket: bucket, Qty: 2})
	}
	must(t, l, cmd)
	about := stock.Target{Order: cmd.Order}
	for _, cmd := range []stock.Command{stock.Confirm{Target: about}, stock.Release{Target: about}, stock.Commit{Target: about}} {
		tried := ledger.NewDryRun(l, nil).Submit(t.Context(), ledger.Request{Command: cmd})[0]
		if tried.Err != nil || len(tried.Event.Lines) != 12 {
			t.Errorf("%T is tried with the event %+v, %v", cmd, tried.Event, tried.Err)
		}
	}
}

// Before has the items as each command found them.
func TestADryRunSaysWhatWasBefore(t *testing.T) {
	t.Parallel()
	l := open(t, memory.New())
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 7, Tracked: true})
	run := ledger.NewDryRun(l, nil)
	results := run.Submit(t.Context(), ledger.Request{Command: place("a", "p", 5)}, ledger.Request{Command: place("b", "p", 2)},
		ledger.Request{Command: stock.OpenItem{Item: item("q"), Bucket: bucket, Qty: 1, Tracked: true}})
	if was := run.Before(results[0].Event)[0]; was.Figures().Available != 7 {
		t.Errorf("before the first there were %+v", was.Figures())
	}
	if was := run.Before(results[1].Event)[0]; was.Figures().Available != 2 {
		t.Errorf("before the second there were %+v", was.Figures())
	}
	if was := run.Before(results[2].Event); len(was) != 1 || was[0] != nil {
		t.Errorf("before it was opened there was %+v", was)
	}
	levels, _, err := run.Items(t.Context(), []stock.ItemKey{item("p"), item("none")})
	if err != nil || levels[0].Available("") != 0 || levels[1].Item != nil {
		t.Errorf("the dry run shows %+v, %v", levels, err)
	}
}
