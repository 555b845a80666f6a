package turn_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/turn"
)

func TestOnlyOneHasTheTurn(t *testing.T) {
	t.Parallel()
	turns := turn.New()
	if err := turns.Take(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waited := make(chan error)
	go func() { waited <- turns.Take(ctx) }()
	cancel()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Fatalf("a second taker got %v, want its context's error", err)
	}
	turns.Give()
	if err := turns.Take(t.Context()); err != nil {
		t.Fatalf("taking a turn that was given back: %v", err)
	}
}

func TestAShutTurnTurnsEveryoneAway(t *testing.T) {
	t.Parallel()
	turns := turn.New()
	if err := turns.Take(t.Context()); err != nil {
		t.Fatal(err)
	}
	waited := make(chan error)
	go func() { waited <- turns.Take(t.Context()) }()
	if !turns.Shut() || turns.Shut() {
		t.Fatal("the first Shut says true, later ones false")
	}
	if err := <-waited; !errors.Is(err, engine.ErrClosed) {
		t.Fatalf("who waited got %v, want ErrClosed", err)
	}
	turns.Give()
	turns.Drain()
}

func TestAnIdleLeaseIsTakenBackOnce(t *testing.T) {
	t.Parallel()
	dropped := make(chan struct{}, 2)
	lease := turn.NewLease(time.Millisecond, func() { dropped <- struct{}{} })
	<-dropped
	err := lease.Use(func() (bool, error) { t.Error("used after it was taken back"); return true, nil })
	if !errors.Is(err, turn.ErrTakenBack) || !errors.Is(err, engine.ErrMoved) {
		t.Errorf("use of a lease taken back: %v, want ErrTakenBack, which is an ErrMoved", err)
	}
	lease.End()
	if len(dropped) != 0 {
		t.Error("dropped twice")
	}
}

func TestALeaseInUseIsNotTakenBack(t *testing.T) {
	t.Parallel()
	dropped := make(chan struct{}, 2)
	lease := turn.NewLease(5*time.Millisecond, func() { dropped <- struct{}{} })
	longer := time.NewTimer(30 * time.Millisecond)
	err := lease.Use(func() (bool, error) {
		<-longer.C
		if len(dropped) != 0 {
			t.Error("dropped while it was in use")
		}
		return true, nil
	})
	if err != nil || len(dropped) != 1 {
		t.Errorf("ended by its use: %v, dropped %d times", err, len(dropped))
	}
	if err := lease.Use(func() (bool, error) { return true, nil }); !errors.Is(err, engine.ErrMoved) {
		t.Errorf("use of an ended lease: %v, want ErrMoved", err)
	}
}
