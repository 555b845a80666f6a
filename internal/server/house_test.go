package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/api/contracttest"
	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/faulty"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/figures"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/quota"
	"holdfast.dev/holdfast/internal/recall"
	"holdfast.dev/holdfast/internal/search"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/server/transfers"
	"holdfast.dev/holdfast/internal/sheet"
	"holdfast.dev/holdfast/internal/transfer"
	"holdfast.dev/holdfast/internal/view"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// house is a whole server over real connections: books in memory, a catalog in
// a file, a clock that the test turns.
type house struct {
	url     string
	ops     string
	client  *http.Client
	conn    *grpc.ClientConn
	grpc    stubs
	kept    string // of the catalog
	catalog *catalog.Catalog
	books   *ledger.Ledger
	others  []*ledger.Ledger // of the slots after the first
	clock   *clock
	faults  faulty.Script     // what befalls the store
	store   engine.Engine     // of the first slot
	keys    map[string]string // by who: admin, internal, read, other
	stop    func() error
	front   *server.Server
	index   *search.Index // it follows nothing until the test says so
	logs    *feed.Logs
	recalls *recall.Carrier
	stored  storedRecalls
	items   *itemlist.List
	figures *figures.Figures
	summing *feed.Runner
	alarm   alarm
	fleet   installation
}

// start opens a house that is torn down with the test.
func start(t testing.TB, opts ...server.Option) *house {
	t.Helper()
	return startSlots(t, 1, opts...)
}

// startSlots opens a house that lists and tells what is in several slots. What
// is sent to it goes to the first; each of the others has a ledger of its own.
func startSlots(t testing.TB, n int, opts ...server.Option) *house {
	t.Helper()
	return startKeeping(t, itemlist.DefaultMost, n, opts...)
}

// startKeeping is startSlots with a list that keeps so many items at most.
func startKeeping(t testing.TB, mostItems, n int, opts ...server.Option) *house {
	t.Helper()
	return startFor(t, func(k server.Keys) server.Keys { return k }, mostItems, n, opts...)
}

// startFor is startKeeping with keys that are made of those of the catalog.
func startFor(t testing.TB, keys func(server.Keys) server.Keys, mostItems, n int, opts ...server.Option) *house {
	t.Helper()
	ctx := t.Context()
	h := &house{clock: &clock{start: time.Now()}, keys: map[string]string{}, client: &http.Client{Transport: contracttest.Transport(t, &http.Transport{MaxIdleConnsPerHost: 64})}}
	var err error
	h.kept = catalogtest.File(t)
	if h.catalog, err = catalog.Open(ctx, h.kept, catalog.WithClock(h.clock.Now)); err != nil {
		t.Fatal(err)
	}
	store := faulty.New(memory.New(), &h.faults)
	h.store = store
	slots := []engine.Engine{store}
	for range n - 1 {
		slots = append(slots, memory.New())
	}
	histories := feed.NewHistories(&h.catalog.Epochs)
	logs := feed.NewLogs(slots, feed.WithHistories(histories))
	journal := view.NewJournal(logs, nil, view.WithPace(0))
	tail := feed.NewTail(logs, slog.New(slog.DiscardHandler))
	h.books, err = ledger.Open(ctx, store, ledger.WithClock(h.clock),
		ledger.WithStored(logs.Stored), ledger.WithNotify(func(p ledger.Position) { logs.Notify(p.Slot, p.Seq) }))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range slots[1:] {
		books, err := ledger.Open(ctx, e, ledger.WithClock(h.clock))
		if err != nil {
			t.Fatal(err)
		}
		h.others = append(h.others, books)
	}
	levels := view.NewLevels(slots, h.clock.Wall, view.WithHistories(histories))
	held := view.NewReservations(slots, h.clock.Wall, view.WithHistories(histories))
	orders := fulfil.New(h.books, h.catalog, h.catalog)
	h.figures = figures.New(h.catalog.Figures, logs, slog.New(slog.DiscardHandler))
	way := intake.New(h.books, h.catalog, orders, intake.WithRefusals(h.figures), intake.WithDryRun(func() *ledger.DryRun { return ledger.NewDryRun(h.books, nil) }, h.catalog, orders))
	h.stored.Recalls = &h.catalog.Recalls
	h.recalls = recall.New(way, h.books, &h.stored, h.catalog, recall.WithClock(h.clock.Now), recall.WithKeys(h.books))
	door := h.recalls.WithOpenings(way)
	moves := transfer.New(door, h.books, h.catalog.Transfers, h.catalog.Replenishments)
	desk := sheet.NewDesk(filepath.Join(t.TempDir(), "files"), sheet.Rooms{
		Door: door, Books: h.books, Directory: h.catalog, Facts: h.catalog, Levels: levels, Journal: journal, Transfers: transfers.TransferFile{Of: moves}, Reservations: held,
	})
	h.logs = logs
	h.index = search.New(h.catalog.Indexes, h.books, h.catalog, levels, logs, slog.New(slog.DiscardHandler))
	h.items = itemlist.New(itemlist.Rooms{Books: h.books, Levels: levels, Directory: h.catalog, Details: h.catalog.Details, Feed: tail, Logs: logs}, itemlist.WithPace(time.Millisecond), itemlist.WithMost(mostItems))
	h.summing = feed.NewRunner(slog.New(slog.DiscardHandler), "figures", time.Millisecond, time.Second)
	h.figures.Project(h.summing, logs)
	h.fleet.Catalog = h.catalog
	h.evaluating(journal)
	s, err := server.New(server.Rooms{
		Search: h.index, Items: h.items, Figures: h.figures, Records: view.NewRecords(logs), Alerts: h.alarm.desk, Fleet: &h.fleet,
		Books: h.books, Directory: h.catalog, Door: door, Facts: server.FactsOf(h.catalog), Keys: keys(h.catalog), Sessions: &h.catalog.Sessions, Levels: levels,
		Journal: journal, Reservations: held, Feed: tail, Ready: []server.Dependency{{Name: "books", Check: h.books.Ready}}, Orders: orders, Transfers: moves,
		Recalls:   h.recalls,
		Campaigns: quota.NewCampaigns(door, h.books, h.catalog.Campaigns, quota.WithClock(h.clock.Now)), Cases: cases.New(h.catalog.Cases, door, h.books, cases.WithMessages(h.catalog.Sources)),
	}, append([]server.Option{server.WithFiles(desk), server.WithHistories(histories)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	h.front = s
	h.serve(t, s, journal, tail)
	h.makeKeys(t)
	return h
}

func (h *house) serve(t testing.TB, s *server.Server, journal *view.Journal, tail *feed.Tail) {
	t.Helper()
	var ears [3]net.Listener
	for i := range ears {
		var err error
		if ears[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	// The front stops before the books do.
	front, stopFront := context.WithCancel(context.Background())
	back, stopBack := context.WithCancel(context.Background())
	var public, rooms errgroup.Group
	public.Go(func() error { return s.Run(front, server.Listeners{HTTP: ears[0], GRPC: ears[1], Ops: ears[2]}) })
	for _, books := range append(h.others, h.books) {
		rooms.Go(func() error { return books.Run(back) })
	}
	rooms.Go(func() error { return h.catalog.Run(back) })
	rooms.Go(func() error { return journal.Run(back) })
	rooms.Go(func() error { return tail.Run(back) })
	rooms.Go(func() error { return h.summing.Run(back) })
	rooms.Go(func() error { return h.figures.Run(back) })
	rooms.Go(func() error { return h.items.Run(back) })
	h.url, h.ops = "http://"+ears[0].Addr().String(), "http://"+ears[2].Addr().String()
	var err error
	h.conn, err = grpc.NewClient(ears[1].Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		t.Fatal(err)
	}
	h.grpc = newStubs(h.conn)
	stopped := false
	h.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		stopFront()
		return public.Wait()
	}
	t.Cleanup(func() {
		h.client.CloseIdleConnections()
		if err := h.conn.Close(); err != nil {
			t.Error(err)
		}
		if err := h.stop(); err != nil {
			t.Error(err)
		}
		stopBack()
		if err := rooms.Wait(); err != nil && !strings.Contains(err.Error(), "context canceled") {
			t.Error(err)
		}
		if err := h.catalog.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (h *house) makeKeys(t testing.TB) {
	t.Helper()
	for who, scopes := range map[string]catalog.Scopes{
		"admin": catalog.ScopeAdmin, "internal": catalog.ScopeInternal, "read": catalog.ScopeRead, "other": catalog.ScopeAdmin,
	} {
		tenant, as := catalog.DefaultTenant, []catalog.TenantOption{catalog.AsSandbox}
		if who == "other" {
			tenant, as = "other", nil
		}
		if _, err := h.catalog.CreateTenant(t.Context(), tenant, as...); err != nil {
			t.Fatal(err)
		}
		_, printed, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: tenant, Name: who + "-key", Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		h.keys[who] = printed
	}
}

// answer is what came back.
type answer struct {
	status int
	head   http.Header
	raw    []byte
	body   any
}

// call sends one request as who ("" is nobody) and reads the answer.
func (h *house) call(t testing.TB, who, verb, path, body string, head ...string) answer {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), verb, h.url+path, r)
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		req.Header.Set("Authorization", "Bearer "+h.keys[who])
	}
	for i := 0; i < len(head); i += 2 {
		if req.Header.Get(head[i]) != "" && !strings.EqualFold(head[i], "Content-Type") && !strings.EqualFold(head[i], "Authorization") {
			req.Header.Add(head[i], head[i+1])
			continue
		}
		req.Header.Set(head[i], head[i+1])
	}
	res, err := h.client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", verb, path, err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, head: res.Header}
	if a.raw, err = io.ReadAll(res.Body); err != nil {
		t.Fatalf("%s %s: %v", verb, path, err)
	}
	d := json.NewDecoder(bytes.NewReader(a.raw))
	d.UseNumber()
	if err := d.Decode(&a.body); err != nil {
		a.body = nil
	}
	return a
}

// at returns the JSON at a path such as reservations.0.state, "absent" where
// there is nothing.
func (a answer) at(path string) string {
	v := a.body
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = in[step]; !ok {
				return "absent"
			}
		case []any:
			i, err := strconv.Atoi(step)
			if step == "length" {
				return strconv.Itoa(len(in))
			}
			if err != nil || i >= len(in) {
				return "absent"
			}
			v = in[i]
		default:
			return "absent"
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}

func clip(s string) string {
	if len(s) > 1200 {
		return s[:1200] + "…"
	}
	return s
}
