package archive_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/archive"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// history writes a log of real records: restocks of a few items of two
// tenants, now and then with a note.
type history struct {
	t       testing.TB
	eng     engine.Engine
	builder *stock.RecordBuilder
	items   map[stock.ItemKey]*stock.Item
	seed    byte
	now     stock.Time
	recs    []engine.Record // all there ever were
}

func newHistory(t testing.TB, e engine.Engine) *history {
	return &history{
		t: t, eng: e, builder: stock.NewRecordBuilder(), items: map[stock.ItemKey]*stock.Item{}, now: 1_700_000_000_000,
	}
}

func (h *history) Item(k stock.ItemKey) *stock.Item     { return h.items[k] }
func (h *history) Order(stock.OrderKey) []*stock.Hold   { return nil }
func (h *history) EditHold(k stock.HoldKey) *stock.Hold { return &stock.Hold{Key: k} }
func (h *history) EditItem(k stock.ItemKey) *stock.Item {
	if h.items[k] == nil {
		h.items[k] = &stock.Item{Key: k}
	}
	return h.items[k]
}

func itemOf(n int) stock.ItemKey {
	return stock.ItemKey{Tenant: []string{"acme", "zen"}[n%2], Location: "default", Product: fmt.Sprintf("tea-%d", n%5)}
}

func noteOf(seq int) stock.Note {
	if seq%3 != 0 {
		return stock.Note{}
	}
	return stock.Note{Reason: fmt.Sprintf("Mrs. Smith %d brought it back", seq), Operator: "till-3"}
}

// grow appends n records, each a second after the one before.
func (h *history) grow(n int) {
	h.t.Helper()
	for range n {
		seq := len(h.recs) + 1
		h.now += 1000
		head := stock.RecordHeader{Seq: uint64(seq), At: h.now, Writer: [16]byte{h.seed, 7}, Nonce: uint64(seq)}
		if seq > 1 {
			head.Prev = h.recs[seq-2].Hash
		}
		h.builder.Reset(head)
		for i := range 1 + seq%3 {
			k := itemOf(seq + i)
			c := stock.Restock{Item: k, Bucket: stock.BucketOf(k.Tenant, k.Location), Qty: stock.Qty(1 + seq%7), Note: noteOf(seq)}
			if h.items[k] == nil {
				c.Open = &stock.Opening{Unit: "kg", Scale: 3}
			}
			e, err := stock.Decide(h, c, h.now)
			if err != nil {
				h.t.Fatalf("decide: %v", err)
			}
			stock.Apply(h, &e)
			if _, err := h.builder.Add(&e); err != nil {
				h.t.Fatal(err)
			}
		}
		body, hash, text := h.builder.Finish([16]byte{h.seed, byte(seq), byte(seq >> 8), 1})
		r := engine.Record{Seq: engine.Seq(seq), At: h.now, Writer: head.Writer, Nonce: head.Nonce, Hash: hash, Body: body}
		g := &engine.Group{Record: r, Text: text}
		g.Keys = []engine.KeyRow{{ID: engine.KeyID{h.seed, byte(seq), byte(seq >> 8), 9}, Seq: r.Seq}}
		if err := h.eng.Append(context.WithoutCancel(h.t.Context()), r.Seq-1, g); err != nil {
			h.t.Fatalf("append %d: %v", seq, err)
		}
		r.Text = text
		h.recs = append(h.recs, r)
	}
	ctx := context.WithoutCancel(h.t.Context())
	from, err := h.eng.JournalCursor(ctx)
	if err == nil {
		err = h.eng.AddJournal(ctx, from, h.head(), nil)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) head() engine.Seq { return engine.Seq(len(h.recs)) }

// same checks that the records read behind after are those that were written
// there.
func (h *history) same(after engine.Seq, limit int, recs []engine.Record) error {
	if len(recs) > limit || len(recs) == 0 && after < h.head() {
		return fmt.Errorf("read behind %d with limit %d: %d records, the head is at %d", after, limit, len(recs), h.head())
	}
	for i := range recs {
		want := &h.recs[int(after)+i]
		if !archive.SameRecord(want, &recs[i]) {
			return fmt.Errorf("read behind %d with limit %d: record %d is %+v, want %+v", after, limit, i, recs[i], want)
		}
	}
	return nil
}

// check reads the log through the archive from every place.
func (h *history) check(dir string) {
	h.t.Helper()
	e := archive.Over(h.eng, openFolder(h.t, dir))
	for after := range h.head() + 2 {
		for _, limit := range []int{1, 3, 1000} {
			if limit == 1000 && after%5 > 0 {
				continue
			}
			recs, err := e.Read(h.t.Context(), after, limit)
			if err == nil {
				err = h.same(after, limit, recs)
			}
			if err != nil {
				h.t.Fatalf("%d records: %v", h.head(), err)
			}
		}
	}
}

// openFolder opens the archive with small bounds.
func openFolder(t testing.TB, dir string, opts ...archive.Option) *archive.Folder {
	t.Helper()
	f, err := archive.Open(dir, 3, append([]archive.Option{archive.WithKeep(5), archive.WithPartRecords(10), archive.WithoutSync()}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// moved returns an archive with the records up to upTo of a history that is
// longer.
func moved(t testing.TB, upTo engine.Seq) (h *history, dir string) {
	t.Helper()
	h = newHistory(t, memory.New())
	h.grow(int(upTo) + 20)
	dir = t.TempDir()
	run(t, h, dir, archive.Plan{UpTo: upTo, Entries: true})
	return h, dir
}

func run(t testing.TB, h *history, dir string, plan archive.Plan) *archive.Report {
	t.Helper()
	report, err := archive.Run(t.Context(), h.eng, openFolder(t, dir), plan)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// files are the names of all Parquet files and of what is unfinished.
func files(t testing.TB, dir string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(filepath.Join(dir, "slot-3"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, f := range all {
		if strings.HasSuffix(f.Name(), ".parquet") || strings.HasSuffix(f.Name(), ".part") {
			names = append(names, f.Name())
		}
	}
	return names
}
