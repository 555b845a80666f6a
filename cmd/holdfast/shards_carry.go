package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/progress"
	"holdfast.dev/holdfast/internal/stock"
)

// carrier moves buckets to their slots, some at a time. Buckets that only wait until their
// stale rows may be dropped do not count.
type carrier struct {
	laidOut  *laidOut
	books    *ledger.Ledger
	moves    *moves
	options  []move.Option
	progress progress.Progress
	byRow    bool // progress is in rows, total of them, not in buckets
	total    int
	turns    chan struct{}
	all      int // buckets
	keep     time.Duration
	// further are the buckets that continue from their new slot, but only after their
	// stale rows in the old slot are dropped.
	further map[stock.Bucket]bool

	mu      sync.Mutex
	arrived int
	rows    int
	pause   time.Duration // the longest
}

// carryAll carries out the transfers and reports the outcome. The further ones
// come after them.
func (c *moveConfig) carryAll(ctx context.Context, b *laidOut, all, further []catalog.Transfer) (err error) {
	books, end, err := b.runBooks(ctx, c.errOut)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	w := &carrier{
		laidOut: b, books: books, moves: newMoves(b.directory), progress: progress.On(c.errOut), turns: make(chan struct{}, c.parallel),
		options: []move.Option{move.Rate((c.rate + c.parallel - 1) / c.parallel)},
		all:     len(all), keep: c.keep, further: map[stock.Bucket]bool{},
	}
	for _, t := range further {
		w.further[t.Bucket] = true
	}
	if c.kept {
		w.options = append(w.options, move.Keep(c.keep))
	}
	name, total := "buckets moved", len(all)
	if len(all) == 1 {
		w.byRow = true
		if total, err = b.rowsOf(ctx, all[0]); err != nil {
			return err
		}
		w.total = total
		name = fmt.Sprintf("rows of bucket %d brought", all[0].Bucket)
	}
	begun := time.Now()
	w.progress.Begin(name, total, 0)
	err = w.run(ctx, all)
	w.progress.End()
	fmt.Fprintf(c.out, "%d of %d buckets moved, %d rows in %v; a bucket's writes waited for at most %v\n",
		w.arrived, len(all), w.rows, time.Since(begun).Round(10*time.Millisecond), w.pause.Round(time.Millisecond))
	if err != nil && ctx.Err() != nil {
		fmt.Fprintln(c.out, "stopped: the same command goes on; a server brings what is on its way to its end")
	}
	return err
}

// rowsOf counts the items and holds of a bucket in its present slot.
func (b *laidOut) rowsOf(ctx context.Context, t catalog.Transfer) (n int, err error) {
	if err := forEachRow(ctx, b.slotSet.kept[t.From], &t.Bucket, func(stock.Bucket) { n++ }); err != nil {
		return 0, fmt.Errorf("count the rows of bucket %d: %w", t.Bucket, err)
	}
	return n, nil
}

// run carries out all transfers. The first failure ends it; moves under way stay as they
// are.
func (w *carrier) run(ctx context.Context, all []catalog.Transfer) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, t := range all {
		select {
		case <-ctx.Done():
			return errors.Join(group.Wait(), context.Cause(ctx))
		case w.turns <- struct{}{}:
		}
		group.Go(func() error { return w.carry(ctx, t) })
	}
	return group.Wait()
}

// carry moves one bucket to its destination, or waits until another process that moves it has
// done so. It waits for a database that does not answer.
func (w *carrier) carry(ctx context.Context, t catalog.Transfer) error {
	p := passage{carrier: w, t: t}
	defer p.arrive()
	for begun := time.Now(); ; {
		rows := p.rows
		options := append([]move.Option{move.Report(p.tell)}, w.options...)
		err := w.books.MoveBucket(ctx, w.moves, t.Bucket, t.To, options...)
		if p.rows > rows {
			begun = time.Now()
		}
		switch {
		case err == nil:
			p.landed = true
			return nil
		case ctx.Err() != nil:
			return err
		case errors.Is(err, ledger.ErrUnderway), errors.Is(err, ledger.ErrOvertaken):
		case isUnreachable(err) && time.Since(begun) < awayFor:
		default:
			return err
		}
		there, waited := p.await(ctx)
		if waited != nil && (!isUnreachable(waited) || time.Since(begun) >= awayFor) {
			return errors.Join(err, waited)
		}
		if there {
			return nil
		}
	}
}

// awayFor is how long a database may be unreachable before a move is given up for now.
const awayFor = 2 * time.Minute

// isUnreachable reports whether the error is that of a database which does not answer.
func isUnreachable(err error) bool {
	return errors.Is(err, catalog.ErrUnavailable) || errors.Is(err, ledger.ErrBusy) || errors.Is(err, ledger.ErrUnknown)
}

// passage is the progress of one bucket, for the display.
type passage struct {
	*carrier
	t      catalog.Transfer
	rows   int
	landed bool
	over   bool
	heard  string // progress of another process that moves it, at the last check
}

// tell takes over the progress.
func (p *passage) tell(at ledger.Progress) {
	p.mu.Lock()
	if at.Rows > p.rows {
		if p.byRow { // repeated rows, and keys, were not counted before
			p.progress.Advance(min(at.Rows, p.total) - min(p.rows, p.total))
		}
		p.carrier.rows += at.Rows - p.rows
		p.rows = at.Rows
	}
	p.pause = max(p.pause, at.Pause)
	p.mu.Unlock()
	if p.laidOut.directory.Slots.SlotOf(p.t.Bucket) == p.t.To {
		p.landed = true
		p.arrive()
	}
}

// arrive lets the next bucket start.
func (p *passage) arrive() {
	if p.over {
		return
	}
	p.over = true
	<-p.turns
	if !p.landed {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.arrived++
	if !p.byRow {
		p.progress.Advance(1)
	}
	if p.arrived == p.all {
		p.progress.Note(fmt.Sprintf("all live where they go; what is left where they were is dropped within %v (Ctrl-C leaves that to the servers)", p.keep))
	}
}

// awaitEvery is how often a move of another process is checked, and tried: the
// ledger decides when this process may continue it.
const awaitEvery = 500 * time.Millisecond

// await waits for a moment and checks whether another process has brought the bucket to its
// destination, there.
func (p *passage) await(ctx context.Context) (there bool, err error) {
	tick := time.NewTimer(awaitEvery)
	defer tick.Stop()
	select {
	case <-ctx.Done():
		return false, context.Cause(ctx)
	case <-tick.C:
	}
	on, err := p.currentMove(ctx, p.t.Bucket)
	if err != nil {
		return false, err
	}
	layout, err := p.laidOut.directory.Slots.FreshLayout(ctx)
	if err != nil {
		return false, err
	}
	if layout.Buckets[p.t.Bucket] == p.t.To {
		p.landed = true
		p.arrive()
	}
	if on != nil && on.To != p.t.To {
		return false, fmt.Errorf("bucket %d is on its way to slot %d", p.t.Bucket, on.To)
	}
	if on == nil || !p.landed || p.further[p.t.Bucket] {
		return p.landed && on == nil, nil
	}
	// The process that carries out the move drops the stale rows. If its progress
	// changes while we watch, another process is at work; if not, we continue the move.
	said := on.Step + on.Detail
	there = p.heard != "" && p.heard != said
	p.heard = said
	return there, nil
}

// currentMove is the move of the bucket, nil when there is none.
func (w *carrier) currentMove(ctx context.Context, b stock.Bucket) (*catalog.Move, error) {
	all, err := w.laidOut.directory.Moves.Moves(ctx)
	for i := range all {
		if all[i].Bucket == b {
			return &all[i], err
		}
	}
	return nil, err
}
