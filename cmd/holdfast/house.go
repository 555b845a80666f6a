package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

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
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/quota"
	"holdfast.dev/holdfast/internal/recall"
	"holdfast.dev/holdfast/internal/search"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/server/node"
	"holdfast.dev/holdfast/internal/server/transfers"
	"holdfast.dev/holdfast/internal/sheet"
	"holdfast.dev/holdfast/internal/soldout"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
	"holdfast.dev/holdfast/internal/view"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"
)

// house is a complete Holdfast, wired and ready to run.
type house struct {
	slotSet   *slotSet
	engines   []engine.Engine // of the slots
	directory *catalog.Catalog
	histories *feed.Histories
	books     *ledger.Ledger
	journal   *view.Journal
	replicas  *view.Replicas
	logs      *feed.Logs
	feed      *feed.Tail
	garbage   garbage
	states    []*observed.State
	watch     *slotWatch
	disk      *diskWatch
	heads     *headWatch
	witness   *witness
	node      *node.Node    // nil when this server is nobody's peer
	till      *outpost.Till // nil when this server is not a till
	front     *server.Server
	keys      *relayKeys
	registry  *prometheus.Registry
	log       *slog.Logger

	duties  []duty.Kind
	tasks   []func(context.Context) error
	closing []func() error
}

// openHouse opens the books and the rooms that belong to them. It migrates an empty file and
// refuses an old one. It traces calls when traces is not nil, and forwards writes to other
// nodes when peers is not nil.
//
// Each step uses what the steps before it have opened, and Close goes the same way back. The
// slices come last; among them only the order of the duties matters, which is that of the list.
func openHouse(ctx context.Context, c booksConfig, known *witness, peers *fleetPort, log *slog.Logger, traces trace.TracerProvider, opts ...server.Option) (_ *house, err error) {
	h := &house{log: log, witness: known, disk: newDiskWatch(c)}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	at, err := h.openBooks(ctx, c, peers, traces)
	if err != nil {
		return nil, err
	}
	levels := view.NewLevels(h.engines, wallTime, view.WithHistories(h.histories))
	held := view.NewReservations(h.engines, wallTime, view.WithHistories(h.histories))
	sums := figures.New(h.directory.Figures, h.logs, log)
	orders := fulfil.New(at.selling, h.directory, h.directory, at.choosing...)
	way := intake.New(at.selling, h.directory, orders, intake.WithLog(log), intake.WithRefusals(sums), intake.WithDryRun(at.trying, h.directory, orders))
	recalls := recall.New(way, at.answering, h.directory.Recalls, h.directory, recall.WithLog(log), recall.WithKeys(h.books))
	door := recalls.WithOpenings(way)
	moves := transfer.New(door, at.answering, h.directory.Transfers, h.directory.Replenishments, transfer.WithLog(log), transfer.WithLevels(levels))
	schedules := quota.NewSchedules(door, h.directory.QuotaSchedules)
	campaigns := quota.NewCampaigns(door, at.answering, h.directory.Campaigns)
	tills := outpost.NewDesk(at.books, h.directory.Tills, h.directory, &h.directory.Epochs, levels, h.journal, func() []engine.Engine { return h.engines }, outpost.WithLog(log), outpost.WithCases(h.directory.Cases))
	granter := outpost.NewGranter(tills)
	desk := cases.New(h.directory.Cases, door, at.answering, cases.WithTills(tills), cases.WithMessages(h.directory.Sources))
	teller := soldout.New(door, at.answering, h.directory, levels)
	index := search.New(h.directory.Indexes, at.answering, h.directory, levels, h.logs, log)
	items := itemlist.New(itemlist.Rooms{
		Books: at.answering, Levels: levels, Directory: h.directory, Details: h.directory.Details, Feed: h.feed, Logs: h.logs,
	}, itemlist.WithMost(c.itemsMax), itemlist.WithLog(log))
	alerts := alert.New(alert.Rooms{
		Redis: at.differing,
		Kept:  h.directory.Documents, Books: at.answering, Items: items, Figures: sums, Journal: h.journal,
		Lag: h.lagOf, Nodes: h.serving, Tills: granter.Gaps, Settings: h.settingsOf,
	}, alert.WithSenders(notice.Senders(notice.WithAllowed(c.receivers))), alert.WithLink(c.alertLink))
	err = h.add(append(append(h.booksSlices(), at.slices...),
		slice{name: "watchers", run: []func(context.Context) error{func(ctx context.Context) error { return h.garbage.followCrowd(ctx, h.front.Watchers) }}},
		slice{name: "transfers", duties: moves.Duties()},
		slice{name: "quotas", duties: []duty.Kind{schedules.Duty(), campaigns.Duty(), campaigns.Looking()}},
		slice{name: "recalls", duties: []duty.Kind{recalls.Duty()}},
		slice{name: "cases", project: desk.Project, duties: []duty.Kind{desk.Duty()}},
		slice{name: "tills", project: granter.Project, metrics: granter.Register, run: []func(context.Context) error{granter.Run}},
		slice{name: "soldout", project: teller.Project, lastRetry: time.Second, duties: []duty.Kind{teller.Duty()}},
		slice{name: "search", project: index.Project, metrics: index.Register, duties: []duty.Kind{index.Duty()}, run: []func(context.Context) error{index.Run}},
		slice{name: "figures", project: sums.Project, run: []func(context.Context) error{sums.Run}},
		slice{name: "items", metrics: items.Register, run: []func(context.Context) error{items.Run}},
		slice{name: "alerts", duties: []duty.Kind{alerts.Evaluation(), alerts.Sending()}},
	)...)
	if err != nil {
		return nil, err
	}
	tables := sheet.NewDesk(c.files(), sheet.Rooms{
		Door: door, Books: at.answering, Directory: h.directory, Facts: h.directory, Levels: levels, Journal: h.journal, Reservations: held,
		Transfers: transfers.TransferFile{Of: moves},
	}, sheet.WithLog(log), sheet.WithNotice(h.garbage.whileImporting))
	h.keys = &relayKeys{Keys: h.directory, tenants: map[string]string{}}
	h.front, err = server.New(server.Rooms{
		Redis: at.redis,
		Books: at.answering, Directory: h.directory, Door: door, Facts: server.FactsOf(h.directory), Keys: h.keys, Sessions: &h.directory.Sessions,
		Levels: levels, Journal: h.journal, Reservations: held, Feed: h.feed, Ready: []server.Dependency{{Name: "books", Check: h.books.Serves}, {Name: "catalog", Check: h.directory.Ready}}, Transfers: moves, Campaigns: campaigns, Recalls: recalls, Cases: desk, Tills: tills, Late: granter, Online: at.online, Orders: orders, Search: index, Items: items, Figures: sums, Records: view.NewRecords(h.logs), Alerts: alerts, Fleet: newInstallation(h, c),
	}, slices.Concat(h.serverOptions(c, traces), at.options, []server.Option{server.WithFiles(tables)}, opts)...)
	return h, err
}

// notify reports a new record.
func (h *house) notify(p ledger.Position) {
	h.logs.Notify(p.Slot, p.Seq)
	if h.till != nil {
		h.till.Wake()
	}
}

// lagOf is how far a sink is behind, as the server shows it.
func (h *house) lagOf(ctx context.Context, tenant string, k *catalog.Sink) (time.Duration, bool) {
	return h.front.SinkLag(ctx, tenant, k)
}

// settingsOf are all settings of a receiver of notices, as the server keeps them.
func (h *house) settingsOf(r *catalog.AlertReceiver) (map[string]string, error) {
	return h.front.ReceiverSettings(r)
}

// run runs serve until ctx ends, and the tasks and duties of all slices until the last call
// under way has its answer. A task that cannot continue ends everything.
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
	for _, run := range append(slices.Clip(h.tasks), duty.New(h.log, h.duties...).Run) {
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

// onClose has what was opened closed before all that was opened earlier.
func (h *house) onClose(end func() error) { h.closing = append(h.closing, end) }

// Close closes what was opened, the last first.
func (h *house) Close() error {
	var errs []error
	for _, end := range slices.Backward(h.closing) {
		errs = append(errs, end())
	}
	h.closing = nil
	return errors.Join(errs...)
}

func wallTime() stock.Time { return stock.Time(time.Now().UnixMilli()) }
