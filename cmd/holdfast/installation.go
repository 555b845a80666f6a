package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/fleet"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// installation describes the servers and databases of the installation, as this server knows them.
type installation struct {
	*house
	books booksConfig
	// examining admits one examination at a time.
	examining chan struct{}
}

func newInstallation(h *house, c booksConfig) *installation {
	return &installation{house: h, books: c, examining: make(chan struct{}, 1)}
}

var _ fleet.Fleet = (*installation)(nil)

const (
	// listedFor is how long a server stays in the list after it was last seen.
	listedFor = time.Hour
	// headWait is how long a slot may take to return its newest record.
	headWait = 2 * time.Second
)

// Self is this server's node id.
func (i *installation) Self() string { return i.self().ID }

// self is this server among the others.
func (h *house) self() catalog.Node {
	n := h.watch.self
	if h.node != nil {
		n = h.node.Self()
	}
	n.Seen, n.Facts = time.Now(), h.facts()
	return n
}

// serving are the servers that serve now, including this one.
func (h *house) serving(ctx context.Context) ([]catalog.Node, error) {
	all, err := h.directory.Nodes.Serving(ctx, aliveWithin)
	if err != nil {
		return nil, err
	}
	return withNode(all, h.self()), nil
}

// withNode is a list with the node in place of its entry in the list.
func withNode(all []catalog.Node, n catalog.Node) []catalog.Node {
	at, found := slices.BinarySearchFunc(all, n.ID, func(n catalog.Node, id string) int { return cmp.Compare(n.ID, id) })
	if found {
		all[at] = n
		return all
	}
	return slices.Insert(all, at, n)
}

// Nodes are all servers that were seen within an hour.
func (i *installation) Nodes(ctx context.Context) ([]fleet.Node, error) {
	now, err := i.serving(ctx)
	if err != nil {
		return nil, err
	}
	all, err := i.directory.Nodes.Serving(ctx, listedFor)
	if err != nil {
		return nil, err
	}
	for _, n := range now {
		all = withNode(all, n)
	}
	nodes := make([]fleet.Node, len(all))
	for k, n := range all {
		_, serving := slices.BinarySearchFunc(now, n.ID, func(n catalog.Node, id string) int { return cmp.Compare(n.ID, id) })
		nodes[k] = fleet.Node{Node: n, Serving: serving}
		for slot := range i.slotSet.kept {
			if serving && i.home(uint16(slot), len(now)) == n.ID {
				nodes[k].Home = append(nodes[k].Home, uint16(slot))
			}
		}
	}
	return nodes, nil
}

// home is the node that is home of a slot, "": each of several servers writes by itself.
func (i *installation) home(slot uint16, serving int) string {
	switch {
	case i.node != nil:
		id, _ := i.node.Home(slot)
		return id
	case serving == 1:
		return i.watch.self.ID
	}
	return ""
}

// Slots are all slots of the layout.
func (i *installation) Slots(ctx context.Context) ([]fleet.Slot, error) {
	serving, err := i.serving(ctx)
	if err != nil {
		return nil, err
	}
	layout := catalog.Layout{Slots: []catalog.SlotPlace{catalog.SlotPlace(i.slotSet.places[0])}}
	if is, err := i.directory.Slots.Layout(ctx); err == nil {
		layout = is
	} else if !errors.Is(err, catalog.ErrNoLayout) {
		return nil, err
	}
	slots := make([]fleet.Slot, len(layout.Slots))
	for k, p := range layout.Slots {
		slots[k] = fleet.Slot{SlotPlace: p, Home: i.home(p.Number, len(serving))}
		if dsn, err := i.books.dsn(p.Database); err == nil {
			slots[k].Kind = kindOf(dsn)
		}
	}
	for b, slot := range layout.Buckets {
		slots[slot].Buckets = append(slots[slot].Buckets, stock.Bucket(b))
	}
	i.readHeads(ctx, slots)
	return slots, nil
}

// readHeads reads the newest record of each slot that this server has open and that answers.
func (i *installation) readHeads(ctx context.Context, slots []fleet.Slot) {
	ctx, cancel := context.WithTimeout(ctx, headWait)
	defer cancel()
	var all sync.WaitGroup
	for k := range slots[:min(len(slots), len(i.slotSet.kept))] {
		all.Go(func() {
			if head, err := i.slotSet.kept[k].Head(ctx); err == nil {
				slots[k].Head = &head
			}
		})
	}
	all.Wait()
}

// Moves are the buckets that are being moved.
func (i *installation) Moves(ctx context.Context) ([]catalog.Move, error) {
	return i.directory.Moves.Moves(ctx)
}

// Replicas are those that this server reads.
func (i *installation) Replicas() []view.ReplicaState { return i.replicas.States() }

// Tenants returns at most that many tenants, those after the id.
func (i *installation) Tenants(ctx context.Context, after string, limit int) ([]catalog.ListedTenant, error) {
	return i.directory.Tenants(ctx, after, limit)
}
