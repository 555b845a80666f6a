package main

import (
	"context"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/observed"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	counts "holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/view"
)

// openBooks opens the books and the ways to them, each step on those before it.
func (h *house) openBooks(ctx context.Context, c booksConfig, peers *fleetPort, traces trace.TracerProvider) (*counters, error) {
	if err := h.openStores(ctx, c); err != nil {
		return nil, err
	}
	books, err := h.openLedger(ctx, c, peers, traces)
	if err != nil {
		return nil, err
	}
	at, err := h.openCounters(ctx, c, books)
	if err != nil {
		return nil, err
	}
	h.replicas, err = c.openReplicas(h.slotSet, h.engines, h.directory, h.histories, h.registry, h.log)
	return at, err
}

// openStores opens the catalog and the slots, and looks for lost records before anything
// reads them.
func (h *house) openStores(ctx context.Context, c booksConfig) (err error) {
	if h.directory, err = catalog.Open(ctx, c.db, catalog.WithLogger(h.log)); err != nil {
		return err
	}
	h.onClose(h.directory.Close)
	if h.slotSet, err = openSlotSet(ctx, c, h.directory, true); err != nil {
		return err
	}
	h.onClose(h.slotSet.Close)
	check := &lossCheck{directory: h.directory, slotSet: h.slotSet, witness: h.witness, mode: c.lostMode(h.slotSet.layout != nil), log: h.log}
	if err := check.checkAtStart(ctx); err != nil {
		return err
	}
	check.checkTakeOver()
	h.histories = feed.NewHistories(&h.directory.Epochs)
	h.registry, err = newRegistry()
	return err
}

// openLedger opens the ledger over the slots, and the readers of their logs, which hear of its
// records.
func (h *house) openLedger(ctx context.Context, c booksConfig, peers *fleetPort, traces trace.TracerProvider) (*counts.Ledger, error) {
	counted, err := counts.New(h.registry)
	if err != nil {
		return nil, err
	}
	var traced []observed.Option
	kept := []ledger.Option{ledger.WithLog(h.log), ledger.WithObserver(counted), ledger.WithNotify(h.notify)}
	if traces != nil {
		traced, kept = append(traced, observed.WithTraces(traces)), append(kept, ledger.WithTraces(traces))
	}
	if err := h.observe(traced); err != nil {
		return nil, err
	}
	h.logs = feed.NewLogs(h.engines, feed.WithHistories(h.histories))
	h.journal, h.feed = view.NewJournal(h.logs, h.log), feed.NewTail(h.logs, h.log)
	kept = append(kept, ledger.WithStored(h.logs.Stored))
	if peers != nil {
		if h.node, err = peers.join(h.directory, len(h.slotSet.kept), h.facts, h.log); err != nil {
			return nil, err
		}
		kept = append(kept, ledger.WithPeers(h.node))
	}
	h.watch = newSlotWatch(h.directory, c, h.slotSet, peers != nil, h.facts, h.log)
	if h.slotSet.layout != nil {
		kept = append(kept, ledger.WithAtlas(atlas{h.directory}))
	}
	if h.books, err = ledger.OpenSlots(ctx, h.engines, kept...); err != nil {
		return nil, err
	}
	h.heads = &headWatch{
		directory: h.directory, engines: h.engines, kept: h.slotSet.kept, seen: h.books.Trail, several: h.slotSet.layout != nil,
		witness: h.witness, log: h.log,
	}
	h.onClose(h.keepSightings)
	return counted.Of(h.books)
}

// booksSlices are what keeps the books: it runs in every house.
func (h *house) booksSlices() []slice {
	books := slice{name: "books", run: []func(context.Context) error{h.books.Run, h.directory.Run, h.replicas.Run, h.watch.run, h.disk.run, h.heads.run}}
	books.metrics = func(r prometheus.Registerer) error { return countLosses(r, h.witness, len(h.engines)) }
	for _, state := range h.states {
		books.run = append(books.run, state.Run)
	}
	if h.slotSet.layout != nil {
		books.run = append(books.run, func(ctx context.Context) error { return takeOver(ctx, h.books, newMoves(h.directory), h.log) })
	}
	return []slice{
		books,
		{name: "delivery", project: func(r *feed.Runner, logs *feed.Logs) {
			feed.ProjectEntries(r, logs, ledger.DeliveryName, ledger.DeliveryPace, h.books.Deliveries())
		}},
		{name: "feed", metrics: h.logs.Register, run: []func(context.Context) error{h.feed.Run}},
		{name: "journal", metrics: h.journal.Register, run: []func(context.Context) error{h.journal.Run}},
	}
}

// observe counts events in the slots. With several slots each has its number as a
// label.
func (h *house) observe(traced []observed.Option) error {
	h.engines = make([]engine.Engine, len(h.slotSet.engines))
	for i, eng := range h.slotSet.engines {
		reg := prometheus.Registerer(h.registry)
		if len(h.engines) > 1 {
			reg = prometheus.WrapRegistererWith(prometheus.Labels{"slot": strconv.Itoa(i)}, reg)
		}
		var err error
		if h.engines[i], err = observed.New(eng, reg, traced...); err != nil {
			return err
		}
		state, err := observed.NewState(h.engines[i], reg)
		if err != nil {
			return err
		}
		h.states = append(h.states, state)
	}
	return nil
}

// keepSightings stores which records of the logs were seen.
func (h *house) keepSightings() error {
	for slot, eng := range h.slotSet.kept {
		if isServer(eng) {
			h.witness.note(uint16(slot), h.heads.sightings(uint16(slot), h.books.Trail(uint16(slot))))
		}
	}
	return h.heads.keep()
}
