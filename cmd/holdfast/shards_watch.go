package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// slotWatch warns the operator when the layout has slots that this server has not opened. It
// also tells the catalog which slots this server has. So no bucket moves to a slot that a
// server does not have.
type slotWatch struct {
	directory *catalog.Catalog
	self      catalog.Node
	facts     func() catalog.NodeFacts
	// says reports whether this server sends heartbeats itself; a server with a node sends them
	// through the node.
	says bool
	log  *slog.Logger
}

const (
	// watchEvery is how often the layout is checked, in memory.
	watchEvery = time.Second
	// watchWait bounds one message to the main database.
	watchWait = 2 * time.Second
)

// newSlotWatch watches for a server with that many slots open. A server that is alone on a
// file sends no heartbeats.
func newSlotWatch(directory *catalog.Catalog, c booksConfig, s *slotSet, isNode bool, facts func() catalog.NodeFacts, log *slog.Logger) *slotWatch {
	var id [8]byte
	rand.Read(id[:]) // it never fails
	return &slotWatch{
		directory: directory, facts: facts, log: log, says: !isNode && (s.layout != nil || isOnServer(c.db)),
		self: catalog.Node{ID: hex.EncodeToString(id[:]), Slots: len(s.kept), Started: time.Now().Truncate(time.Millisecond)},
	}
}

// run watches until ctx ends.
func (w *slotWatch) run(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	warned, failing := 0, false
	for {
		if layout, err := w.directory.Slots.Layout(ctx); err == nil && len(layout.Slots) > max(w.self.Slots, warned) {
			warned = len(layout.Slots)
			w.log.WarnContext(ctx, "the layout has slots that this server does not know: restart it with all of --"+databasesFlag,
				"slots", len(layout.Slots), "known", w.self.Slots)
		}
		if w.says {
			err := w.beat(ctx)
			if err != nil && ctx.Err() == nil && !failing {
				w.log.WarnContext(ctx, "the main database was not told that this server is there", "err", err)
			}
			failing = err != nil
		}
		select {
		case <-ctx.Done():
			return w.leave(ctx)
		case <-tick.C:
		}
	}
}

func (w *slotWatch) beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, watchWait)
	defer cancel()
	self := w.self
	self.Facts = w.facts()
	return w.directory.Nodes.Beat(ctx, self)
}

// leave reports that the server is gone, so that no process waits for it.
func (w *slotWatch) leave(ctx context.Context) error {
	if !w.says {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), watchWait)
	defer cancel()
	if err := w.directory.Nodes.Leave(ctx, w.self.ID); err != nil {
		w.log.WarnContext(ctx, "the main database was not told of the stop", "err", err)
	}
	return nil
}
