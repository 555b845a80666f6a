package view

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// slotWait is how long one of several slots may take for a page. Without its answer there
// is no answer at all: a list must not be shorter because a database does not answer.
const slotWait = 10 * time.Second

// pages is the source of what one slot has, read page by page.
type pages[T any] struct {
	// read returns the next page, and whether there may be more behind it.
	read func(ctx context.Context) (page []T, more bool, err error)
	// ahead reads the next page while one is used.
	ahead bool
	// under counts the reads under way. Whichever function ends the context waits for them.
	under *sync.WaitGroup

	page   []T
	ended  bool
	coming chan fetched[T] // nil when nothing is under way
}

type fetched[T any] struct {
	page []T
	more bool
	err  error
}

func (p *pages[T]) next(ctx context.Context) (v T, ok bool, err error) {
	for len(p.page) == 0 {
		if p.ended {
			return v, false, nil
		}
		got := p.turn(ctx)
		if got.err != nil {
			return v, false, got.err
		}
		p.page, p.ended = got.page, !got.more
		if p.ahead && got.more {
			p.fetch(ctx)
		}
	}
	v, p.page = p.page[0], p.page[1:]
	return v, true, nil
}

// turn returns the next page.
func (p *pages[T]) turn(ctx context.Context) fetched[T] {
	if p.coming == nil {
		page, more, err := p.read(ctx)
		return fetched[T]{page, more, err}
	}
	got := <-p.coming
	p.coming = nil
	return got
}

// fetch begins to read the next page.
func (p *pages[T]) fetch(ctx context.Context) {
	coming := make(chan fetched[T], 1)
	p.coming = coming
	p.under.Go(func() {
		page, more, err := p.read(ctx)
		coming <- fetched[T]{page, more, err}
	})
}

// reader makes the read of a slot's pages. One of several slots has to answer in time, and
// the error names it when it fails.
func reader[T any](slot, slots int, read func(context.Context) ([]T, bool, error)) func(context.Context) ([]T, bool, error) {
	if slots == 1 {
		return read
	}
	return func(ctx context.Context) ([]T, bool, error) {
		ctx, cancel := context.WithTimeout(ctx, slotWait)
		defer cancel()
		page, more, err := read(ctx)
		if err != nil {
			err = fmt.Errorf("slot %d: %w", slot, err)
		}
		return page, more, err
	}
}

// streams returns what several slots give. Their first pages are read concurrently; ahead
// keeps them reading. The caller ends ctx and waits for under.
func streams[T any](
	ctx context.Context, under *sync.WaitGroup, slots int, ahead bool, read func(slot int) func(context.Context) ([]T, bool, error),
) []*pages[T] {
	all := make([]*pages[T], slots)
	for slot := range all {
		all[slot] = &pages[T]{read: reader(slot, slots, read(slot)), ahead: ahead && slots > 1, under: under}
		if slots > 1 {
			all[slot].fetch(ctx)
		}
	}
	return all
}
