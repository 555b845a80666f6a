package hot

import (
	"context"
	"errors"
	"testing"
)

// A caller whose deadline passes has an answer, whether its call was begun or not; a call that was not begun never is.
func TestACallerWhoseDeadlinePassesHasAnAnswer(t *testing.T) {
	t.Parallel()
	begun, end := make(chan []int, 10), make(chan struct{})
	g := &gather[int, int]{most: 2, serve: func(_ context.Context, all []int) ([]int, error) {
		begun <- all
		<-end
		return all, nil
	}}
	first := make(chan error, 1)
	go func() {
		_, err := g.do(t.Context(), 1)
		first <- err
	}()
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.do(ctx, 2); !errors.Is(err, errWaited) || !errors.Is(err, context.Canceled) {
		t.Fatalf("a call that was not begun: %v", err)
	}
	late := make(chan error, 2)
	for n := 3; n <= 4; n++ {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			_, err := g.do(ctx, n)
			late <- err
		}()
	}
	close(end)
	for _, of := range []chan error{first, late, late} {
		if err := <-of; err != nil {
			t.Error(err)
		}
	}
	close(begun)
	for all := range begun {
		for _, n := range all {
			if n == 2 {
				t.Error("the call of a caller that went away was carried out")
			}
		}
	}
}
