package view

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// slots are the slots of a test, each with its one writer.
type slots []*script

// newSlots opens n of them; their clocks are some seconds apart.
func newSlots(t testing.TB, n int, open func(testing.TB) engine.Engine) slots {
	t.Helper()
	var all slots
	for i := range n {
		s := newScript(t, open(t))
		s.now += stock.Time(i % 3 * 2500)
		all = append(all, s)
	}
	return all
}

func inMemory(testing.TB) engine.Engine { return memory.New() }

func (all slots) engines() []engine.Engine {
	var es []engine.Engine
	for _, s := range all {
		es = append(es, s.eng)
	}
	return es
}

func (all slots) close() {
	for _, s := range all {
		_ = s.eng.Close()
	}
}

// of is the slot where a location lives.
func (all slots) of(location string) *script { return all[int(location[0])%len(all)] }

func (all slots) journal(opts ...Option) *Journal {
	return NewJournal(feed.NewLogs(all.engines()), slog.New(slog.DiscardHandler), opts...)
}

func (all slots) levels() *Levels { return NewLevels(all.engines(), func() stock.Time { return 42 }) }

// naive is the journal of all slots in one place, newest first.
func (all slots) naive(t testing.TB, q EntryQuery) []Entry {
	t.Helper()
	type located struct {
		slot int
		Entry
	}
	var entries []located
	for slot, s := range all {
		for _, e := range naiveOf(t, slot, s.eng, q) {
			entries = append(entries, located{slot, e})
		}
	}
	slices.SortStableFunc(entries, func(a, b located) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.slot, a.slot))
	})
	var out []Entry
	for _, e := range entries {
		out = append(out, e.Entry)
	}
	return out
}

// halting is an engine that does not answer while it is halted.
type halting struct {
	*memory.Engine
	how atomic.Int32
}

const (
	answers = iota
	fails
	hangs
)

var errAway = errors.New("the database is away")

func (h *halting) halt(ctx context.Context) error {
	switch h.how.Load() {
	case fails:
		return errAway
	case hangs:
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (h *halting) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	if err := h.halt(ctx); err != nil {
		return 0, err
	}
	return h.Engine.ScanItems(ctx, s, fn)
}

func (h *halting) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	if err := h.halt(ctx); err != nil {
		return nil, err
	}
	return h.Engine.Read(ctx, after, limit)
}

func itemName(k stock.ItemKey) string { return fmt.Sprintf("%s@%s", k.Product, k.Location) }
