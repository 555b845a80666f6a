package catalog

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestAMoveIsGoneOnWithByAnotherProcess(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		at := newClock()
		dsn := in.open(t)
		a, b := open(t, dsn, WithClock(at.Now)), open(t, dsn, WithClock(at.Now))
		if _, err := a.Moves.StartMove(t.Context(), Move{Bucket: 5, From: 1, To: 0, Step: "copy"}); !errors.Is(err, ErrNoLayout) {
			t.Errorf("before there is a map: %v", err)
		}
		mustLayOut(t, a, "db0", "db1")
		started, err := a.Moves.StartMove(t.Context(), Move{Bucket: 5, From: 1, To: 0, Step: "copy", Detail: `{"rows":0}`})
		if err != nil || !started.Started.Equal(at.Now()) {
			t.Fatalf("started: %+v, %v", started, err)
		}
		at.advance(time.Second)
		last, err := a.Moves.StepMove(t.Context(), started, "catch up", `{"seq":7,"name":"库存"}`)
		if err != nil {
			t.Fatal(err)
		}
		want := Move{Bucket: 5, From: 1, To: 0, Step: "catch up", Detail: `{"seq":7,"name":"库存"}`, Started: started.Started, At: at.Now().UTC()}
		if moves, err := b.Moves.Moves(t.Context()); err != nil || len(moves) != 1 || moves[0] != want {
			t.Errorf("another process sees %+v, %v; want %+v", moves, err, want)
		}
		if on, err := b.Moves.StartMove(t.Context(), Move{Bucket: 5, From: 1, To: 0, Step: "copy"}); !errors.Is(err, ErrMoving) || on != want {
			t.Errorf("starting it again: %+v, %v", on, err)
		}
		at.advance(time.Second)
		want.At = at.Now().UTC()
		if got, err := a.Moves.StepMove(t.Context(), last, last.Step, last.Detail); err != nil || got != want {
			t.Errorf("a word of who is at work: %+v, %v; want %+v", got, err, want)
		}
		sealed, err := b.Moves.StepMove(t.Context(), want, "sealed", "")
		if err != nil || sealed.Step != "sealed" || sealed.Detail != "" {
			t.Errorf("the next step: %+v, %v", sealed, err)
		}
		if got, err := b.Moves.StepMove(t.Context(), want, "sealed", ""); err != nil || got.Step != "sealed" {
			t.Errorf("the same step again: %+v, %v", got, err)
		}
		if got, err := a.Moves.StepMove(t.Context(), last, "opened", ""); !errors.Is(err, ErrStale) || got.Step != "sealed" {
			t.Errorf("a step by who was overtaken: %+v, %v", got, err)
		}
		if err := a.Moves.EndMove(t.Context(), last); !errors.Is(err, ErrStale) {
			t.Errorf("an end by who was overtaken: %v", err)
		}
		for range 2 {
			if err := a.Moves.EndMove(t.Context(), sealed); err != nil {
				t.Error(err)
			}
		}
		if _, err := a.Moves.StepMove(t.Context(), sealed, "opened", ""); !errors.Is(err, ErrStale) {
			t.Errorf("a step of a move that ended: %v", err)
		}
		if moves, err := b.Moves.Moves(t.Context()); err != nil || len(moves) != 0 {
			t.Errorf("left: %+v, %v", moves, err)
		}
		if v := mustVerify(t, a); v.Head != 1 {
			t.Errorf("moves are in the log: %d entries", v.Head)
		}
	})
}

func TestMovesThatCannotBe(t *testing.T) {
	t.Parallel()
	c := open(t, fileWithCatalog(t))
	mustLayOut(t, c, "db0", "db1")
	for _, tc := range []struct {
		name string
		move Move
		want error
	}{
		{"a bucket that lives elsewhere", Move{Bucket: 1, From: 0, To: 1, Step: "copy"}, ErrStale},
		{"a slot that is nowhere", Move{Bucket: 1, From: 1, To: 2, Step: "copy"}, ErrUnknown},
		{"a bucket that is there", Move{Bucket: 1, From: 1, To: 1, Step: "copy"}, ErrInvalid},
		{"a bucket that cannot be", Move{Bucket: 1024, From: 0, To: 1, Step: "copy"}, ErrInvalid},
		{"no step", Move{Bucket: 1, From: 1, To: 0}, ErrInvalid},
		{"a detail that is no text", Move{Bucket: 1, From: 1, To: 0, Step: "copy", Detail: "\xff"}, ErrInvalid},
		{"a detail without an end", Move{Bucket: 1, From: 1, To: 0, Step: "copy", Detail: strings.Repeat("x", maxDetail+1)}, ErrInvalid},
	} {
		if _, err := c.Moves.StartMove(t.Context(), tc.move); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	if moves, err := c.Moves.Moves(t.Context()); err != nil || len(moves) != 0 {
		t.Errorf("stored: %+v, %v", moves, err)
	}
}

func TestOfManyMoversOneTakesAMoveUp(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		nodes := []*Catalog{open(t, dsn), open(t, dsn)}
		mustLayOut(t, nodes[0], "db0", "db1")
		var started, stepped atomic.Int32
		var work sync.WaitGroup
		for g := range 8 {
			work.Go(func() {
				c := nodes[g%2]
				at, err := c.Moves.StartMove(t.Context(), Move{Bucket: 3, From: 1, To: 0, Step: "copy"})
				if err == nil {
					started.Add(1)
				} else if !errors.Is(err, ErrMoving) {
					t.Error(err)
				}
				// Each says who it is, and stays at the step.
				at.Detail = ""
				_, err = c.Moves.StepMove(t.Context(), at, "copy", string(rune('a'+g)))
				if err == nil {
					stepped.Add(1)
				} else if !errors.Is(err, ErrStale) {
					t.Error(err)
				}
			})
		}
		work.Wait()
		if started.Load() != 1 || stepped.Load() != 1 {
			t.Errorf("started %d times, taken up %d times", started.Load(), stepped.Load())
		}
	})
}
