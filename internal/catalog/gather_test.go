package catalog

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
)

func TestWhoWaitsIsStoredTogether(t *testing.T) {
	t.Parallel()
	const callers = 100
	entered, proceed := make(chan int), make(chan struct{})
	g := &gather{store: func(_ context.Context, ins []Introduction) []Answer {
		entered <- len(ins)
		<-proceed
		answers := make([]Answer, len(ins))
		for i, in := range ins {
			answers[i].Err = &UnknownError{ID: in.Product}
		}
		return answers
	}}
	var callersDone sync.WaitGroup
	call := func(id string) {
		callersDone.Go(func() {
			var mine *UnknownError
			if answer := g.wait(t.Context(), Introduction{Ref: Ref{Product: id}}); !errors.As(answer.Err, &mine) || mine.ID != id {
				t.Errorf("%s got the answer %v", id, answer.Err)
			}
		})
	}
	call("first")
	if n := <-entered; n != 1 {
		t.Errorf("the first transaction has %d, want 1", n)
	}
	for i := range callers {
		call(fmt.Sprint(i))
	}
	for g.length() < callers { // nothing else tells that a caller waits
		runtime.Gosched()
	}
	proceed <- struct{}{}
	if n := <-entered; n != callers {
		t.Errorf("the second transaction has %d, want %d", n, callers)
	}
	proceed <- struct{}{}
	callersDone.Wait()
	g.close()
	if answer := g.wait(t.Context(), Introduction{}); !errors.Is(answer.Err, ErrBusy) {
		t.Errorf("after close: %v", answer.Err)
	}
}

func (g *gather) length() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

func TestWhoGoesAwayDoesNotFailTheOthers(t *testing.T) {
	t.Parallel()
	entered, proceed := make(chan struct{}), make(chan struct{})
	g := &gather{store: func(ctx context.Context, ins []Introduction) []Answer {
		entered <- struct{}{}
		<-proceed
		if ctx.Err() != nil {
			t.Error("the transaction has a caller's context")
		}
		return make([]Answer, len(ins))
	}}
	ctx, leave := context.WithCancel(t.Context())
	gone, stayed := make(chan error), make(chan error)
	go func() { gone <- g.wait(ctx, Introduction{}).Err }()
	<-entered
	go func() { stayed <- g.wait(t.Context(), Introduction{}).Err }()
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who left was told %v", err)
	}
	proceed <- struct{}{}
	<-entered
	proceed <- struct{}{}
	if err := <-stayed; err != nil {
		t.Errorf("who stayed was told %v", err)
	}
	g.close()
}

func TestTheQueueOfWritersIsBounded(t *testing.T) {
	t.Parallel()
	g := &gather{running: true, waiting: make([]waiter, maxWaiting)}
	if answer := g.wait(t.Context(), Introduction{}); !errors.Is(answer.Err, ErrBusy) {
		t.Errorf("got %v, want ErrBusy", answer.Err)
	}
}
