package view

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// pinned is a copy of a slot for one read. It shows the state at floor or later, or returns
// an error. A copy that stays silent gives an error too.
type pinned struct {
	replica *replica
	seat    *seat
	slot    uint16
	floor   engine.Seq
}

var _ slotReader = (*pinned)(nil)

// ask runs fn on the copy. It does not wait for a silent copy: the call ends by itself, and
// the replica is left out.
func ask[T any](ctx context.Context, p *pinned, fn func(context.Context, *seat) (T, error)) (v T, err error) {
	within, cancel := context.WithTimeout(ctx, p.replica.patience())
	defer cancel()
	type answer struct {
		v   T
		err error
	}
	got := make(chan answer, 1)
	p.replica.under.Go(func() {
		v, err := fn(within, p.seat)
		got <- answer{v, err}
	})
	select {
	case a := <-got:
		v, err = a.v, a.err
	case <-within.Done():
		err = errSilent
	}
	switch {
	case err == nil || errors.Is(err, engine.ErrGone):
		return v, err
	case ctx.Err() != nil:
		return v, ctx.Err()
	}
	err = fmt.Errorf("replica %s, slot %d: %w", p.replica.Name, p.slot, err)
	p.replica.fail(err)
	return v, err
}

// checkHead checks the head that an answer was read at.
func (p *pinned) checkHead(head engine.Seq, err error) error {
	switch {
	case err != nil:
		return err
	case head < p.floor:
		return errReplaced
	}
	p.replica.saw(p.seat, head)
	return nil
}

// Load reads rows of the copy.
func (p *pinned) Load(ctx context.Context, w engine.Want) (*engine.Loaded, error) {
	return ask(ctx, p, func(ctx context.Context, s *seat) (*engine.Loaded, error) {
		l, err := s.engine.Load(ctx, w)
		if err != nil {
			return nil, err
		}
		return l, p.checkHead(l.Head, nil)
	})
}

// Read reads records of the copy.
func (p *pinned) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	return ask(ctx, p, func(ctx context.Context, s *seat) ([]engine.Record, error) { return s.engine.Read(ctx, after, limit) })
}

// Head reads the copy's head.
func (p *pinned) Head(ctx context.Context) (engine.Seq, error) {
	return ask(ctx, p, func(ctx context.Context, s *seat) (engine.Seq, error) {
		head, err := s.engine.Head(ctx)
		return head, p.checkHead(head, err)
	})
}

// ScanItems calls fn only when all rows have arrived: the copy may fall silent on the way,
// and then nobody waits for the rest.
func (p *pinned) ScanItems(ctx context.Context, scan engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	type rows struct {
		all  []*engine.ItemRow
		head engine.Seq
	}
	got, err := ask(ctx, p, func(ctx context.Context, s *seat) (r rows, err error) {
		r.head, err = s.engine.ScanItems(ctx, scan, func(row *engine.ItemRow) error {
			r.all = append(r.all, row)
			return nil
		})
		return r, p.checkHead(r.head, err)
	})
	if err != nil {
		return 0, err
	}
	for _, row := range got.all {
		if err := fn(row); err != nil {
			return 0, err
		}
	}
	return got.head, nil
}

// Buckets reads the copy's rows of buckets.
func (p *pinned) Buckets(ctx context.Context) ([]engine.BucketRow, engine.Seq, error) {
	type rows struct {
		all  []engine.BucketRow
		head engine.Seq
	}
	got, err := ask(ctx, p, func(ctx context.Context, s *seat) (r rows, err error) {
		r.all, r.head, err = s.engine.Buckets(ctx)
		return r, p.checkHead(r.head, err)
	})
	return got.all, got.head, err
}

// chronicle is a copy of a slot whose head is the end of its journal, so that nobody waits
// for a journal that others keep.
type chronicle struct {
	*pinned
	end engine.Seq
}

var _ journalReader = (*chronicle)(nil)

// chronicle reads how far the copy's journal goes.
func (p *pinned) chronicle(ctx context.Context) (*chronicle, error) {
	end, err := ask(ctx, p, func(ctx context.Context, s *seat) (engine.Seq, error) { return s.engine.JournalCursor(ctx) })
	return &chronicle{p, end}, err
}

// Head is the end of the journal.
func (c *chronicle) Head(context.Context) (engine.Seq, error) { return c.end, nil }

// Buckets reads the copy's rows of buckets.
func (c *chronicle) Buckets(ctx context.Context) ([]engine.BucketRow, engine.Seq, error) {
	rows, _, err := c.pinned.Buckets(ctx)
	return rows, c.end, err
}

// JournalCursor is the end of the journal when the chronicle was opened.
func (c *chronicle) JournalCursor(context.Context) (engine.Seq, error) { return c.end, nil }

// AddJournal refuses.
func (c *chronicle) AddJournal(context.Context, engine.Seq, engine.Seq, []engine.JournalRow) error {
	return errNoWrites
}

// JournalSeqs reads the copy's journal.
func (c *chronicle) JournalSeqs(ctx context.Context, item stock.ItemKey, before engine.Seq, limit int) ([]engine.Seq, error) {
	return ask(ctx, c.pinned, func(ctx context.Context, s *seat) ([]engine.Seq, error) {
		return s.engine.JournalSeqs(ctx, item, before, limit)
	})
}
