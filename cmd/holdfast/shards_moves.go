package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// moves keeps the ledger's moves in the catalog.
type moves struct {
	directory *catalog.Catalog

	mu sync.Mutex
	// at has each move as this process last wrote it or took it over.
	at map[stock.Bucket]catalog.Move
}

func newMoves(directory *catalog.Catalog) *moves {
	return &moves{directory: directory, at: map[stock.Bucket]catalog.Move{}}
}

var _ ledger.Moves = (*moves)(nil)

// Start stores a move, if every server knows its destination slot.
func (m *moves) Start(ctx context.Context, r ledger.Relocation) (ledger.Relocation, error) {
	known := m.knowSlot(ctx, r.To)
	var on catalog.Move
	err := known
	if err == nil {
		on, err = m.directory.Moves.StartMove(ctx, moveOf(r))
	} else if !errors.Is(err, catalog.ErrUnavailable) {
		// A move that is under way continues.
		var all []catalog.Move
		if all, err = m.directory.Moves.Moves(ctx); err == nil {
			err = known
			for i := range all {
				if all[i].Bucket == r.Bucket {
					on, err = all[i], nil
				}
			}
		}
	}
	if err != nil && !errors.Is(err, catalog.ErrMoving) {
		return ledger.Relocation{}, err
	}
	return m.note(on), nil
}

// Step brings a move to its next step.
func (m *moves) Step(ctx context.Context, was, next ledger.Relocation) (ledger.Relocation, error) {
	on, err := m.directory.Moves.StepMove(ctx, moveOf(was), next.Step, next.Detail)
	if err != nil {
		return ledger.Relocation{}, overtaken(err)
	}
	return m.note(on), nil
}

// End deletes a move, unless another process has taken it over.
func (m *moves) End(ctx context.Context, b stock.Bucket) error {
	m.mu.Lock()
	was, known := m.at[b]
	m.mu.Unlock()
	if !known {
		return fmt.Errorf("end the move of bucket %d: it was not begun here: %w", b, ledger.ErrOvertaken)
	}
	return overtaken(m.directory.Moves.EndMove(ctx, was))
}

// List returns the moves under way.
func (m *moves) List(ctx context.Context) ([]ledger.Relocation, error) {
	on, err := m.directory.Moves.Moves(ctx)
	all := make([]ledger.Relocation, len(on))
	for i := range on {
		all[i] = relocation(on[i])
	}
	return all, err
}

// placeTries bounds how often other changes of the map may overtake Place: each time one of
// the parallel movers was quicker.
const placeTries = 4 * stock.Buckets

// Place changes the map.
func (m *moves) Place(ctx context.Context, b stock.Bucket, to uint16, since engine.Seq) error {
	layout, err := m.directory.Slots.Layout(ctx)
	for range placeTries {
		if err != nil && !errors.Is(err, catalog.ErrStale) {
			return err
		}
		if layout, err = m.directory.Slots.MoveBucket(ctx, layout.Version, b, to, uint64(since)); err == nil {
			return nil
		}
	}
	return err
}

// note stores a move as it is now in memory.
func (m *moves) note(on catalog.Move) ledger.Relocation {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at[on.Bucket] = on
	return relocation(on)
}

// aliveWithin is how long a server may still be there after it was last seen.
const aliveWithin = 5 * time.Second

// knowSlot refuses a slot that a server does not know: that server could not serve the items
// in it.
func (m *moves) knowSlot(ctx context.Context, slot uint16) error {
	nodes, err := m.directory.Nodes.Serving(ctx, aliveWithin)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		if n.Slots <= int(slot) {
			return &unawareError{node: n, slot: slot}
		}
	}
	return nil
}

// unawareError names a server that has not opened a slot.
type unawareError struct {
	node catalog.Node
	slot uint16
}

func (e *unawareError) Error() string {
	return fmt.Sprintf("the server %s, started %s, knows no slot %d: restart it with all of --%s, then try again",
		cmp.Or(e.node.Address, e.node.ID), keyTime(e.node.Started), e.slot, databasesFlag)
}

func overtaken(err error) error {
	if errors.Is(err, catalog.ErrStale) {
		return fmt.Errorf("%w: %w", ledger.ErrOvertaken, err)
	}
	return err
}

func moveOf(r ledger.Relocation) catalog.Move {
	return catalog.Move{Bucket: r.Bucket, From: r.From, To: r.To, Step: r.Step, Detail: r.Detail}
}

func relocation(m catalog.Move) ledger.Relocation {
	return ledger.Relocation{Bucket: m.Bucket, From: m.From, To: m.To, Step: m.Step, Detail: m.Detail, At: m.At}
}
