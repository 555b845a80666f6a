package feed

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
)

// parking keeps what is parked in memory.
type parking map[string]Parked

func (p parking) Park(_ context.Context, _ string, k Parked) error {
	p[k.Key] = k
	return nil
}

func (p parking) Parked(context.Context, string, uint16) ([]Parked, error) {
	return slices.Collect(maps.Values(p)), nil
}

func (p parking) Drop(_ context.Context, _ string, _ uint16, key string) error {
	delete(p, key)
	return nil
}

func TestWhatCannotBeTakenInIsParkedByItsKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := memory.New()
		defer e.Close()
		s := newScript(t, e)
		logs := NewLogs([]engine.Engine{e})
		kept, got, refused := parking{}, map[string][]engine.Seq{}, map[string]bool{}
		sink := func() *PerKey {
			return &PerKey{Name: "bus", Parking: kept, Key: func(e *Event) string { return e.Product }, Apply: func(_ context.Context, e *Event) error {
				if refused[e.Product] {
					return &ParkError{errors.New("no such topic")}
				}
				got[e.Product] = append(got[e.Product], e.ID.Seq)
				return nil
			}}
		}
		want := func(when string, tea, mug []engine.Seq) {
			t.Helper()
			if <-time.After(time.Second); !slices.Equal(got["tea"], tea) || !slices.Equal(got["mug"], mug) {
				t.Errorf("%s: tea %v, mug %v", when, got["tea"], got["mug"])
			}
		}
		bus := sink()
		stop := project(t, logs, bus.Projection())
		s.do(tea(), mug())
		want("at first", []engine.Seq{1}, []engine.Seq{1})
		refused["tea"] = true
		s.do(tea(), mug())
		s.do(mug())
		want("the others go on", []engine.Seq{1}, []engine.Seq{1, 2, 3})
		if k := kept["tea"]; len(kept) != 1 || k.First.Seq != 2 || k.Cause != "no such topic" {
			t.Errorf("parked is %v", kept)
		}
		stop()

		// A new projection knows what is parked, and keeps its order.
		bus = sink()
		defer project(t, logs, bus.Projection())()
		refused["tea"] = false
		s.do(tea(), mug())
		want("one behind what is parked", []engine.Seq{1}, []engine.Seq{1, 2, 3, 4})
		refused["tea"] = true
		if err := bus.Retry(t.Context(), logs.Each()[0], "tea"); err != nil || kept["tea"].First.Seq != 2 {
			t.Errorf("tried again too early: %v, %v", err, kept)
		}
		refused["tea"] = false
		if err := bus.Retry(t.Context(), logs.Each()[0], "tea"); err != nil || len(kept) != 0 {
			t.Errorf("tried again: %v, %v", err, kept)
		}
		s.do(tea())
		want("after all", []engine.Seq{1, 2, 4, 5}, []engine.Seq{1, 2, 3, 4})
	})
}
