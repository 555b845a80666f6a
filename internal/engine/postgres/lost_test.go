package postgres_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/engine/turn"
)

// appending begins an Append behind the groups of Nth up to after, alone or
// with the lock, and returns the channel of its outcome.
func appending(t *testing.T, e *postgres.Engine, after engine.Seq, w engine.Writer) chan error {
	done := make(chan error, 1)
	go func() {
		if w != nil {
			done <- w.Append(t.Context(), after, enginetest.Nth(after+1))
		} else {
			done <- e.Append(t.Context(), after, enginetest.Nth(after+1))
		}
	}()
	return done
}

func mustLock(t *testing.T, e *postgres.Engine) engine.Writer {
	t.Helper()
	w, err := e.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// behind returns how many records there are behind after.
func behind(t *testing.T, e *postgres.Engine, after engine.Seq) int {
	t.Helper()
	recs, err := e.Read(t.Context(), after, 10)
	if err != nil {
		t.Fatal(err)
	}
	return len(recs)
}

// goesOn checks that e holds the groups up to h, and takes more.
func goesOn(t *testing.T, e *postgres.Engine, h engine.Seq) {
	t.Helper()
	for range 2 {
		if got, err := enginetest.Check(t.Context(), e); err != nil || got != h {
			t.Fatalf("head %d, %v, want %d", got, err, h)
		}
		h += 3
		// A busy disk may take longer than the engine waits for an answer.
		if err := fill(t.Context(), e, h, make(chan engine.Seq, 3)); err != nil {
			t.Fatalf("go on to %d: %v", h, err)
		}
	}
}

func TestAGroupWhoseAnswerGotLostIsThereOrNeverWillBe(t *testing.T) {
	t.Parallel()
	slots := newSlots(t)
	for _, locked := range []bool{false, true} {
		for _, tc := range []struct {
			name string
			run  func(t *testing.T, p *proxy, e *postgres.Engine, w engine.Writer) engine.Seq // the head that it must have
		}{
			{"the connection ends before the group has reached the server", func(t *testing.T, p *proxy, e *postgres.Engine, w engine.Writer) engine.Seq {
				kept := p.keepUp()
				done := appending(t, e, 5, w)
				late := kept.waitUp(t)
				kept.cut()
				mustBeUnknown(t, <-done)
				if n := behind(t, e, 5); n != 0 {
					t.Errorf("%d records of which the server has not heard", n)
				}
				late.release(t) // the server hears of it when it has been told never to be there
				return 5
			}},
			{"the group reaches the server after the connection has ended, before anybody looks", func(t *testing.T, p *proxy, e *postgres.Engine, w engine.Writer) engine.Seq {
				kept := p.keepUp()
				done := appending(t, e, 5, w)
				late := kept.waitUp(t)
				kept.cut()
				mustBeUnknown(t, <-done)
				late.release(t)
				// Stored, unless the lock's idle limit or the driver, which asks
				// the server to stop what it has lost, came first.
				return 5 + engine.Seq(behind(t, e, 5))
			}},
			{"the connection ends after the group was stored", func(t *testing.T, p *proxy, e *postgres.Engine, w engine.Writer) engine.Seq {
				kept := p.keepDown()
				done := appending(t, e, 5, w)
				kept.waitDown(t)
				p.waitStored(t, 6) // the server says something before as well when holds are copied
				kept.cut()
				mustBeUnknown(t, <-done)
				if n := behind(t, e, 5); n != 1 {
					t.Errorf("%d records, the server has stored it", n)
				}
				return 6
			}},
			{"the group reaches the server while somebody looks", func(t *testing.T, p *proxy, e *postgres.Engine, w engine.Writer) engine.Seq {
				kept := p.keepUp()
				done := appending(t, e, 5, w)
				late := kept.waitUp(t)
				kept.cut()
				mustBeUnknown(t, <-done)
				var racing sync.WaitGroup
				racing.Go(func() { late.release(t) })
				n := behind(t, e, 5)
				racing.Wait()
				return 5 + engine.Seq(n)
			}},
		} {
			for _, copies := range []int{1, math.MaxInt} {
				name := tc.name
				if locked {
					name += ", under the lock"
				}
				if copies == 1 {
					name += ", its holds copied"
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					p, dsn := newProxy(t, slots.next())
					e := open(t, dsn, postgres.WithCopies(copies))
					defer e.Close()
					enginetest.Fill(t, e, 5)
					var w engine.Writer
					if locked {
						w = mustLock(t, e)
					}
					goesOn(t, e, tc.run(t, p, e, w))
				})
			}
		}
	}
}

func mustBeUnknown(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, engine.ErrUnknown) || errors.Is(err, engine.ErrBroken) {
		t.Fatalf("append whose connection was cut: %v, want ErrUnknown", err)
	}
}

func TestAConnectionLostBetweenCallsIsNoticedByNobody(t *testing.T) {
	t.Parallel()
	dsn := newSlots(t).next()
	e := open(t, dsn)
	defer e.Close()
	enginetest.Fill(t, e, 5)
	conn := connect(t, dsn)
	for h := engine.Seq(5); h < 20; h += 5 {
		exec(t, conn, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		if err := e.Append(t.Context(), h, enginetest.Nth(h+1)); err != nil {
			// The server's farewell may have come just after the group was sent.
			if !errors.Is(err, engine.ErrUnknown) || behind(t, e, h) != 0 {
				t.Fatalf("append after the sessions were ended: %v", err)
			}
		}
		enginetest.Fill(t, e, h+5)
		if _, err := enginetest.Check(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsSeenWhileASessionBeginsIsNotLost(t *testing.T) {
	t.Parallel()
	dsn := newSlots(t).next()
	other, e, conn := open(t, dsn), open(t, dsn), connect(t, dsn)
	defer other.Close()
	defer e.Close()
	enginetest.Fill(t, other, 5)
	schema := "holdfast_" + dsn[strings.LastIndex(dsn, "=")+1:]
	fence := func() (n int64) {
		if err := conn.QueryRow(t.Context(), "SELECT fence FROM "+schema+".head").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := fence()

	// The session of e raises the fence at record 5. Nobody waits for the answer.
	exec(t, conn, "BEGIN")
	exec(t, conn, "SELECT FROM "+schema+".head FOR UPDATE")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Append(ctx, 5, enginetest.Nth(6)) }()
	until(t, "the fence is being raised", func() (waits bool) {
		err := conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))").Scan(&waits)
		if err != nil {
			t.Fatal(err)
		}
		return waits
	})
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("append while the head is locked: %v, want the context's error", err)
	}
	exec(t, conn, "COMMIT")
	until(t, "the fence was raised", func() bool { return fence() > before })

	enginetest.Fill(t, other, 7)
	if h, err := e.Head(t.Context()); err != nil || h != 7 {
		t.Fatalf("head %d, %v, want 7", h, err)
	}
	if err := e.Append(t.Context(), 7, enginetest.Nth(8)); err != nil {
		t.Fatalf("append behind what was seen: %v", err)
	}
	goesOn(t, e, 8)
}

func TestAPausedLockerHoldsUpOthersForItsIdleLimitAtMost(t *testing.T) {
	t.Parallel()
	dsn := newSlots(t).next()
	other := open(t, dsn)
	defer other.Close()
	enginetest.Fill(t, other, 5)
	p, through := newProxy(t, dsn)
	e := open(t, through, postgres.WithIdle(2*turn.DefaultIdle))
	defer e.Close()
	w := mustLock(t, e)
	// This acts like a paused process: nothing that it sends arrives.
	kept := p.keepUp()
	began := time.Now()
	enginetest.Fill(t, other, 6)
	if waited := time.Since(began); waited < turn.DefaultIdle/5 {
		t.Errorf("it waited %v, so the lock was not held", waited)
	}
	kept.cut()
	if err := w.Append(t.Context(), 5, enginetest.Nth(6)); !errors.Is(err, engine.ErrMoved) {
		t.Errorf("the locker that woke up got %v, want ErrMoved", err)
	}
	goesOn(t, e, 6)
}

func TestAContextEndsTheWaitForAnotherProcess(t *testing.T) {
	t.Parallel()
	dsn := newSlots(t).next()
	a, b := open(t, dsn, postgres.WithIdle(time.Minute)), open(t, dsn)
	defer a.Close()
	defer b.Close()
	enginetest.Fill(t, b, 3)
	w := mustLock(t, a)
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if _, err := b.Lock(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("lock: %v, want the context's error", err)
		}
		// The server may be at it: nobody can tell, and it is not stopped.
		if err := b.Append(ctx, 3, enginetest.Nth(4)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("append: %v, want the context's error", err)
		}
		if _, err := b.Read(ctx, 3, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("read what may be there or not: %v, want the context's error", err)
		}
		if h, err := b.Head(t.Context()); err != nil || h != 3 {
			t.Errorf("head %d, %v: what else reads goes on", h, err)
		}
		cancel()
	}
	if err := w.Append(t.Context(), 3, enginetest.Nth(4)); err != nil {
		t.Fatal(err)
	}
	if n := behind(t, b, 3); n != 1 {
		t.Errorf("%d records behind the one before, want that of the other process", n)
	}
	goesOn(t, b, 4)
}

func TestConnectionsCutAgainAndAgainLoseNothing(t *testing.T) {
	t.Parallel()
	const writers, to, every = 2, 300, 7
	dsn := newSlots(t).next()
	stored := make(chan engine.Seq, to*writers)
	done := make(chan error, writers)
	var proxies []*proxy
	for range writers {
		p, through := newProxy(t, dsn)
		proxies = append(proxies, p)
		e := open(t, through)
		defer e.Close()
		go func() { done <- fill(t.Context(), e, to, stored) }()
	}
	for n, running := 1, writers; running > 0; {
		select {
		case <-stored:
			if n++; n%every == 0 {
				links(proxies[n/every%writers].all()).cut()
			}
		case err := <-done:
			if running--; err != nil {
				t.Error(err)
			}
		}
	}
	e := open(t, dsn)
	defer e.Close()
	goesOn(t, e, to)
}
