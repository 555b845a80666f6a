package enginetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Fill appends the groups of Nth from the head to the seq to.
func Fill(t *testing.T, e engine.Engine, to engine.Seq) {
	t.Helper()
	for n := head(t, e) + 1; n <= to; n++ {
		if err := e.Append(t.Context(), n-1, Nth(n)); err != nil {
			t.Fatalf("append %d: %v", n, err)
		}
	}
}

// AppendUnanswered appends the group of Nth behind the head h to a server that does not answer,
// and returns when the outcome is unknown. A busy machine may send nothing within the first
// deadline; then the outcome is known, and the append is tried again with a longer one.
func AppendUnanswered(t *testing.T, e engine.Engine, h engine.Seq) {
	t.Helper()
	for patience := 50 * time.Millisecond; ; patience *= 2 {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		err := e.Append(ctx, h, Nth(h+1))
		cancel()
		if errors.Is(err, engine.ErrUnknown) {
			return
		}
		if !errors.Is(err, context.DeadlineExceeded) || patience > time.Minute {
			t.Fatalf("append to a server that does not answer: %v, want ErrUnknown", err)
		}
	}
}

// Check reads everything that e keeps and compares it with what the groups of
// Nth up to its head leave behind: the log is dense and complete, and the
// rows are the replayed rows, no more and no less. It returns the head. An
// error of a read is returned as it is, a difference as *WrongError.
func Check(ctx context.Context, e engine.Engine) (engine.Seq, error) {
	h, err := e.Head(ctx)
	if err != nil {
		return 0, err
	}
	if err := checkLog(ctx, e, h); err != nil {
		return 0, err
	}
	if err := checkItems(ctx, e, h); err != nil {
		return 0, err
	}
	if err := checkHolds(ctx, e, h); err != nil {
		return 0, err
	}
	if err := checkBuckets(ctx, e, h); err != nil {
		return 0, err
	}
	return h, checkLoaded(ctx, e, h)
}

// WrongError says that the content of an engine differs from what was stored.
type WrongError struct{ What string }

func (e *WrongError) Error() string { return "wrong: " + e.What }

func wrongf(format string, args ...any) error { return &WrongError{fmt.Sprintf(format, args...)} }

func checkLog(ctx context.Context, e engine.Engine, h engine.Seq) error {
	for after := engine.Seq(0); ; {
		recs, err := e.Read(ctx, after, 100)
		if err != nil {
			return err
		}
		if len(recs) == 0 {
			if after != h {
				return wrongf("the log ends at %d, the head is at %d", after, h)
			}
			return nil
		}
		for i := range recs {
			after++
			want := Record(after)
			want.Text = Nth(after).Text
			if d := diff(want, recs[i]); d != "" {
				return wrongf("record %d (-want +got):\n%s", after, d)
			}
		}
	}
}

func checkItems(ctx context.Context, e engine.Engine, h engine.Seq) error {
	var want, got []engine.ItemRow
	for n := max(h, items) - items + 1; n <= h; n++ {
		want = append(want, stored(nthItem(n)))
	}
	at, err := e.ScanItems(ctx, engine.ItemScan{All: true}, collect(&got))
	return same("items", h, at, err, want, got, byItem)
}

func checkHolds(ctx context.Context, e engine.Engine, h engine.Seq) error {
	var want, got []engine.HoldRow
	for n := engine.Seq(1); n <= h; n++ {
		want = append(want, nthHoldAt(n, h))
	}
	at, err := e.ScanHolds(ctx, engine.HoldScan{}, collect(&got))
	return same("holds", h, at, err, want, got, byHold)
}

func checkBuckets(ctx context.Context, e engine.Engine, h engine.Seq) error {
	rows, at, err := e.Buckets(ctx)
	return same("rows of buckets", h, at, err, nthBucketRows(h), rows, func(a, b engine.BucketRow) int { return cmp.Compare(a.Bucket, b.Bucket) })
}

// nthHoldAt is the hold of record n as it is stored when the head is h.
func nthHoldAt(n, h engine.Seq) engine.HoldRow {
	by := n
	if n+3 <= h {
		by = n + 3
	}
	r := nthHold(n, by)
	r.Fresh = false
	return r
}

func same[R any](what string, h, at engine.Seq, err error, want, got []R, order func(a, b R) int) error {
	if err != nil {
		return err
	}
	if at != h {
		return wrongf("the %s were read at %d, the head is at %d", what, at, h)
	}
	slices.SortFunc(want, order)
	slices.SortFunc(got, order)
	if d := diff(want, got); d != "" {
		return wrongf("%s at head %d (-want +got):\n%s", what, h, d)
	}
	return nil
}

// checkLoaded asks for everything by its key.
func checkLoaded(ctx context.Context, e engine.Engine, h engine.Seq) error {
	const step = 500
	for from := engine.Seq(1); from <= h; from += step {
		var w engine.Want
		want := engine.Loaded{Head: h}
		for n := from; n < from+step && n <= h; n++ {
			w.Orders = append(w.Orders, holdKey(n).OrderKey)
			want.Holds = append(want.Holds, nthHoldAt(n, h))
			w.Keys = append(w.Keys, keyID(n))
			want.Keys = append(want.Keys, nthKey(n))
		}
		for n := max(h, items) - items + 1; n <= h; n++ {
			w.Items = append(w.Items, itemKey(n))
			want.Items = append(want.Items, stored(nthItem(n)))
		}
		got, err := e.Load(ctx, w)
		if err != nil {
			return err
		}
		if d := diffLoaded(&want, got); d != "" {
			return wrongf("loaded at head %d (-want +got):\n%s", h, d)
		}
	}
	return nil
}

func stored(r engine.ItemRow) engine.ItemRow {
	r.Fresh = false
	return r
}

// diff says how got differs from want, "" when it does not. The quick look
// comes first: most are equal, and the precise one is slow.
func diff(want, got any) string {
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return gocmp.Diff(want, got, cmpopts.EquateEmpty())
}

// diffLoaded compares what was loaded, whose rows are in no order.
func diffLoaded(want, got *engine.Loaded) string {
	for _, l := range []*engine.Loaded{want, got} {
		slices.SortFunc(l.Items, byItem)
		slices.SortFunc(l.Holds, byHold)
		slices.SortFunc(l.Keys, func(a, b engine.KeyRow) int { return slices.Compare(a.ID[:], b.ID[:]) })
	}
	return diff(want, got)
}

func byItem(a, b engine.ItemRow) int { return a.Key.Compare(b.Key) }

func byHold(a, b engine.HoldRow) int { return compareHold(a.Key, b.Key) }

func compareHold(a, b stock.HoldKey) int {
	return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Bucket, b.Bucket))
}

func head(t *testing.T, e engine.Engine) engine.Seq {
	t.Helper()
	h, err := e.Head(t.Context())
	if err != nil {
		t.Fatalf("head: %v", err)
	}
	return h
}

// mustBe fails the test unless e holds exactly the groups of Nth up to h.
func mustBe(t *testing.T, e engine.Engine, h engine.Seq) {
	t.Helper()
	got, err := Check(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if got != h {
		t.Fatalf("the head is at %d, want %d", got, h)
	}
}

// mustContinue checks that the head is at h and that the slot takes the groups up
// to another seq.
func mustContinue(t *testing.T, e engine.Engine, h, to engine.Seq) {
	t.Helper()
	mustBe(t, e, h)
	Fill(t, e, to)
	mustBe(t, e, to)
}

// mustHaveJournal checks up to where the journal is complete.
func mustHaveJournal(t *testing.T, e engine.Engine, upTo engine.Seq) {
	t.Helper()
	if at, err := e.JournalCursor(t.Context()); err != nil || at != upTo {
		t.Errorf("the journal's cursor is at %d, %v, want %d", at, err, upTo)
	}
}

// collect appends the rows of a scan to all.
func collect[R any](all *[]R) func(*R) error {
	return func(r *R) error {
		*all = append(*all, *r)
		return nil
	}
}

// mustAppend appends the group behind the head.
func mustAppend(t *testing.T, e engine.Engine, g *engine.Group) {
	t.Helper()
	if err := e.Append(t.Context(), g.Record.Seq-1, g); err != nil {
		t.Fatalf("append %d: %v", g.Record.Seq, err)
	}
}

// loader is an engine or a writer.
type loader interface {
	Load(context.Context, engine.Want) (*engine.Loaded, error)
}

func mustLoad(t *testing.T, e loader, w engine.Want) *engine.Loaded {
	t.Helper()
	l, err := e.Load(t.Context(), w)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return l
}
