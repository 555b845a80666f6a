package view

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// Replica is a copy of a database that its server keeps in step: a streaming
// standby, a replica of the binary log.
type Replica struct {
	// Name is its name in the log.
	Name string
	// Slots are the slots that it has a copy of.
	Slots []uint16
	// Open connects to it: an engine for each of Slots, in their order. They
	// must write nothing. end closes them all.
	Open func(ctx context.Context) (slots []engine.Engine, end func() error, err error)
}

// Where says where items are.
type Where interface {
	// SlotOf is the slot that an item is in.
	SlotOf(ctx context.Context, k stock.ItemKey) (uint16, error)
	// Slot is the slot that a bucket lives in.
	Slot(b stock.Bucket) uint16
	// Map is the version of the map that SlotOf uses, and the number of its slots.
	Map() (version int64, slots int)
	// Since is the record that a copy of the slot must have. Without it the copy lacks a
	// bucket that lives there by the map.
	Since(slot uint16) engine.Seq
}

// oneSlot is where items are when there is one slot: all in that.
type oneSlot struct{}

func (oneSlot) SlotOf(context.Context, stock.ItemKey) (uint16, error) { return 0, nil }
func (oneSlot) Slot(stock.Bucket) uint16                              { return 0 }
func (oneSlot) Map() (version int64, slots int)                       { return 0, 1 }
func (oneSlot) Since(uint16) engine.Seq                               { return 0 }

// Replicas answers questions from replicas when the answer may be a little old. It never
// guesses how old an answer is. From time to time it asks each slot itself for its head. Once a
// replica has that record, it has everything that was acknowledged before the question. The
// time of the question is the answer's; it is no older than the bound.
//
// A replica that is behind, does not answer, or is no copy of its slot, is left out until a
// later look finds it in order. Every method returns false when no replica can answer: then
// the books have to. Decisions and strong reads must not use replicas.
type Replicas struct {
	bound   time.Duration
	history *feed.Histories
	where   Where
	log     *slog.Logger

	slots   []*origin // by number
	copies  []*replica
	decoded *decodedRecords
	turn    atomic.Uint64
	under   sync.WaitGroup // calls to replicas, also those nobody waits for any longer
}

// Bounds on how old an answer may be. By the contract it is 30 s at most, and the call
// itself takes time. While a slot is silent nobody knows what its replicas lack: then they
// answer up to MaxBound whatever their bound is.
const (
	DefaultBound = 5 * time.Second
	MaxBound     = 25 * time.Second
)

const (
	// looks is how often slots and replicas are looked at within the bound.
	looks = 5
)

// ReplicaOption changes what NewReplicas makes.
type ReplicaOption func(*Replicas)

// WithBound sets how old an answer may be. The default is DefaultBound. A fifth of it is
// how often slots and replicas are looked at, and how long a replica may take.
func WithBound(d time.Duration) ReplicaOption { return func(r *Replicas) { r.bound = d } }

// WithEpochs sets the epochs of the slots. The default is books that were never restored.
func WithEpochs(h *feed.Histories) ReplicaOption { return func(r *Replicas) { r.history = h } }

// NewReplicas returns the replicas of the slots, which are numbered in their
// order. Nothing is opened before Run. With one slot where is nil.
func NewReplicas(slots []engine.Engine, copies []Replica, where Where, log *slog.Logger, opts ...ReplicaOption) (*Replicas, error) {
	r := &Replicas{bound: DefaultBound, where: where, log: log, decoded: newDecodedRecords(decodedBytes)}
	if where == nil {
		r.where = oneSlot{}
	}
	for _, set := range opts {
		set(r)
	}
	for _, e := range slots {
		r.slots = append(r.slots, &origin{engine: e})
	}
	for _, c := range copies {
		one := &replica{Replicas: r, Replica: c}
		for _, slot := range c.Slots {
			if int(slot) >= len(slots) {
				return nil, fmt.Errorf("replica %s has slot %d, which does not exist", c.Name, slot)
			}
			r.slots[slot].copies = append(r.slots[slot].copies, one)
		}
		r.copies = append(r.copies, one)
	}
	return r, nil
}

// Run looks at slots and replicas until ctx ends, closes the replicas, and
// returns ctx's error.
func (r *Replicas) Run(ctx context.Context) error {
	var all errgroup.Group
	all.Go(func() error { // there may be nothing to look at
		<-ctx.Done()
		return ctx.Err()
	})
	for _, o := range r.slots {
		if len(o.copies) > 0 {
			all.Go(func() error { return r.often(ctx, o.look) })
		}
	}
	for _, c := range r.copies {
		all.Go(func() error {
			err := r.often(ctx, c.look)
			c.end()
			return err
		})
	}
	err := all.Wait()
	r.under.Wait()
	return err
}

// often calls look until ctx ends. It has the time of one look.
func (r *Replicas) often(ctx context.Context, look func(context.Context, *Replicas)) error {
	tick := time.NewTicker(r.bound / looks)
	defer tick.Stop()
	for {
		look(ctx, r)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// patience is how long a slot or a replica may take for an answer.
func (r *Replicas) patience() time.Duration { return r.bound / looks }

// Count returns how many replicas there are, and how many of them answer.
func (r *Replicas) Count() (all, serving int) {
	for _, c := range r.copies {
		if c.serves(time.Now()) {
			serving++
		}
	}
	return len(r.copies), serving
}

// layout is the version of the map and whether it has the slots known here.
func (r *Replicas) layout() (version int64, ok bool) {
	version, slots := r.where.Map()
	return version, slots == len(r.slots)
}
