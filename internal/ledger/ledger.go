package ledger

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/ledger/slot"
)

// Ledger is the books of one node. It is safe for concurrent use while Run runs.
type Ledger struct {
	*strongReader
	seeker      *seeker
	coordinator *coordinator
	legs        *legs
	moving      *move.Slots
}

// Open recovers the slot kept by eng: it checks the newest records and
// remembers what is open. A damaged log is an error that is engine.ErrBroken.
func Open(ctx context.Context, eng engine.Engine, opts ...Option) (*Ledger, error) {
	return OpenSlots(ctx, []engine.Engine{eng}, opts...)
}

// OpenSlots is Open for books in several slots, by number. The Atlas (WithAtlas)
// says which bucket lives in which slot.
func OpenSlots(ctx context.Context, engines []engine.Engine, opts ...Option) (*Ledger, error) {
	o := options{Options: slot.Defaults()}
	for _, set := range opts {
		set(&o)
	}
	if o.atlas == nil {
		o.atlas = Evenly(len(engines))
	}
	o.Items, o.Orders = max(o.Items/len(engines), leastMemory), max(o.Orders/len(engines), leastMemory)
	at := &routes{o: o, slots: make([]*slot.Slot, len(engines)), atlas: o.atlas}
	reader := &strongReader{at}
	legs := &legs{routes: at, asking: make([]sync.Mutex, len(engines))}
	l := &Ledger{strongReader: reader, seeker: &seeker{reader, legs}, coordinator: &coordinator{reader, legs}, legs: legs}
	all, ctx := errgroup.WithContext(ctx)
	for i, eng := range engines {
		all.Go(func() error {
			ctx := ctx
			if len(engines) > 1 {
				ctx = o.Apart(ctx, "", i)
			}
			s, err := slot.Open(ctx, uint16(i), eng, o.Options)
			l.slots[i] = s
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	slot.Connect(l.slots)
	for _, s := range l.slots {
		l.legs.deliveries = append(l.legs.deliveries, newDelivery(l.legs, s))
	}
	l.moving = move.NewSlots(l.slots, o.atlas, &o.Options, l.legs.carryOrder)
	return l, nil
}

// leastMemory is room for all that one group can touch.
const leastMemory = 16_384

// Run commits and sweeps until ctx ends, finishes what was accepted by then,
// and returns nil; the error of a slot that had to stop otherwise.
func (l *Ledger) Run(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	for _, s := range l.slots {
		ctx := ctx
		if len(l.slots) > 1 {
			ctx = s.Apart(ctx)
		}
		all.Go(func() error { return s.Run(ctx) })
	}
	if len(l.slots) > 1 {
		all.Go(slot.Task(ctx, "ask", l.legs.askHomes))
	}
	return all.Wait()
}

// Submit carries out the requests and returns their results in the same order. Each
// request is carried out by itself; those that touch the same item or order are
// carried out in the order given: when one of them has no outcome, the later ones are
// not carried out (ErrHeldBack). Submit returns when all are durable, refused or
// known not to have happened, or when ctx ends: then results that are not known yet
// have ErrUnknown.
func (l *Ledger) Submit(ctx context.Context, requests ...Request) []slot.Result {
	if len(l.slots) == 1 { // from which nothing can move
		return l.slots[0].Submit(ctx, requests)
	}
	var open unanswered
	results := l.dispatch(ctx, slices.Clone(requests), nil, &open)
	l.settleMoves(ctx, requests, results, &open)
	l.legs.resendOutcomes(ctx, results)
	return results
}

// Accept carries out a group that another node has forwarded on this node, wherever
// the home is. Otherwise it does the same as Submit.
func (l *Ledger) Accept(ctx context.Context, f *slot.Forwarded) []slot.Result {
	if int(f.Slot) < len(l.slots) {
		return l.slots[f.Slot].Accept(ctx, f)
	}
	results := make([]slot.Result, len(f.Requests))
	for i := range results {
		results[i].Err = slot.ErrOvertaken
	}
	return results
}
