package outpost_test

import (
	"log/slog"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// A desk answers reports with what it remembers of the till. If another desk of the same
// centre has received reports meanwhile, the result must be the same as if this desk had
// received them.
func TestADeskMeetsWhatAnotherDeskHeardMeanwhile(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	file := c.pair(t, catalog.Till{ID: "one", Percent: 50})
	m := c.openTillInMemory(t, file)
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 50 })
	for _, id := range orders(3) {
		if err := m.sell(id, "cup", 1); err != nil {
			t.Fatal(err)
		}
	}
	c.agree(t, m, "cup")
	m.line.cut(true)
	for _, id := range []string{"p-1", "p-2"} {
		if err := m.sell(id, "cup", 1); err != nil {
			t.Fatal(err)
		}
	}
	s := m.of.Status().CentreState
	records, err := outpost.ReadRecords(t.Context(), m.engine, s.Seq)
	if err != nil || len(records) < 2 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	slots := func() []engine.Engine { return []engine.Engine{c.engine} }
	other := outpost.NewDesk(c.books, c.catalog.Tills, c.catalog, &c.catalog.Epochs, view.NewLevels(slots(), func() stock.Time { return 0 }),
		view.NewJournal(c.logs, slog.New(slog.DiscardHandler)), slots)
	report := func(d *outpost.Desk, ticket string, records []outpost.LogRecord) outpost.Applied {
		t.Helper()
		a, err := d.Report(t.Context(), tenant, "one", outpost.Report{Epoch: s.Epoch, Ticket: ticket, Records: records})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	all := s.Seq + uint64(len(records))
	if a := report(other, s.Ticket, records); a.Seq != all {
		t.Fatalf("the other desk took the log up to %d, want %d", a.Seq, all)
	}
	if a := report(c.desk, s.Ticket, records[:1]); a.Seq != all || a.Hello {
		t.Errorf("a repeat is answered with %+v, want %d", a, all)
	}
	// A copy that says hello elsewhere takes the ticket away.
	if err := m.sell("q-1", "cup", 1); err != nil {
		t.Fatal(err)
	}
	more, err := outpost.ReadRecords(t.Context(), m.engine, all)
	if err != nil {
		t.Fatal(err)
	}
	hello := outpost.Hello{Epoch: s.Epoch, Have: s.Ticket, Next: outpost.EpochName(77), Era: s.Era, Seq: s.Seq, Hash: s.Hash, Last: all}
	if g, err := other.Hello(t.Context(), tenant, "one", hello); err != nil || g.Reply == outpost.ReplyStale {
		t.Fatalf("%+v, %v", g, err)
	} else if g.Reply == outpost.ReplyLook {
		hello.Seq, hello.Hash = g.Seq, g.Hash
		if g, err = other.Hello(t.Context(), tenant, "one", hello); err != nil || g.Reply != outpost.ReplyOK {
			t.Fatalf("%+v, %v", g, err)
		}
	}
	if a := report(c.desk, s.Ticket, more); !a.Hello {
		t.Errorf("a report with the old ticket is answered with %+v, want hello", a)
	}
	c.verify(t)
}
