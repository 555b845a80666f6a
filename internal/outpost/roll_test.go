package outpost_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// clock is a time that stands still.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// another is the desk of another process.
func (c *centre) another(now func() time.Time) *outpost.Desk {
	levels := view.NewLevels([]engine.Engine{c.engine}, func() stock.Time { return 0 })
	journal := view.NewJournal(c.logs, slog.New(slog.DiscardHandler))
	return outpost.NewDesk(c.books, c.catalog.Tills, c.catalog, &c.catalog.Epochs, levels, journal, func() []engine.Engine { return []engine.Engine{c.engine} }, outpost.WithClock(now))
}

func TestTheCentreKnowsWhichTillsAreInStep(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	s, err := outpost.ReadState(c.pair(t, catalog.Till{ID: "one", Percent: 0}))
	if err != nil {
		t.Fatal(err)
	}
	at := &clock{at: time.Now()}
	desk, other := c.another(at.now), c.another(at.now)
	is := func(what string, d *outpost.Desk, want outpost.Condition) outpost.Standing {
		t.Helper()
		got, err := c.standing(t, d, "one")
		if err != nil || got.Condition != want {
			t.Errorf("%s it is %+v, %v, want %s", what, got, err, want)
		}
		return got
	}
	const ticket = "0000000000000001"
	report := func(last uint64, position string) {
		t.Helper()
		a, err := desk.Report(t.Context(), tenant, "one", outpost.Report{Epoch: s.Epoch, Ticket: ticket, Last: last, Position: position})
		if err != nil || a.Hello {
			t.Fatalf("reported: %+v, %v", a, err)
		}
	}
	head := func() string {
		t.Helper()
		n, err := c.engine.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("0-%d", n)
	}
	is("before its first word", desk, outpost.Away)
	if _, err := desk.Hello(t.Context(), tenant, "one", outpost.Hello{Epoch: s.Epoch, Next: ticket}); err != nil {
		t.Fatal(err)
	}
	is("after hello", desk, outpost.Synced)

	report(7, head())
	if got := is("with records that it has not sent", desk, outpost.Behind); got.Last != 7 || !got.Behind.Equal(at.now()) {
		t.Errorf("it is %+v", got)
	}
	report(0, head())
	is("once all are in the books", desk, outpost.Synced)

	before := head()
	at.advance(2 * time.Second)
	c.do(t, stock.Adjust{Item: key("cup"), Bucket: bucket(), Delta: -1, Note: stock.Note{Reason: "broken"}})
	report(0, before)
	is("while a change is on its way", desk, outpost.Synced)
	at.advance(2 * time.Second)
	report(0, before)
	since := at.now()
	at.advance(time.Minute)
	report(0, before)
	if got := is("when it does not apply the change", desk, outpost.Behind); got.Behind.After(since) {
		t.Errorf("behind since %v, want %v at the latest", got.Behind, since)
	}
	report(0, head())
	is("when it has applied it", desk, outpost.Synced)

	ctx, stop := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { _ = outpost.NewGranter(desk).Run(ctx) })
	until(t, "another process knows", func() bool {
		got, err := c.standing(t, other, "one")
		return err == nil && got.Condition == outpost.Synced
	})
	stop()
	run.Wait()

	at.advance(2 * time.Minute)
	is("without a word for two minutes", desk, outpost.Away)
	is("without a word for two minutes", other, outpost.Away)
	if g, err := desk.Hello(t.Context(), tenant, "one", outpost.Hello{Epoch: s.Epoch, Have: "00000000000000ff", Next: "00000000000000fe"}); err != nil || g.Reply != outpost.ReplyStale {
		t.Fatalf("a copy is answered %+v, %v", g, err)
	}
	is("when a copy was refused", desk, outpost.Stale)
	at.advance(time.Second)
	report(0, head())
	is("when the till itself was heard again", desk, outpost.Synced)
	if err := desk.WriteOff(t.Context(), tenant, "one", "ann", "lost", false); err != nil {
		t.Fatal(err)
	}
	is("written off", desk, outpost.Unpaired)
}

// A till says by itself that it has applied what the centre did.
func TestATillAcknowledgesWhatItApplied(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	file := c.pair(t, catalog.Till{ID: "one", Percent: 60})
	m := c.openTillInMemory(t, file)
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 60 })
	until(t, "it said so", func() bool { return m.line.heardOf() != "" })
	c.agree(t, m, "cup")
}
