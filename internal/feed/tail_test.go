package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// counted is an engine that counts what it is asked, and can refuse.
type counted struct {
	engine.Engine
	heads, reads atomic.Int64
	broken       atomic.Bool
	kept         atomic.Uint64 // records up to it are gone
}

var errBroken = errors.New("no answer")

func (c *counted) Head(ctx context.Context) (engine.Seq, error) {
	c.heads.Add(1)
	if c.broken.Load() {
		return 0, errBroken
	}
	return c.Engine.Head(ctx)
}

func (c *counted) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	c.reads.Add(1)
	switch {
	case c.broken.Load():
		return nil, errBroken
	case after < engine.Seq(c.kept.Load()):
		return nil, engine.ErrGone
	}
	return c.Engine.Read(ctx, after, limit)
}

func counting(t *testing.T) (*counted, *script) {
	e, _ := slot(t)
	c := &counted{Engine: e}
	return c, newScript(t, c)
}

func TestWithoutWatchersNothingIsRead(t *testing.T) {
	t.Parallel()
	e, s := counting(t)
	tail := run(t, e, WithPoll(time.Millisecond))
	w := start(t, tail, Filter{}, "")
	s.do(tea())
	next(t, w, 1)
	w.Close()
	// The tail may be in the middle of a round; then it is quiet.
	settled := func() bool {
		before := e.heads.Load() + e.reads.Load()
		<-time.After(20 * time.Millisecond)
		return e.heads.Load()+e.reads.Load() == before
	}
	for i := 0; !settled(); i++ {
		if i == 200 {
			t.Fatal("the tail goes on reading for nobody")
		}
	}
	for range 100 {
		s.do(tea())
		tail.logs.Notify(0, s.seq)
	}
	// A watcher that comes now receives nothing of what nobody watched.
	again := start(t, tail, Filter{}, "")
	s.do(tea())
	if got := next(t, again, 1); !slices.Equal(got, []string{"0-102-0-0"}) {
		t.Errorf("%v", got)
	}
}

func TestCommitsOfOthersAreNoticed(t *testing.T) {
	t.Parallel()
	e, s := counting(t)
	tail := run(t, e, WithPoll(time.Millisecond))
	w := start(t, tail, Filter{}, "")
	for i := range 20 {
		s.do(tea()) // and nobody notifies
		if got := next(t, w, 1); got[0] != fmt.Sprintf("0-%d-0-0", i+1) {
			t.Fatal(got)
		}
	}
}

func TestWhatIsNotKeptCannotBeWatched(t *testing.T) {
	t.Parallel()
	e, s := counting(t)
	tail := run(t, e)
	for range 100 {
		s.do(tea())
	}
	e.kept.Store(37)
	for _, after := range []string{"0-0", "0-36", "0-37-0-0", "0-5-0-0"} {
		c, err := ParseCursors(after)
		if err != nil {
			t.Fatal(err)
		}
		var gone *GoneError
		if _, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, c); !errors.As(err, &gone) || gone.Earliest.String() != "0-37" {
			t.Errorf("behind %s: %v", after, err)
		}
	}
	if got := next(t, start(t, tail, Filter{}, "0-37"), 63); len(got) != 63 || got[0] != "0-38-0-0" {
		t.Errorf("behind the earliest there are %d: %v", len(got), got[:1])
	}
}

func TestALogThatIsDroppedUnderTheTailIsToldSo(t *testing.T) {
	t.Parallel()
	e, s := counting(t)
	tail := run(t, e, WithPoll(time.Millisecond))
	w := start(t, tail, Filter{}, "")
	s.do(tea())
	next(t, w, 1)
	e.broken.Store(true)
	for range 10 {
		s.do(tea())
	}
	e.kept.Store(8)
	e.broken.Store(false)
	_, err := take(t.Context(), w, 1)
	var gone *GoneError
	if !errors.As(err, &gone) || gone.Earliest.String() != "0-8" {
		t.Fatalf("%v", err)
	}
}

func TestAStoreThatFailsDelaysAndLosesNothing(t *testing.T) {
	t.Parallel()
	e, s := counting(t)
	tail := run(t, e, WithPoll(time.Millisecond))
	w := start(t, tail, Filter{}, "")
	e.broken.Store(true)
	for range 10 {
		s.do(tea())
		tail.logs.Notify(0, s.seq)
	}
	if _, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, nil); !errors.Is(err, errBroken) {
		t.Errorf("a watch starts on a store that fails: %v", err)
	}
	e.broken.Store(false)
	if got := next(t, w, 10); len(got) != 10 {
		t.Errorf("%v", got)
	}
}

// Two thousand watchers of a hundred products, which resume from one place in the past,
// cost about as many reads as one.
func TestManyWhoComeBackReadTheLogTogether(t *testing.T) {
	t.Parallel()
	const watchers, products, rounds = 2000, 100, 5
	e, s := counting(t)
	tail := run(t, e)
	for range rounds {
		for p := range products {
			s.do(item("acme", "rome", fmt.Sprint(p)))
		}
	}
	before := e.reads.Load()
	all := make([]*Watch, watchers)
	for i := range all {
		all[i] = start(t, tail, Filter{Product: fmt.Sprint(i % products)}, "0-0")
	}
	for _, w := range all {
		if got := next(t, w, rounds); len(got) != rounds {
			t.Fatalf("%v", got)
		}
	}
	if n := e.reads.Load() - before; n > 100 {
		t.Errorf("%d reads of a log that one has read in %d", n, rounds*products/readAhead+1)
	}
	s.do(item("acme", "rome", "7"))
	tail.logs.Notify(0, s.seq)
	for i, w := range all {
		if i%products == 7 {
			if got := next(t, w, 1); len(got) != 1 {
				t.Fatal(got)
			}
		}
	}
	for _, w := range all {
		w.Close()
	}
	if left := tail.followers[0].lists; left.n != 0 || len(left.lists) != 0 || len(tail.watches) != 0 {
		t.Errorf("%d watchers and %d lists are left", left.n, len(left.lists))
	}
}
