package archive_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/archive"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// The rooms above read the books across the border without knowing of it: the
// journal, the answers of keys, and verify.
func TestTheBooksAreReadAcrossTheBorder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, err := sqlite.Open(t.Context(), filepath.Join(dir, "books.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	tea := stock.ItemKey{Tenant: "acme", Location: "default", Product: "tea"}
	requests := []ledger.Request{{Command: stock.OpenItem{Item: tea, Bucket: stock.BucketOf(tea.Tenant, tea.Location), Qty: 5, Tracked: true}, Key: "open"}}
	for n := range 40 {
		requests = append(requests, ledger.Request{
			Key: fmt.Sprint("restock ", n),
			Command: stock.Restock{
				Item: tea, Bucket: stock.BucketOf(tea.Tenant, tea.Location), Qty: stock.Qty(n + 1),
				Note: stock.Note{Reason: fmt.Sprint("delivery ", n)},
			},
		})
	}
	before := submit(t, store, requests)
	entries := entriesOf(t, store)
	if len(entries) != 41 {
		t.Fatalf("%d entries", len(entries))
	}

	folder := openFolder(t, dir)
	if r, err := archive.Run(t.Context(), store, folder, archive.Plan{UpTo: 30, KeepKeys: true}); err != nil || r.Gone != 30 {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := entriesOf(t, store); len(got) >= len(entries) {
		t.Errorf("without the archive there are %d entries", len(got))
	}
	books := archive.Over(store, openFolder(t, dir))
	if got := entriesOf(t, books); !reflect.DeepEqual(entries, got) {
		t.Errorf("got %d entries, want %d:\n%+v\n%+v", len(got), len(entries), got, entries)
	}
	for i, r := range submit(t, books, requests) {
		if r.Position != before[i].Position || !reflect.DeepEqual(r.Event, before[i].Event) {
			t.Errorf("%s again: %+v, want %+v", requests[i].Key, r, before[i])
		}
	}
	report, err := audit.CheckSlot(t.Context(), books, audit.Options{JournalKeys: view.Keys})
	if err != nil || !report.OK() || report.Records != 41 || report.Keys != 41 || len(report.Unchecked) > 0 {
		t.Errorf("verify: %+v, %v", report, err)
	}
}

// wantEnded is for what runs until its context ends.
func wantEnded(t *testing.T, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// submit has the requests done one after another.
func submit(t *testing.T, e engine.Engine, requests []ledger.Request) (results []ledger.Result) {
	t.Helper()
	l, err := ledger.Open(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { wantEnded(t, l.Run(ctx)) })
	defer running.Wait()
	defer stop()
	for _, r := range requests {
		for _, result := range l.Submit(t.Context(), r) {
			if result.Err != nil {
				t.Fatal(result.Err)
			}
			results = append(results, result)
		}
	}
	return results
}

// entriesOf reads the journal of the product, page by page.
func entriesOf(t *testing.T, e engine.Engine) (all []view.Entry) {
	t.Helper()
	j := view.NewJournal(feed.NewLogs([]engine.Engine{e}), slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { wantEnded(t, j.Run(ctx)) })
	defer running.Wait()
	defer stop()
	for q := (view.EntryQuery{Tenant: "acme", Product: "tea", PageSize: 7}); ; {
		page, err := j.Entries(t.Context(), q)
		if err != nil || page.Stale {
			t.Fatalf("%+v, %v", page, err)
		}
		all = append(all, page.Entries...)
		if q.PageToken = page.NextPageToken; q.PageToken == "" {
			return all
		}
	}
}
