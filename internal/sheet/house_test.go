package sheet

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"

	"golang.org/x/sync/errgroup"
)

// house is a desk on books in memory and a catalog in a file.
type house struct {
	t       testing.TB
	folder  string
	rooms   Rooms
	books   *ledger.Ledger
	catalog *catalog.Catalog
	desk    *Desk
	stop    func()
}

// newHouse starts one with tenants "shop" and "other".
func newHouse(t testing.TB) *house {
	t.Helper()
	h := closedHouse(t)
	h.open()
	return h
}

// door is the way to the books.
func (h *house) door(books fulfil.Ledger) *intake.Door {
	return intake.New(books, h.catalog, fulfil.New(books, h.catalog, h.catalog))
}

// closedHouse is a house whose desk has not been opened.
func closedHouse(t testing.TB) *house {
	t.Helper()
	ctx := t.Context()
	h := &house{t: t, folder: filepath.Join(t.TempDir(), "imports")}
	var err error
	if h.catalog, err = catalog.Open(ctx, catalogtest.File(t)); err != nil {
		t.Fatal(err)
	}
	for _, tenant := range []string{"shop", "other"} {
		if _, err := h.catalog.CreateTenant(ctx, tenant); err != nil {
			t.Fatal(err)
		}
	}
	store := memory.New()
	if h.books, err = ledger.Open(ctx, store); err != nil {
		t.Fatal(err)
	}
	journal := view.NewJournal(feed.NewLogs([]engine.Engine{store}), nil)
	now := func() stock.Time { return stock.Time(time.Now().UnixMilli()) }
	h.rooms = Rooms{Door: h.door(h.books), Books: h.books, Directory: h.catalog, Facts: h.catalog, Levels: view.NewLevels([]engine.Engine{store}, now), Journal: journal, Reservations: view.NewReservations([]engine.Engine{store}, now)}
	back, stopBack := context.WithCancel(context.Background())
	var all errgroup.Group
	all.Go(func() error { return h.books.Run(back) })
	t.Cleanup(func() {
		h.close()
		stopBack()
		if err := all.Wait(); err != nil {
			t.Error(err)
		}
		if err := h.catalog.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// open opens the desk, as a start of the server does.
func (h *house) open() {
	h.t.Helper()
	h.desk = NewDesk(h.folder, h.rooms)
	ctx, cancel := context.WithCancel(context.Background())
	var all errgroup.Group
	all.Go(func() error { return h.desk.Run(ctx) })
	h.stop = func() {
		cancel()
		if err := all.Wait(); err != nil {
			h.t.Error(err)
		}
	}
}

// close closes the desk, as a stop of the server does.
func (h *house) close() {
	if h.stop != nil {
		h.stop()
		h.stop = nil
	}
}

func spec(kind Kind) Spec {
	return Spec{Tenant: "shop", Operator: "tester", Location: "default", Kind: kind}
}

// send takes a file in.
func (h *house) send(s Spec, content string) Job {
	h.t.Helper()
	j, _, err := h.desk.Accept(h.t.Context(), s, strings.NewReader(content))
	if err != nil {
		h.t.Fatal(err)
	}
	return j
}

// wait waits for the end of an import.
func (h *house) wait(id string) Job {
	h.t.Helper()
	for begun := time.Now(); ; {
		j, err := h.desk.Wait(h.t.Context(), "shop", id, time.Minute)
		if err != nil {
			h.t.Fatal(err)
		}
		if j.State.isEnded() {
			return j
		}
		if time.Since(begun) > time.Minute {
			h.t.Fatalf("import %s is %s after a minute", id, j.State)
		}
	}
}

// imports takes a file in and waits for its end.
func (h *house) imports(s Spec, content string) Job {
	h.t.Helper()
	return h.wait(h.send(s, content).ID)
}

// result is the text of an import's result.
func (h *house) result(id string) string {
	h.t.Helper()
	file, _, err := h.desk.Result("shop", id)
	if err != nil {
		h.t.Fatal(err)
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

// export gives a table out.
func (h *house) export(s ExportSpec) string {
	h.t.Helper()
	s.Tenant = "shop"
	e, err := h.desk.Export(h.t.Context(), s)
	if err != nil {
		h.t.Fatal(err)
	}
	defer e.Close()
	text, err := io.ReadAll(e)
	if err != nil {
		h.t.Fatal(err)
	}
	if int64(len(text)) != e.Size {
		h.t.Errorf("the export has %d bytes and says %d", len(text), e.Size)
	}
	return string(text)
}

// item is an item as the books have it, nil when there is none.
func (h *house) item(location, product string) *stock.Item {
	h.t.Helper()
	levels, _, err := h.books.Items(h.t.Context(), []stock.ItemKey{{Tenant: "shop", Location: location, Product: product}})
	if err != nil {
		h.t.Fatal(err)
	}
	return levels[0].Item
}

// do carries out a command.
func (h *house) do(c stock.Command) {
	h.t.Helper()
	if r := h.books.Submit(h.t.Context(), ledger.Request{Command: c}); r[0].Err != nil {
		h.t.Fatal(r[0].Err)
	}
}

// left lists the files of the folder but the results of imports that ended.
func (h *house) left() (names []string) {
	h.t.Helper()
	entries, err := os.ReadDir(h.folder)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".part") || strings.HasSuffix(e.Name(), ".body") {
			names = append(names, e.Name())
		}
	}
	return names
}
