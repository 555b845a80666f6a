package faulty_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/faulty"
	"holdfast.dev/holdfast/internal/engine/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEngine(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(*testing.T) engine.Engine {
		return faulty.New(memory.New(), new(faulty.Script))
	})
}

var errFault = errors.New("fault")

func TestAppendFailsAsTheScriptHasIt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		plan func(*faulty.Script)
		want []error // of the appends, each behind the head that is there
		head engine.Seq
	}{
		{"nothing planned", func(*faulty.Script) {}, []error{nil, nil}, 2},
		{"the second call fails before it took effect", func(s *faulty.Script) {
			s.On("Append", 2, faulty.Fault{Err: errFault})
		}, []error{nil, errFault, nil}, 2},
		{"the reply of the first call is lost", func(s *faulty.Script) {
			s.On("Append", 1, faulty.Fault{Err: engine.ErrUnknown, After: true})
		}, []error{engine.ErrUnknown, nil}, 2},
		{"a request that never came", func(s *faulty.Script) {
			s.On("Append", 1, faulty.Fault{Err: engine.ErrUnknown})
		}, []error{engine.ErrUnknown, nil}, 1},
		{"calls of other methods do not count", func(s *faulty.Script) {
			s.On("JournalCursor", 1, faulty.Fault{Err: errFault})
		}, []error{nil, nil}, 2},
		{"two in a row", func(s *faulty.Script) {
			s.On("Append", 1, faulty.Fault{Err: errFault})
			s.On("Append", 2, faulty.Fault{Err: errFault})
		}, []error{errFault, errFault, nil}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var plan faulty.Script
			tc.plan(&plan)
			e := faulty.New(memory.New(), &plan)
			for i, want := range tc.want {
				h, err := e.Head(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if err := e.Append(t.Context(), h, enginetest.Nth(h+1)); !errors.Is(err, want) {
					t.Errorf("append %d: %v, want %v", i, err, want)
				}
			}
			if h, err := enginetest.Check(t.Context(), e); err != nil || h != tc.head {
				t.Errorf("the head is at %d, want %d, %v", h, tc.head, err)
			}
		})
	}
}

func TestACallIsHeldUntilItMayGo(t *testing.T) {
	t.Parallel()
	var plan faulty.Script
	e := faulty.New(memory.New(), &plan)
	arrived, may := make(chan struct{}), make(chan struct{})
	plan.On("Append", 1, faulty.Fault{Arrived: arrived, Go: may})
	stored := make(chan error)
	go func() { stored <- e.Append(t.Context(), 0, enginetest.Nth(1)) }()
	<-arrived
	if h, err := e.Head(t.Context()); err != nil || h != 0 {
		t.Errorf("a held append has stored: head %d, %v", h, err)
	}
	close(may)
	if err := <-stored; err != nil {
		t.Error(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	plan.On("Append", 1, faulty.Fault{Go: make(chan struct{}), After: true})
	go func() { stored <- e.Append(ctx, 1, enginetest.Nth(2)) }()
	for h := engine.Seq(0); h < 2; {
		var err error
		if h, err = e.Head(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-stored; !errors.Is(err, engine.ErrUnknown) {
		t.Errorf("an append whose caller left after it was stored: %v, want ErrUnknown", err)
	}
}

func TestAWriterEndsWhenItsAppendFails(t *testing.T) {
	t.Parallel()
	var plan faulty.Script
	e := faulty.New(memory.New(), &plan)
	plan.On("Writer.Append", 1, faulty.Fault{Err: errFault})
	plan.On("Lock", 2, faulty.Fault{Err: errFault, After: true})
	w, err := e.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(t.Context(), 0, enginetest.Nth(1)); !errors.Is(err, errFault) {
		t.Errorf("%v, want the fault", err)
	}
	if _, err := e.Lock(t.Context()); !errors.Is(err, errFault) {
		t.Errorf("the second lock: %v, want the fault", err)
	}
	enginetest.Fill(t, e, 2) // would wait if either still held the lock
}

// doorman records the calls that enter and leave, and refuses those in refuses.
type doorman struct {
	faulty.Script
	seen    []string
	refuses map[string]error
}

func (d *doorman) Enter(_ context.Context, m faulty.Method) error { return d.note("in " + string(m)) }

func (d *doorman) Leave(_ context.Context, m faulty.Method) error { return d.note("out " + string(m)) }

func (d *doorman) note(what string) error {
	d.seen = append(d.seen, what)
	return d.refuses[what]
}

func TestAGateStandsAtBothDoors(t *testing.T) {
	t.Parallel()
	d := &doorman{refuses: map[string]error{}}
	e := faulty.New(memory.New(), d)
	if err := e.Append(t.Context(), 0, enginetest.Nth(1)); err != nil {
		t.Fatal(err)
	}
	d.refuses["in Append"] = errFault
	if err := e.Append(t.Context(), 1, enginetest.Nth(2)); !errors.Is(err, errFault) {
		t.Errorf("turned away at the first door: %v", err)
	}
	delete(d.refuses, "in Append")
	d.refuses["out Append"] = errFault
	if err := e.Append(t.Context(), 1, enginetest.Nth(2)); !errors.Is(err, errFault) {
		t.Errorf("turned away at the second door: %v", err)
	}
	want := []string{"in Append", "out Append", "in Append", "in Append", "out Append"}
	if !slices.Equal(d.seen, want) {
		t.Errorf("seen %q, want %q", d.seen, want)
	}
	if h, err := e.Head(t.Context()); err != nil || h != 2 {
		t.Errorf("head %d, %v: who is turned away at the first door has no effect, at the second has had it", h, err)
	}
	// A lock whose taker is turned away behind it is given back.
	d.refuses["out Lock"] = errFault
	if _, err := e.Lock(t.Context()); !errors.Is(err, errFault) {
		t.Errorf("lock: %v", err)
	}
	delete(d.refuses, "out Append")
	enginetest.Fill(t, e, 3)
}

func TestTheSameSeedGivesTheSameFaults(t *testing.T) {
	t.Parallel()
	throw := func(seed uint64) (got []bool) {
		d := faulty.NewDice(seed,
			faulty.Chance{Method: "Append", P: 0.3, Fault: faulty.Fault{Err: errFault}},
			faulty.Chance{Method: "Load", P: 1, Fault: faulty.Fault{Err: errFault}})
		for range 100 {
			got = append(got, d.Next("Append") != nil)
		}
		if d.Next("Load") == nil || d.Next("Read") != nil {
			t.Error("a sure fault did not come, or an unplanned one did")
		}
		d.Stop()
		if d.Next("Load") != nil {
			t.Error("a fault came after the end")
		}
		return got
	}
	if !slices.Equal(throw(1), throw(1)) || slices.Equal(throw(1), throw(2)) {
		t.Error("seeds do not decide what happens")
	}
}

// TestLostRepliesAreResolvedByReading is the example of how an engine's user
// has to meet faults: whatever happens, each group is stored once.
func TestLostRepliesAreResolvedByReading(t *testing.T) {
	t.Parallel()
	dice := faulty.NewDice(7,
		faulty.Chance{Method: "Append", P: 0.2, Fault: faulty.Fault{Err: engine.ErrUnknown, After: true}},
		faulty.Chance{Method: "Append", P: 0.2, Fault: faulty.Fault{Err: engine.ErrUnknown}},
		faulty.Chance{Method: "Append", P: 0.2, Fault: faulty.Fault{Err: engine.ErrFull}})
	e := faulty.New(memory.New(), dice)
	for h := engine.Seq(0); h < 100; {
		err := e.Append(t.Context(), h, enginetest.Nth(h+1))
		switch {
		case errors.Is(err, engine.ErrUnknown):
			recs, err := e.Read(t.Context(), h, 1)
			if err != nil {
				t.Fatal(err)
			}
			h += engine.Seq(len(recs))
		case err == nil:
			h++
		case !errors.Is(err, engine.ErrFull):
			t.Fatal(err)
		}
	}
	if h, err := enginetest.Check(t.Context(), e); err != nil || h != 100 {
		t.Errorf("head %d, %v", h, err)
	}
}
