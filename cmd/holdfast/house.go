package main

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/alert"
	"holdfast.dev/holdfast/internal/alert/notice"
	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/observed"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/figures"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/ledger"
	counts "holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/quota"
	"holdfast.dev/holdfast/internal/recall"
	"holdfast.dev/holdfast/internal/search"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/server/node"
	"holdfast.dev/holdfast/internal/sheet"
	"holdfast.dev/holdfast/internal/soldout"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
	"holdfast.dev/holdfast/internal/view"
	"holdfast.dev/holdfast/store"
)

// house is a complete Holdfast, wired and ready to run.
type house struct {
	slotSet   *slotSet
	directory *catalog.Catalog
	books     *ledger.Ledger
	journal   *view.Journal
	replicas  *view.Replicas
	logs      *feed.Logs
	feed      *feed.Tail
	transfers *transfer.Transfers
	duties    *duty.Runner
	garbage   garbage
	states    []*observed.State
	watch     *slotWatch
	disk      *diskWatch
	heads     *headWatch
	witness   *witness
	node      *node.Node // nil when this server is nobody's peer
	front     *server.Server
	keys      *relayKeys
	registry  prometheus.Registerer
	// deliveries carries decisions from slot to slot.
	deliveries *feed.Runner
	// opening opens cases that a crash prevented.
	opening *feed.Runner
	// telling announces sold-out products over all locations.
	telling *feed.Runner
	// index is the search index of products; indexing follows the logs for it.
	index    *search.Index
	indexing *feed.Runner
	// figures sums up bookings; summing follows the logs for it.
	figures *figures.Figures
	summing *feed.Runner
	// items lists items by any filter, from memory.
	items *itemlist.List
	// granter gives tills their units; granting follows the logs for it.
	granter  *outpost.Granter
	granting *feed.Runner
	// till is this server's till, and centre its connection to the centre. Both are nil on a
	// server that is not a till.
	till   *outpost.Till
	centre *client.Client
	// redis is the path of reservations through Redis, nil when there is none.
	redis *redisRoad
	// alerts evaluates rules, and sends what they find.
	alerts *alert.Desk
	log    *slog.Logger
}

// openHouse opens the books and the rooms that belong to them. It migrates an empty file and
// refuses an old one. It traces calls when traces is not nil, and forwards writes to other
// nodes when peers is not nil.
func openHouse(ctx context.Context, c booksConfig, known *witness, peers *fleet, log *slog.Logger, traces trace.TracerProvider, opts ...server.Option) (_ *house, err error) {
	h := &house{log: log, witness: known, disk: newDiskWatch(c)}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	if h.directory, err = catalog.Open(ctx, c.db, catalog.WithLogger(log)); err != nil {
		return nil, err
	}
	if h.slotSet, err = openSlotSet(ctx, c, h.directory, true); err != nil {
		return nil, err
	}
	check := &lossCheck{directory: h.directory, slotSet: h.slotSet, witness: known, mode: c.lostMode(h.slotSet.layout != nil), log: log}
	if err := check.checkAtStart(ctx); err != nil {
		return nil, err
	}
	check.checkTakeOver()
	histories := feed.NewHistories(h.directory)
	registry, err := newRegistry()
	if err != nil {
		return nil, err
	}
	h.registry = registry
	counted, err := counts.New(registry)
	if err != nil {
		return nil, err
	}
	var traced []observed.Option
	kept := []ledger.Option{ledger.WithLog(log), ledger.WithObserver(counted)}
	if traces != nil {
		traced = append(traced, observed.WithTraces(traces))
		kept = append(kept, ledger.WithTraces(traces))
		opts = append(opts, server.WithTraces(traces))
	}
	engines, err := h.observe(registry, traced)
	if err != nil {
		return nil, err
	}
	h.logs = feed.NewLogs(engines, feed.WithHistories(histories))
	kept = append(kept, ledger.WithStored(h.logs.Stored), ledger.WithNotify(h.notify))
	h.journal = view.NewJournal(h.logs, log)
	h.feed = feed.NewTail(h.logs, log)
	if err := errors.Join(h.logs.Register(registry), h.journal.Register(registry)); err != nil {
		return nil, err
	}
	if peers != nil {
		if h.node, err = peers.join(h.directory, len(h.slotSet.kept), h.facts, log); err != nil {
			return nil, err
		}
		kept = append(kept, ledger.WithPeers(h.node))
	}
	h.watch = newSlotWatch(h.directory, c, h.slotSet, peers != nil, h.facts, log)
	if h.slotSet.layout != nil {
		kept = append(kept, ledger.WithAtlas(atlas{h.directory}))
	}
	if h.books, err = ledger.OpenSlots(ctx, engines, kept...); err != nil {
		return nil, err
	}
	h.deliveries = feed.NewRunner(log, "delivery", 100*time.Millisecond, 5*time.Second)
	feed.ProjectEntries(h.deliveries, h.logs, ledger.DeliveryName, ledger.DeliveryPace, h.books.Deliveries())
	if err := h.deliveries.Register(registry); err != nil {
		return nil, err
	}
	h.heads = &headWatch{
		directory: h.directory, engines: engines, kept: h.slotSet.kept, seen: h.books.Trail, several: h.slotSet.layout != nil,
		witness: known, log: log,
	}
	if err := countLosses(registry, known, len(engines)); err != nil {
		return nil, err
	}
	front, err := counted.Of(h.books)
	if err != nil {
		return nil, err
	}
	var selling sellingBooks = front
	var answering server.Books = front
	if c.redis.url != "" {
		if err := h.openRedis(ctx, c, front, log); err != nil {
			return nil, err
		}
		selling, answering = h.redis.books, h.redis.books
	}
	var choosing []fulfil.Option
	if h.garbage.small = c.till != ""; h.garbage.small {
		counter, err := h.openTill(ctx, c.till, front, engines[0], log)
		if err != nil {
			return nil, err
		}
		selling, choosing = counter, append(choosing, fulfil.WithChannel(counter.Channel))
		opts = append(opts, server.WithStore(store.Files(), atTill{h.till}))
	}
	levels := view.NewLevels(engines, wallTime, view.WithHistories(histories))
	held := view.NewReservations(engines, wallTime, view.WithHistories(histories))
	if h.replicas, err = c.openReplicas(h.slotSet, engines, h.directory, histories, registry, log); err != nil {
		return nil, err
	}
	if c.eventualAge > 0 {
		opts = append(opts, server.WithMemory(h.books.Recent(c.eventualAge)))
	}
	if all, _ := h.replicas.Count(); all > 0 {
		opts = append(opts, server.WithReplicas(h.replicas))
	}
	orders := fulfil.New(selling, h.directory, h.directory, choosing...)
	h.figures = figures.New(h.directory.Figures, h.logs, log)
	way := intake.New(selling, h.directory, orders, intake.WithLog(log), intake.WithRefusals(h.figures))
	recalls := recall.New(way, answering, h.directory.Recalls, h.directory, recall.WithLog(log), recall.WithKeys(h.books))
	door := recalls.WithOpenings(way)
	h.transfers = transfer.New(door, answering, h.directory.Transfers, h.directory.Replenishments, transfer.WithLog(log), transfer.WithLevels(levels))
	tills := outpost.NewDesk(front, h.directory.Tills, h.directory, levels, h.journal, h.slots, outpost.WithLog(log), outpost.WithCases(h.directory.Cases))
	desk := cases.New(h.directory.Cases, door, answering, cases.WithTills(tills), cases.WithMessages(h.directory.Sources))
	h.opening = feed.NewRunner(log, "cases", 100*time.Millisecond, 5*time.Second)
	desk.Project(h.opening, h.logs)
	if err := h.opening.Register(registry); err != nil {
		return nil, err
	}
	h.granter = outpost.NewGranter(tills)
	h.granting = feed.NewRunner(log, "tills", 100*time.Millisecond, 5*time.Second)
	h.granter.Project(h.granting, h.logs)
	if err := errors.Join(h.granting.Register(registry), h.granter.Register(registry)); err != nil {
		return nil, err
	}
	teller := soldout.New(door, answering, h.directory, levels)
	h.telling = feed.NewRunner(log, "soldout", 100*time.Millisecond, time.Second)
	teller.Project(h.telling, h.logs)
	if err := h.telling.Register(registry); err != nil {
		return nil, err
	}
	h.index = search.New(h.directory.Indexes, answering, h.directory, levels, h.logs, log)
	h.indexing = feed.NewRunner(log, "search", 100*time.Millisecond, 5*time.Second)
	h.index.Project(h.indexing, h.logs)
	if err := errors.Join(h.indexing.Register(registry), h.index.Register(registry)); err != nil {
		return nil, err
	}
	h.summing = feed.NewRunner(log, "figures", 100*time.Millisecond, 5*time.Second)
	h.figures.Project(h.summing, h.logs)
	if err := h.summing.Register(registry); err != nil {
		return nil, err
	}
	h.items = itemlist.New(itemlist.Rooms{
		Books: answering, Levels: levels, Directory: h.directory, Details: h.directory.Details, Feed: h.feed, Logs: h.logs,
	}, itemlist.WithMost(c.itemsMax), itemlist.WithLog(log))
	if err := h.items.Register(registry); err != nil {
		return nil, err
	}
	var differing func(context.Context, string, func(stock.ItemKey, time.Duration, int)) error
	if h.redis != nil {
		differing = h.redis.books.Differing
	}
	h.alerts = alert.New(alert.Rooms{
		Redis: differing,
		Kept:  h.directory.Documents, Books: answering, Items: h.items, Figures: h.figures, Journal: h.journal,
		Lag: h.lagOf, Nodes: h.serving, Tills: h.granter.Gaps, Settings: h.settingsOf,
	}, alert.WithSenders(notice.Senders(notice.WithAllowed(c.receivers))), alert.WithLink(c.alertLink))
	campaigns := quota.NewCampaigns(door, answering, h.directory.Campaigns)
	h.duties = duty.New(log, append(h.transfers.Duties(), quota.NewSchedules(door, h.directory.QuotaSchedules).Duty(), campaigns.Duty(), campaigns.Looking(), recalls.Duty(), desk.Duty(), teller.Duty(), h.index.Duty(), h.alerts.Evaluation(), h.alerts.Sending())...)
	tables := sheet.NewDesk(c.files(), sheet.Rooms{
		Door: door, Books: answering, Directory: h.directory, Facts: h.directory, Levels: levels, Journal: h.journal, Reservations: held,
		Transfers: server.TransferFile{Of: h.transfers},
	}, sheet.WithLog(log), sheet.WithNotice(h.garbage.whileImporting))
	h.keys = &relayKeys{Keys: h.directory, tenants: map[string]string{}}
	var online server.OnlineOrders
	if h.till != nil {
		online = h.till.Online()
	}
	var road server.Redis
	if h.redis != nil {
		road = h.redis.books
	}
	h.front, err = server.New(server.Rooms{
		Redis: road,
		Books: answering, Directory: h.directory, Door: door, Facts: server.FactsOf(h.directory), Keys: h.keys, Sessions: h.directory,
		Levels: levels, Journal: h.journal, Reservations: held, Feed: h.feed, Ready: []server.Dependency{{Name: "books", Check: h.books.Serves}, {Name: "catalog", Check: h.directory.Ready}}, Transfers: h.transfers, Campaigns: campaigns, Recalls: recalls, Cases: desk, Tills: tills, Late: h.granter, Online: online, Orders: orders, Search: h.index, Items: h.items, Figures: h.figures, Records: view.NewRecords(h.logs), Alerts: h.alerts, Fleet: newInstallation(h, c),
	}, append([]server.Option{server.WithLog(log), server.WithRegistry(registry), server.WithFiles(tables), server.WithHistories(histories)}, opts...)...)
	if err != nil {
		return nil, err
	}
	return h, nil
}

// notify reports a new record.
func (h *house) notify(p ledger.Position) {
	h.logs.Notify(p.Slot, p.Seq)
	if h.till != nil {
		h.till.Wake()
	}
}

// slots are the databases of the books, by the number of the slot.
func (h *house) slots() []engine.Engine {
	logs := h.logs.Each()
	engines := make([]engine.Engine, len(logs))
	for i := range logs {
		engines[i] = logs[i].Engine
	}
	return engines
}

// lagOf is how far a sink is behind, as the server shows it.
func (h *house) lagOf(ctx context.Context, tenant string, k *catalog.Sink) (time.Duration, bool) {
	return h.front.SinkLag(ctx, tenant, k)
}

// settingsOf are all settings of a receiver of notices, as the server keeps them.
func (h *house) settingsOf(r *catalog.AlertReceiver) (map[string]string, error) {
	return h.front.ReceiverSettings(r)
}

// observe counts events in the slots. With several slots each has its number as a
// label.
func (h *house) observe(registry prometheus.Registerer, traced []observed.Option) ([]engine.Engine, error) {
	engines := make([]engine.Engine, len(h.slotSet.engines))
	for i, eng := range h.slotSet.engines {
		reg := registry
		if len(engines) > 1 {
			reg = prometheus.WrapRegistererWith(prometheus.Labels{"slot": strconv.Itoa(i)}, registry)
		}
		var err error
		if engines[i], err = observed.New(eng, reg, traced...); err != nil {
			return nil, err
		}
		state, err := observed.NewState(engines[i], reg)
		if err != nil {
			return nil, err
		}
		h.states = append(h.states, state)
	}
	return engines, nil
}

// run runs serve until ctx ends, and the books and the views until the last call
// under way has its answer. A room that cannot continue ends everything.
func (h *house) run(ctx context.Context, serve func(context.Context) error) error {
	behind, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	serving, stop := context.WithCancel(ctx)
	defer stop()
	var all errgroup.Group
	all.Go(func() error {
		defer end()
		return serve(serving)
	})
	crowd := func(ctx context.Context) error { return h.garbage.followCrowd(ctx, h.front.Watchers) }
	rooms := []func(context.Context) error{crowd, h.books.Run, h.deliveries.Run, h.opening.Run, h.granting.Run, h.granter.Run, h.telling.Run, h.indexing.Run, h.index.Run, h.summing.Run, h.figures.Run, h.items.Run, h.journal.Run, h.feed.Run, h.duties.Run, h.directory.Run, h.replicas.Run, h.watch.run, h.disk.run, h.heads.run}
	if h.slotSet.layout != nil {
		rooms = append(rooms, func(ctx context.Context) error { return takeOver(ctx, h.books, newMoves(h.directory), h.log) })
	}
	for _, state := range h.states {
		rooms = append(rooms, state.Run)
	}
	if h.till != nil {
		rooms = append(rooms, h.runTill)
	}
	if h.redis != nil {
		rooms = append(rooms, h.redis.books.Run)
	}
	for _, run := range rooms {
		all.Go(func() error {
			defer stop()
			if err := run(behind); err != nil && !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		})
	}
	return all.Wait()
}

// Close closes what was opened. It keeps the stored sightings of the logs.
func (h *house) Close() error {
	var errs []error
	if h.centre != nil {
		errs = append(errs, h.centre.Close())
	}
	if h.redis != nil {
		errs = append(errs, h.redis.Close())
	}
	if h.books != nil {
		for slot, eng := range h.slotSet.kept {
			if isServer(eng) {
				h.witness.note(uint16(slot), h.heads.sightings(uint16(slot), h.books.Trail(uint16(slot))))
			}
		}
		errs = append(errs, h.heads.keep())
	}
	if h.slotSet != nil {
		errs = append(errs, h.slotSet.Close())
	}
	if h.directory != nil {
		errs = append(errs, h.directory.Close())
	}
	return errors.Join(errs...)
}

func wallTime() stock.Time { return stock.Time(time.Now().UnixMilli()) }
