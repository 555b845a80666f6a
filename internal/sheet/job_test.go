package sheet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"

	"golang.org/x/sync/errgroup"
)

const twoMugs = "product_id,on_hand\nmug,10\ncup,20\n"

// A repeat answers as the import did and does nothing, whatever happened to
// the books since; another file, or another question, is another import.
func TestARepeatIsToldFromAnotherImport(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.imports(spec(KindLevels), twoMugs)
	h.do(stock.Restock{Item: h.item("default", "mug").Key, Bucket: stock.BucketOf("shop", "default"), Qty: 5})

	j, again, err := h.desk.Accept(t.Context(), spec(KindLevels), strings.NewReader(twoMugs))
	if err != nil || !again || j.ID != first.ID || j.State != StateDone || j.Applied != 2 {
		t.Errorf("the repeat: %+v, again %v, %v", j, again, err)
	}
	if n := h.item("default", "mug").Figures().OnHand; n != 15 {
		t.Errorf("%d mugs after the repeat, want 15", n)
	}
	other := h.imports(spec(KindLevels), twoMugs+"jug,1\n")
	if other.ID == first.ID || other.Applied != 2 || other.Unchanged != 1 {
		t.Errorf("another file: %+v", other)
	}
	all := spec(KindLevels)
	all.All = true
	if j := h.imports(all, twoMugs); j.ID == first.ID {
		t.Error("all or nothing is the same import as row by row")
	}
	dry := spec(KindLevels)
	dry.DryRun = true
	if a, b := h.imports(dry, twoMugs), h.imports(dry, twoMugs); a.ID == b.ID {
		t.Error("two dry runs are one: the books may have moved between them")
	}
	if _, err := h.desk.Find("other", first.ID); !errors.Is(err, ErrUnknown) {
		t.Errorf("another tenant finds it: %v", err)
	}
	if _, _, err := h.desk.Result("other", first.ID); !errors.Is(err, ErrUnknown) {
		t.Errorf("another tenant reads its result: %v", err)
	}
}

func TestAKeyNamesAnImport(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	named := spec(KindLevels)
	named.Key = "monday"
	first := h.imports(named, twoMugs)
	if _, again, err := h.desk.Accept(t.Context(), named, strings.NewReader(twoMugs)); err != nil || !again {
		t.Errorf("again %v, %v", again, err)
	}
	if _, _, err := h.desk.Accept(t.Context(), named, strings.NewReader(twoMugs+"x,1\n")); !errors.Is(err, ErrConflict) {
		t.Errorf("another file under the key: %v", err)
	}
	asked := named
	asked.DryRun = true
	if _, _, err := h.desk.Accept(t.Context(), asked, strings.NewReader(twoMugs)); !errors.Is(err, ErrConflict) {
		t.Errorf("a dry run under the key: %v", err)
	}
	if j, err := h.desk.Find("shop", first.ID); err != nil || j.Applied != 2 {
		t.Errorf("%+v %v", j, err)
	}
	tuesday := named
	tuesday.Key = "tuesday"
	if j := h.imports(tuesday, twoMugs); j.ID == first.ID || j.Unchanged != 2 {
		t.Errorf("the same file under another key: %+v", j)
	}
}

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cut := errors.New("cut off")
	body := io.MultiReader(strings.NewReader(twoMugs), iotest.ErrReader(cut))
	if _, _, err := h.desk.Accept(t.Context(), spec(KindLevels), body); !errors.Is(err, cut) {
		t.Errorf("got %v", err)
	}
	if left := h.left(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if h.item("default", "mug") != nil {
		t.Error("a row was applied")
	}
	if j := h.imports(spec(KindLevels), twoMugs); j.Applied != 2 {
		t.Errorf("sent again: %+v", j)
	}
}

func TestAllOrNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	all := spec(KindLevels)
	all.All = true
	bad := h.imports(all, twoMugs+"jug,x\n")
	if bad.State != StateRefused || bad.Refused != 1 || bad.Applied != 0 || bad.Problem == nil {
		t.Errorf("%+v %v", bad, bad.Problem)
	}
	if r := h.result(bad.ID); !strings.Contains(r, "4,on_hand,on_hand is not a number") {
		t.Errorf("the result is %s", r)
	}
	if h.item("default", "mug") != nil {
		t.Error("a row was applied")
	}
	if k, err := h.catalog.Product(t.Context(), "shop", "mug"); err == nil {
		t.Errorf("a product became known: %+v", k)
	}
	good := h.imports(all, twoMugs)
	if good.State != StateDone || good.Applied != 2 || good.Done != 2 {
		t.Errorf("%+v", good)
	}
	// A refusal by the books comes before anything is applied.
	h.hold("o", "mug", 4)
	if j := h.imports(all, "product_id,on_hand\njug,1\nmug,3\n"); j.State != StateRefused || h.item("default", "jug") != nil {
		t.Errorf("%+v, jug %v", j, h.item("default", "jug"))
	}
	// Nothing of it was done and it has no name: it may be tried again.
	h.do(stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: "shop", Order: "o"}}})
	if j := h.imports(all, "product_id,on_hand\njug,1\nmug,3\n"); j.State != StateDone || j.Applied != 2 {
		t.Errorf("%+v %v", j, j.Problem)
	}
}

// The books change between the check of the file and its rows: rows applied until
// then stay, and their number is reported exactly.
func TestAllOrNothingStopsWhenTheBooksMove(t *testing.T) {
	t.Parallel()
	h := closedHouse(t)
	const rows = 3 * batchRows
	meddles := &meddler{Door: h.rooms.Door, before: func() { h.hold("o", "p0", 1) }}
	h.rooms.Door = meddles
	h.open()
	var b strings.Builder
	b.WriteString("product_id,on_hand\n")
	for i := range rows {
		fmt.Fprintf(&b, "p%d,1\n", i)
	}
	if j := h.imports(spec(KindLevels), "product_id,on_hand\np0,1\n"); j.Applied != 1 {
		t.Fatalf("%+v", j)
	}
	meddles.armed.Store(true)
	all := spec(KindLevels)
	all.All = true
	j := h.imports(all, strings.Replace(b.String(), "p0,1\n", "p0,0\n", 1))
	if j.State != StateStopped || j.Refused != 1 || j.Done != j.Applied+j.Unchanged+j.Refused || j.Problem == nil {
		t.Fatalf("%+v %v", j, j.Problem)
	}
	for i := range rows {
		want := int64(i) < j.Done && i > 0 || i == 0
		if there := h.item("default", fmt.Sprint("p", i)) != nil; there != want {
			t.Fatalf("%d rows were done; row %d is there: %v", j.Done, i+1, there)
		}
	}
}

// meddler does something before the first write of an armed import.
type meddler struct {
	Door
	armed  atomic.Bool
	before func()
}

// Submit implements Door.
func (m *meddler) Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error) {
	if len(asks) > 1 && m.armed.CompareAndSwap(true, false) {
		m.before()
	}
	return m.Door.Submit(ctx, tenant, asks)
}

func TestADryRunSaysWhatWouldBeAndDoesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stockUp()
	dry := spec(KindLevels)
	dry.DryRun = true
	file := "product_id,location_id,on_hand,unit,scale,low_stock_threshold\n" +
		"mug,default,10,,,\nrope,default,2,,,\nnew,default,1.5,kg,3,1\nnew,north,0.5,,,\nmug,default,3,,,\nmug,east,5,,,\n"
	j := h.imports(dry, file)
	if j.State != StateDone || j.Rows != 6 || j.Applied != 4 || j.Unchanged != 1 || j.Refused != 1 {
		t.Errorf("%+v\n%s", j, h.result(j.ID))
	}
	if h.item("default", "new") != nil || h.item("default", "rope").Figures().OnHand != 150 {
		t.Error("something was changed")
	}
	if _, err := h.catalog.Product(t.Context(), "shop", "new"); err == nil {
		t.Error("a product became known")
	}
	done := h.imports(spec(KindLevels), file)
	if want := (Opened{Products: 1, Locations: 2}); j.Opened != want || done.Opened != want {
		t.Errorf("opened are %+v, in the dry run %+v, want %+v", done.Opened, j.Opened, want)
	}
	if done.Applied != j.Applied || done.Unchanged != j.Unchanged || done.Refused != j.Refused {
		t.Errorf("the dry run said %d %d %d, then it was %d %d %d",
			j.Applied, j.Unchanged, j.Refused, done.Applied, done.Unchanged, done.Refused)
	}
	if f := h.item("north", "new").Figures(); f.OnHand != 500 {
		t.Errorf("a row without a unit is in that of the product: %d", f.OnHand)
	}
}

func TestATenantHasOnlySoManyImportsWaiting(t *testing.T) {
	t.Parallel()
	h := closedHouse(t)
	h.desk = NewDesk(h.folder, h.rooms) // which nobody runs
	for i := range mostWaiting {
		h.send(spec(KindLevels), fmt.Sprintf("product_id,on_hand\np%d,1\n", i))
	}
	if _, _, err := h.desk.Accept(t.Context(), spec(KindLevels), strings.NewReader(twoMugs)); !errors.Is(err, ErrTooMany) {
		t.Errorf("got %v", err)
	}
	theirs := spec(KindLevels)
	theirs.Tenant = "other"
	if _, _, err := h.desk.Accept(t.Context(), theirs, strings.NewReader(twoMugs)); err != nil {
		t.Errorf("another tenant: %v", err)
	}
	h.desk.leave()
}

// Two processes in one folder: each sees the imports of the other, and nobody
// works on what the other works on until it is gone.
func TestProcessesInOneFolderDoNotMeet(t *testing.T) {
	t.Parallel()
	h := closedHouse(t)
	one, two := NewDesk(h.folder, h.rooms), NewDesk(h.folder, h.rooms)
	h.desk = one
	j := h.send(spec(KindLevels), twoMugs)
	if err := two.tidy(t.Context()); err != nil || len(two.mine) != 0 {
		t.Errorf("the other took it over while it is worked on: %v, %v", two.mine, err)
	}
	if got, err := two.Find("shop", j.ID); err != nil || got.State != StateQueued {
		t.Errorf("the other sees %+v, %v", got, err)
	}
	got, again, err := two.Accept(t.Context(), spec(KindLevels), strings.NewReader(twoMugs))
	if err != nil || !again || got.ID != j.ID {
		t.Errorf("sent to the other: %+v, again %v, %v", got, again, err)
	}
	one.leave()
	if err := two.tidy(t.Context()); err != nil || len(two.mine) != 1 {
		t.Errorf("the other did not take it over: %v, %v", two.mine, err)
	}
	two.leave()
}

// Results are kept for seven days, and the latest of a tenant.
func TestWhatWasKeptLongEnoughIsDropped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := h.imports(spec(KindLevels), twoMugs)
	stray := filepath.Join(h.folder, "1.part")
	if err := os.WriteFile(stray, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		later time.Duration
		kept  bool
	}{{keepFor - time.Minute, true}, {keepFor + time.Minute, false}} {
		desk := NewDesk(h.folder, h.rooms, WithClock(func() time.Time { return time.Now().Add(c.later) }))
		if err := desk.tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := desk.Find("shop", j.ID); (err == nil) != c.kept {
			t.Errorf("%v later: %v", c.later, err)
		}
	}
	if left, err := os.ReadDir(h.folder); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// An import accepted before a stop is carried out after the next start.
func TestAStartGoesOnWithWhatWasAccepted(t *testing.T) {
	t.Parallel()
	h := closedHouse(t)
	h.desk = NewDesk(h.folder, h.rooms)
	j := h.send(spec(KindLevels), twoMugs)
	h.desk.leave()
	h.open()
	for { // the new desk has to find it first
		if got := h.wait(j.ID); got.State == StateDone {
			if got.Applied != 2 {
				t.Errorf("%+v", got)
			}
			break
		}
	}
	if left := h.left(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// Equal imports sent at the same time are one: the answer to all but the first names
// it.
func TestEqualImportsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for n := range 20 {
		s := spec(KindLevels)
		s.Key = fmt.Sprint("key", n)
		var all errgroup.Group
		ids, firsts := make([]string, 4), make([]bool, 4)
		for i := range ids {
			all.Go(func() error {
				j, again, err := h.desk.Accept(t.Context(), s, strings.NewReader(twoMugs))
				ids[i], firsts[i] = j.ID, !again
				return err
			})
		}
		if err := all.Wait(); err != nil {
			t.Fatal(err)
		}
		count := 0
		for i := range ids {
			if firsts[i] {
				count++
			}
			if ids[i] != ids[0] {
				t.Errorf("%s is another import than %s", ids[i], ids[0])
			}
		}
		if count != 1 {
			t.Errorf("%d of %d are the first", count, len(ids))
		}
		h.wait(ids[0])
	}
}
