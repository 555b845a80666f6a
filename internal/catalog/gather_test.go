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
	g := &gather[Introduction, Answer]{most: callers, ask: func(_ context.Context, ins []Introduction) []Answer {
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
			answer, err := g.wait(t.Context(), Introduction{Ref: Ref{Product: id}})
			if err != nil || !errors.As(answer.Err, &mine) || mine.ID != id {
				t.Errorf("%s got the answer %v, %v", id, answer.Err, err)
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
	if _, err := g.wait(t.Context(), Introduction{}); !errors.Is(err, ErrBusy) {
		t.Errorf("after close: %v", err)
	}
}

func (g *gather[Q, A]) length() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

func TestWhoGoesAwayDoesNotFailTheOthers(t *testing.T) {
	t.Parallel()
	entered, proceed := make(chan struct{}), make(chan struct{})
	g := &gather[Introduction, Answer]{most: 1, ask: func(ctx context.Context, ins []Introduction) []Answer {
		entered <- struct{}{}
		<-proceed
		if ctx.Err() != nil {
			t.Error("the transaction has a caller's context")
		}
		return make([]Answer, len(ins))
	}}
	ctx, leave := context.WithCancel(t.Context())
	gone, stayed := make(chan error), make(chan error)
	wait := func(ctx context.Context, answer chan<- error) {
		_, err := g.wait(ctx, Introduction{})
		answer <- err
	}
	go wait(ctx, gone)
	<-entered
	go wait(t.Context(), stayed)
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
	g := &gather[Introduction, Answer]{running: true, waiting: make([]waiter[Introduction, Answer], maxWaiting)}
	if _, err := g.wait(t.Context(), Introduction{}); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
}

func TestATransactionTakesWhatItMay(t *testing.T) {
	t.Parallel()
	g := &gather[int, int]{most: 10, weight: func(q int) int { return q }}
	for _, test := range []struct {
		name    string
		weights []int
		want    int
	}{
		{"nobody waits", nil, 0},
		{"all that wait", []int{1, 2, 3}, 3},
		{"as many as fit", []int{4, 6, 1}, 2},
		{"one that is too heavy for any goes alone", []int{11, 1}, 1},
		{"what is too heavy for the rest waits", []int{1, 10}, 1},
	} {
		g.waiting = nil
		for _, weight := range test.weights {
			g.waiting = append(g.waiting, waiter[int, int]{question: weight})
		}
		if got := g.next(); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}
