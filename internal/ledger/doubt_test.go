package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/faulty"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
)

var errCable = errors.New("the cable is loose")

// lostReply is an append that takes effect and whose answer is lost.
var lostReply = faulty.Fault{Err: engine.ErrUnknown, After: true}

// cable is a plan that fails every call while it is cut.
type cable struct {
	faulty.Script
	cut  atomic.Bool
	asks atomic.Int64 // calls that came while it was cut
}

func (c *cable) Next(m faulty.Method) *faulty.Fault {
	if f := c.Script.Next(m); f != nil {
		return f
	}
	if !c.cut.Load() {
		return nil
	}
	c.asks.Add(1)
	if m == "Append" {
		return &faulty.Fault{Err: fmt.Errorf("%w: %w", engine.ErrUnknown, errCable)}
	}
	return &faulty.Fault{Err: errCable}
}

func restock(qty stock.Qty) ledger.Request {
	return ledger.Request{Command: stock.Restock{Item: item("p"), Bucket: bucket, Qty: qty}}
}

// verified fails the test when the books are not sound.
func verified(t *testing.T, e engine.Engine) *audit.Report {
	t.Helper()
	r, err := audit.CheckSlot(context.Background(), e, audit.Options{})
	if err != nil || !r.OK() {
		t.Fatalf("verify: %v %v", err, r)
	}
	return r
}

// A group whose answer was lost happens once, whatever its outcome, and its callers
// receive that outcome.
func TestALostAnswerIsFoundOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		plan func(*faulty.Script)
	}{
		{"it was stored", func(s *faulty.Script) {
			s.On("Append", 1, lostReply)
		}},
		{"it was never stored", func(s *faulty.Script) {
			s.On("Append", 1, faulty.Fault{Err: engine.ErrUnknown})
		}},
		{"it was stored, and the store does not answer for a while", func(s *faulty.Script) {
			s.On("Append", 1, lostReply)
			for n := range 4 {
				s.On("Read", n+1, faulty.Fault{Err: errCable})
			}
		}},
		{"it was never stored, and the store does not answer for a while", func(s *faulty.Script) {
			s.On("Append", 1, faulty.Fault{Err: engine.ErrUnknown})
			s.On("Read", 1, faulty.Fault{Err: errCable})
			s.On("Read", 2, faulty.Fault{Err: errCable})
		}},
		{"sent again its answer gets lost too", func(s *faulty.Script) {
			s.On("Append", 1, faulty.Fault{Err: engine.ErrUnknown})
			s.On("Append", 2, faulty.Fault{Err: engine.ErrUnknown})
			s.On("Append", 3, lostReply)
			s.On("Read", 3, faulty.Fault{Err: errCable})
		}},
		{"sent again the head is said to have moved, though it has not", func(s *faulty.Script) {
			s.On("Append", 1, faulty.Fault{Err: engine.ErrUnknown})
			s.On("Append", 2, faulty.Fault{Err: engine.ErrMoved})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var plan faulty.Script
			inner := memory.New()
			l := open(t, faulty.New(inner, &plan))
			must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
			c.plan(&plan)
			if r := l.Submit(t.Context(), restock(5))[0]; r.Err != nil || r.Event.Items[0].Figures.Available != 15 {
				t.Fatalf("%+v", r)
			}
			if plan.Left() != 0 {
				t.Errorf("%d faults have not come", plan.Left())
			}
			must(t, l, place("o", "p", 15))
			wantLevel(t, l, "p", 0, 15)
			verified(t, inner)
		})
	}
}

// slow is an engine whose first append stays on its way for as long as the sender
// waits, and arrives later.
type slow struct {
	engine.Engine
	once   sync.Once
	group  engine.Group
	after  engine.Seq
	arrive func(error)
}

// A group that is on its way for longer than its sender asks for it is not stored
// twice: the group that is sent again is the same one.
func TestAGroupThatArrivesLateIsStoredOnce(t *testing.T) {
	t.Parallel()
	inner := memory.New()
	must(t, open(t, inner), stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
	var late error = errCable
	l := open(t, &slow{Engine: inner, arrive: func(err error) { late = err }})
	if r := l.Submit(t.Context(), restock(5))[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	if late != nil {
		t.Errorf("the late one: %v", late)
	}
	wantLevel(t, l, "p", 15, 0)
	if r := verified(t, inner); r.Records != 2 {
		t.Errorf("%d records", r.Records)
	}
}

// When another node writes at the place of the lost group, the group is decided
// again.
func TestALostGroupMeetsAnotherWriter(t *testing.T) {
	t.Parallel()
	var plan faulty.Script
	inner := memory.New()
	other := open(t, inner)
	l := open(t, faulty.New(inner, &plan))
	must(t, other, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
	must(t, l, stock.Restock{Item: item("p"), Bucket: bucket, Qty: 1})
	arrived, may := make(chan struct{}), make(chan struct{})
	plan.On("Append", 1, faulty.Fault{Err: engine.ErrUnknown, Arrived: arrived, Go: may})
	done := make(chan ledger.Result)
	go func() { done <- l.Submit(t.Context(), ledger.Request{Command: place("mine", "p", 8)})[0] }()
	<-arrived
	must(t, other, place("other", "p", 8))
	close(may)
	refused(t, <-done, stock.Insufficient)
	wantLevel(t, l, "p", 3, 8)
	verified(t, inner)
}

// While the store is unreachable callers leave when their time is up, and others
// wait up to the queue's bound. When it is back all calls continue.
func TestTheSlotOutlivesItsStoreBeingAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var plan cable
		inner := memory.New()
		l := open(t, faulty.New(inner, &plan), ledger.WithQueue(8))
		must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
		plan.cut.Store(true)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		r := l.Submit(ctx, restock(5))[0]
		if !errors.Is(r.Err, ledger.ErrUnknown) || time.Since(began) != 3*time.Second {
			t.Fatalf("after %v: %v", time.Since(began), r.Err)
		}
		// A call that was never taken out of the queue has changed nothing.
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if r := l.Submit(soon, restock(7))[0]; errors.Is(r.Err, ledger.ErrUnknown) || !errors.Is(r.Err, context.DeadlineExceeded) {
			t.Errorf("who was waiting: %v", r.Err)
		}
		var all sync.WaitGroup
		var fine, busy atomic.Int64
		for i := range 12 {
			all.Go(func() {
				switch r := l.Submit(t.Context(), ledger.Request{Command: place(fmt.Sprint("o", i), "p", 1)})[0]; {
				case r.Err == nil:
					fine.Add(1)
				case errors.Is(r.Err, ledger.ErrBusy):
					busy.Add(1)
				default:
					t.Error(r.Err)
				}
			})
		}
		<-time.After(time.Minute)
		if n := plan.asks.Load(); n < 50 || n > 200 {
			t.Errorf("the store was asked %d times in a minute", n)
		}
		plan.cut.Store(false)
		all.Wait()
		// Calls whose callers left stay in the queue until they are taken, so one
		// more was turned away.
		if fine.Load() != 7 || busy.Load() != 5 {
			t.Errorf("%d done, %d turned away", fine.Load(), busy.Load())
		}
		wantLevel(t, l, "p", 8, 7) // 10, plus the restock whose answer was lost, minus 7
		verified(t, inner)
	})
}

// A process that is to stop does not wait for a store that is permanently
// unreachable.
func TestStoppingDoesNotWaitForAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var plan cable
		l, err := ledger.Open(t.Context(), faulty.New(memory.New(), &plan))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- l.Run(ctx) }()
		must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Tracked: true})
		plan.cut.Store(true)
		answer := make(chan error)
		go func() { answer <- l.Submit(t.Context(), restock(5))[0].Err }()
		<-time.After(time.Second)
		began := time.Now()
		stop()
		if err := <-answer; !errors.Is(err, ledger.ErrUnknown) {
			t.Errorf("the caller is told %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// A store that fails permanently stops the slot, also while a group is in doubt.
func TestABrokenStoreStopsASlotInDoubt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		fault   error
		unknown bool
	}{
		{"its answer got lost and it is broken", fmt.Errorf("%w: %w", engine.ErrUnknown, engine.ErrBroken), true},
		{"it is broken", engine.ErrBroken, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var plan faulty.Script
			l, err := ledger.Open(t.Context(), faulty.New(memory.New(), &plan))
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error)
			go func() { done <- l.Run(t.Context()) }()
			plan.On("Append", 1, faulty.Fault{Err: c.fault})
			r := l.Submit(t.Context(), opened("p", 1))[0]
			if !errors.Is(r.Err, ledger.ErrStopped) || errors.Is(r.Err, ledger.ErrUnknown) != c.unknown {
				t.Errorf("the caller is told %v", r.Err)
			}
			if err := <-done; !errors.Is(err, ledger.ErrStopped) {
				t.Errorf("Run: %v", err)
			}
		})
	}
}

// When a call of the store fails and changes nothing, only the callers that it was
// made for receive the error.
func TestACallThatFailsDoesNotStopTheSlot(t *testing.T) {
	t.Parallel()
	for _, m := range []faulty.Method{"Append", "Load", "Read", "Head", "Lock", "Writer.Load", "Writer.Read", "Writer.Append"} {
		for _, fault := range []error{errCable, context.DeadlineExceeded} {
			t.Run(fmt.Sprintf("%s fails with: %v", m, fault), func(t *testing.T) {
				t.Parallel()
				var plan faulty.Script
				inner := memory.New()
				l, other := open(t, faulty.New(inner, &plan)), open(t, inner)
				must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 100, Tracked: true})
				done := stock.Qty(0)
				for i := range 30 {
					must(t, other, stock.Restock{Item: item("p"), Bucket: bucket, Qty: 1}) // two writers compete for the slot
					if i%3 == 0 {
						l.Forget()
					}
					if i%7 == 2 {
						plan.On(m, 1, faulty.Fault{Err: fault})
					}
					r := l.Submit(t.Context(), ledger.Request{Command: place(fmt.Sprint("o", i), "p", 1)})[0]
					switch {
					case r.Err == nil:
						done++
					case !errors.Is(r.Err, fault):
						t.Errorf("command %d: %v", i, r.Err)
					}
				}
				for plan.Left() > 0 {
					plan.Next(m)
				}
				wantLevel(t, l, "p", 130-done, done)
				if done < 20 {
					t.Errorf("only %d of 30 were done", done)
				}
				verified(t, inner)
			})
		}
	}
}

// The lock of a group may be taken back while it is decided. Then it is decided
// again, and no caller notices.
func TestALockThatIsTakenBackIsNoFailure(t *testing.T) {
	t.Parallel()
	for _, m := range []faulty.Method{"Writer.Read", "Writer.Load", "Writer.Append"} {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			var plan faulty.Script
			inner := memory.New()
			l, other := open(t, faulty.New(inner, &plan)), open(t, inner)
			must(t, other, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
			must(t, l, place("warm", "p", 1))
			must(t, other, stock.Restock{Item: item("p"), Bucket: bucket, Qty: 1})
			must(t, l, place("lost", "p", 1)) // the head was lost: it is locked from now on
			l.Forget()
			plan.On(m, 1, faulty.Fault{Err: engine.ErrMoved})
			must(t, l, place("second", "p", 1))
			if plan.Left() != 0 {
				t.Error("the lock was not taken back")
			}
			verified(t, inner)
		})
	}
}
