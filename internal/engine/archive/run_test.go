package archive_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/archive"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

func TestMain(m *testing.M) {
	// Each check waits for the disk some hundred times; the flag asks for more.
	if err := flag.Set("rapid.checks", "15"); err != nil {
		panic(err)
	}
	// The shared database servers live until the process ends.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("holdfast.dev/holdfast/internal/dbtest.(*daemon).spawn.func1"))
}

func TestRecordsMoveAndAreReadAsBefore(t *testing.T) {
	t.Parallel()
	h := newHistory(t, memory.New())
	h.grow(60)
	dir := t.TempDir()
	report := run(t, h, dir, archive.Plan{UpTo: 40, Entries: true})
	if report.Records != 40 || report.Parts != 4 || report.Last != 40 || report.Gone != 40 || report.Reason != archive.ReasonAsked {
		t.Errorf("%+v", report)
	}
	if _, err := h.eng.Read(t.Context(), 39, 1); !errors.Is(err, engine.ErrGone) {
		t.Errorf("record 40 is still in the database: %v", err)
	}
	h.check(dir)
	h.grow(30)
	report = run(t, h, dir, archive.Plan{Entries: true})
	if report.First != 41 || report.Last != 85 || report.Reason != archive.ReasonKept {
		t.Errorf("%+v", report)
	}
	h.check(dir)
	if err := openFolder(t, dir).Check(t.Context()); err != nil {
		t.Error(err)
	}
	if report = run(t, h, dir, archive.Plan{Entries: true}); report.Records != 0 || report.Gone != 85 {
		t.Errorf("with nothing to do: %+v", report)
	}
}

// killed is what ends a run in the middle.
type killed struct{}

// runKilled runs until the step with that number, if it comes to it, and dies
// there. It returns the steps it came by.
func runKilled(t testing.TB, h *history, dir string, plan archive.Plan, at int) (steps []string) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil && p != (killed{}) {
			panic(p)
		}
	}()
	f := openFolder(t, dir, archive.WithSteps(func(step string) {
		if steps = append(steps, step); len(steps) == at {
			panic(killed{})
		}
	}))
	if _, err := archive.Run(context.WithoutCancel(t.Context()), h.eng, f, plan); err != nil {
		t.Fatal(err)
	}
	return steps
}

func TestARunThatIsKilledAnywhereLosesNothingAndIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	plan := archive.Plan{UpTo: 20, Entries: true}
	steps := len(runKilled(t, grown(t, 30), t.TempDir(), plan, 0))
	if steps < 15 {
		t.Fatalf("only %d steps", steps)
	}
	for at := range steps {
		h, dir := grown(t, 30), t.TempDir()
		by := runKilled(t, h, dir, plan, at+1)
		h.check(dir)
		h.grow(3)
		report := run(t, h, dir, plan)
		if report.Last != 20 || report.Gone != 20 || len(files(t, dir)) != 2*len(parts(t, dir)) {
			t.Errorf("killed at step %d (%s), the next run left %+v and the files %v", at, by[at], report, files(t, dir))
		}
		h.check(dir)
		if err := openFolder(t, dir).Check(t.Context()); err != nil {
			t.Errorf("killed at step %d (%s): %v", at, by[at], err)
		}
	}
}

func grown(t testing.TB, n int) *history {
	h := newHistory(t, memory.New())
	h.grow(n)
	return h
}

func parts(t testing.TB, dir string) []archive.Part {
	t.Helper()
	p, err := openFolder(t, dir).Parts()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnyHistoryReadsTheSameHoweverItIsArchived(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := newHistory(t, memory.New())
		dir := t.TempDir() // each takes some syncs of the disk
		for range rapid.IntRange(1, 3).Draw(rt, "rounds") {
			h.grow(rapid.IntRange(0, 40).Draw(rt, "records"))
			plan := archive.Plan{
				UpTo:    engine.Seq(rapid.IntRange(0, len(h.recs)+10).Draw(rt, "up to")),
				Keep:    engine.Seq(rapid.IntRange(0, 30).Draw(rt, "keep")),
				Entries: rapid.Bool().Draw(rt, "entries"),
			}
			runKilled(t, h, dir, plan, rapid.IntRange(0, 30).Draw(rt, "killed at step"))
			h.check(dir)
		}
		if len(h.recs) == 0 {
			return
		}
		run(t, h, dir, archive.Plan{})
		h.check(dir)
		if err := openFolder(t, dir).Check(t.Context()); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestWhatStaysInTheDatabase(t *testing.T) {
	t.Parallel()
	at := func(seq int) stock.Time { return 1_700_000_000_000 + stock.Time(seq)*1000 }
	for _, tc := range []struct {
		name   string
		plan   archive.Plan
		upTo   engine.Seq
		reason string
	}{
		{"the newest are kept", archive.Plan{}, 95, archive.ReasonKept},
		{"as many as are wanted are kept", archive.Plan{Keep: 30}, 70, archive.ReasonKept},
		{"more are kept than there are", archive.Plan{Keep: 1000}, 0, archive.ReasonKept},
		{"what is too young is kept", archive.Plan{Before: at(51)}, 50, archive.ReasonAge},
		{"everything is too young", archive.Plan{Before: 5}, 0, archive.ReasonAge},
		{"no more than was asked for", archive.Plan{UpTo: 33, NotYoung: at(50)}, 33, archive.ReasonAsked},
		{"the closest bound counts", archive.Plan{UpTo: 60, Keep: 50, Before: at(90)}, 50, archive.ReasonKept},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h, dir := grown(t, 100), t.TempDir()
			tc.plan.DryRun = true
			would := run(t, h, dir, tc.plan)
			if would.UpTo != tc.upTo || would.Reason != tc.reason || would.Records != int64(tc.upTo) || len(files(t, dir)) != 0 {
				t.Errorf("dry run: %+v, want up to %d for %s", would, tc.upTo, tc.reason)
			}
			tc.plan.DryRun = false
			if did := run(t, h, dir, tc.plan); did.Gone != tc.upTo || did.Last != tc.upTo {
				t.Errorf("%+v, want up to %d", did, tc.upTo)
			}
			h.check(dir)
		})
	}
}

func TestWhatTheJournalHasNotReadStays(t *testing.T) {
	t.Parallel()
	h := grown(t, 50)
	h.eng = engine.Engine(memory.New())
	recs := h.recs
	h.recs = nil
	for i := range recs {
		if err := h.eng.Append(t.Context(), recs[i].Seq-1, &engine.Group{Record: recs[i], Text: recs[i].Text}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.eng.AddJournal(t.Context(), 0, 12, nil); err != nil {
		t.Fatal(err)
	}
	h.recs = recs
	if r := run(t, h, t.TempDir(), archive.Plan{}); r.Gone != 12 || r.Reason != archive.ReasonJournal {
		t.Errorf("%+v", r)
	}
}

func TestAYoungRecordThatIsNamedIsRefused(t *testing.T) {
	t.Parallel()
	h := grown(t, 50)
	plan := archive.Plan{UpTo: 30, NotYoung: h.recs[20].At}
	_, err := archive.Run(t.Context(), h.eng, openFolder(t, t.TempDir()), plan)
	if !errors.Is(err, archive.ErrYoung) {
		t.Errorf("%v, want ErrYoung", err)
	}
}

func TestKeysGoWithTheirRecordsUnlessTheyAreToStay(t *testing.T) {
	t.Parallel()
	for keep, want := range map[bool]int{false: 10, true: 50} {
		h := grown(t, 50)
		run(t, h, t.TempDir(), archive.Plan{UpTo: 40, KeepKeys: keep})
		n := 0
		if _, err := h.eng.ScanKeys(t.Context(), 0, 0, func(*engine.KeyRow) error { n++; return nil }); err != nil || n != want {
			t.Errorf("keys kept %t: %d are left, %v, want %d", keep, n, err, want)
		}
	}
}

func TestOfTwoRunsAtOnceOneIsRefused(t *testing.T) {
	t.Parallel()
	h, dir := grown(t, 50), t.TempDir()
	tried := false
	f := openFolder(t, dir, archive.WithSteps(func(string) {
		if tried {
			return
		}
		tried = true
		if _, err := archive.Run(t.Context(), h.eng, openFolder(t, dir), archive.Plan{}); !errors.Is(err, archive.ErrBusy) {
			t.Errorf("the second run got %v, want ErrBusy", err)
		}
		if err := openFolder(t, dir).Rewrite(t.Context(), 1, 2, func(*engine.Record) error { return nil }); !errors.Is(err, archive.ErrBusy) {
			t.Errorf("a rewrite got %v, want ErrBusy", err)
		}
	}))
	if _, err := archive.Run(t.Context(), h.eng, f, archive.Plan{}); err != nil || !tried {
		t.Errorf("%v, tried %t", err, tried)
	}
}

func TestAnEngineThatDropsWholePartsIsServedToo(t *testing.T) {
	t.Parallel()
	h, dir := grown(t, 10), t.TempDir()
	h.eng = &inParts{Engine: h.eng.(*memory.Engine)}
	for range 8 {
		h.grow(13)
		r := run(t, h, dir, archive.Plan{})
		if r.Last != h.head()-5 || r.Gone != (h.head()-5)/30*30 {
			t.Errorf("head %d: %+v", h.head(), r)
		}
		h.check(dir)
	}
}

// inParts drops records thirty at a time only.
type inParts struct{ *memory.Engine }

func (e *inParts) DropRecords(ctx context.Context, upTo engine.Seq) (engine.Seq, error) {
	return e.Engine.DropRecords(ctx, upTo/30*30)
}

func TestReadersAndWritersGoOnWhileRecordsMove(t *testing.T) {
	t.Parallel()
	h, dir := grown(t, 100), t.TempDir()
	whole := archive.Over(h.eng, openFolder(t, dir))
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	done := make(chan error, 3)
	for range 2 {
		go func() { done <- readOn(ctx, whole, 300) }()
	}
	go func() {
		for {
			r, err := archive.Run(ctx, h.eng, openFolder(t, dir), archive.Plan{Entries: true})
			if err != nil || r.Last == 295 {
				done <- err
				return
			}
		}
	}()
	h.grow(200)
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	h.check(dir)
}

// readOn reads the log from its beginning again and again until it has seen
// the record to, and checks that it is dense.
func readOn(ctx context.Context, e engine.Engine, to engine.Seq) error {
	for {
		after := engine.Seq(0)
		for {
			recs, err := e.Read(ctx, after, 7)
			if err != nil {
				return fmt.Errorf("read behind %d: %w", after, err)
			}
			if len(recs) == 0 {
				break
			}
			for i := range recs {
				if after++; recs[i].Seq != after {
					return fmt.Errorf("record %d where %d must be", recs[i].Seq, after)
				}
			}
		}
		if after >= to {
			return nil
		}
	}
}

func TestEntriesAreWrittenForPeople(t *testing.T) {
	t.Parallel()
	h, dir := moved(t, 16)
	rows := readEntries(t, dir)
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	if !slices.Contains(ids, "3-9-0-0") || len(rows) != 32 {
		t.Fatalf("%d entries: %v", len(rows), ids)
	}
	var got archive.Entry
	for _, r := range rows {
		if r.ID == "3-9-0-0" {
			got = r
		}
	}
	k := itemOf(9)
	if got.Seq != 9 || got.At != int64(h.recs[8].At) || got.Operation != "restock" || got.Tenant != k.Tenant || got.Product != k.Product ||
		got.DeltaAvailable != 3 || got.DeltaOnHand != 3 || got.DeltaReserved != 0 || got.Available <= 3 || got.OnHand != got.Available ||
		got.Unit != "kg" || got.Scale != 3 || got.Reason != noteOf(9).Reason || got.Operator != "till-3" {
		t.Errorf("%+v", got)
	}
}
