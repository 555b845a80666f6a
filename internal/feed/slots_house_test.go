package feed

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
)

// slots are engines with a writer each.
type slots struct {
	engines []engine.Engine
	scripts []*script
}

func manySlots(t testing.TB, n int) *slots {
	all := &slots{}
	for range n {
		all.add(t, memory.New())
	}
	return all
}

func (all *slots) add(t testing.TB, e engine.Engine) *script {
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	s := newScript(t, e)
	all.engines, all.scripts = append(all.engines, e), append(all.scripts, s)
	return s
}

// run runs a tail of the slots, a process of its own, until stop is called.
func (all *slots) run(t testing.TB, opts ...Option) (tail *Tail, stop func()) {
	t.Helper()
	tail = NewTail(NewLogs(all.engines), slog.New(slog.DiscardHandler), opts...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- tail.Run(ctx) }()
	return tail, sync.OnceFunc(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the tail ended with %v", err)
		}
	})
}

// bySlot sorts ids into the logs they are of.
func bySlot(ids []string) map[uint16][]string {
	logs := map[uint16][]string{}
	for _, id := range ids {
		c, err := ParseCursor(id)
		if err != nil {
			panic(err)
		}
		logs[c.Slot] = append(logs[c.Slot], id)
	}
	return logs
}

// want is what a watcher of the filter receives, by slot: what watchers of each slot alone
// receive.
func (all *slots) want(t *testing.T, f Filter) map[uint16][]string {
	t.Helper()
	logs := map[uint16][]string{}
	for slot, e := range all.engines {
		for after := engine.Seq(0); ; {
			records, err := e.Read(t.Context(), after, 100)
			if err != nil {
				t.Fatal(err)
			}
			if len(records) == 0 {
				break
			}
			for i := range records {
				rec, err := ReadRecord(uint16(slot), nil, &records[i])
				if err != nil {
					t.Fatal(err)
				}
				events, err := rec.readEvents()
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range events {
					if f.wants(e) {
						logs[uint16(slot)] = append(logs[uint16(slot)], e.ID.String())
					}
				}
			}
			after = records[len(records)-1].Seq
		}
	}
	return logs
}

func sameLogs(a, b map[uint16][]string) bool {
	if len(a) != len(b) {
		return false
	}
	for slot, ids := range a {
		if !slices.Equal(ids, b[slot]) {
			return false
		}
	}
	return true
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// atEnd reports whether the watcher has read all there is, of six slots.
func atEnd(ctx context.Context, w *Watch) bool {
	strands := w.listStrands()
	for _, s := range strands {
		head, err := s.log.Engine.Head(ctx)
		if err != nil || s.at.Seq < head {
			return false
		}
	}
	return len(strands) == 6
}
