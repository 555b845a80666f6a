package mysql_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/mysql"
)

// TestTheServerTakesTheLockBack is about a process that is stopped while it
// holds the lock: nothing in it takes the lock back, as its lease would.
func TestTheServerTakesTheLockBack(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]mysql.Option{
		"MariaDB, which limits idle transactions":          nil,
		"MySQL, which limits the connection for the while": {mysql.AsMySQL()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := dbtest.MySQL(t)
			stopped := open(t, dsn, append(opts, mysql.WithIdle(time.Hour))...)
			defer stopped.Close()
			other := open(t, dsn, opts...)
			defer other.Close()
			enginetest.Fill(t, other, 3)
			w, err := stopped.Lock(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Load(t.Context(), engine.Want{}); err != nil {
				t.Fatal(err)
			}
			// Waiting for the row takes at most 5 s; without the limit it fails.
			if err := other.Append(t.Context(), 3, enginetest.Nth(4)); err != nil {
				t.Fatalf("append beside a process that is stopped: %v", err)
			}
			if err := w.Append(t.Context(), 3, enginetest.Nth(4)); !errors.Is(err, engine.ErrMoved) {
				t.Errorf("append of the process that goes on: %v, want ErrMoved", err)
			}
			w.Unlock()
			enginetest.Fill(t, stopped, 6)
			if at, err := enginetest.Check(t.Context(), other); err != nil || at != 6 {
				t.Errorf("the head is at %d: %v", at, err)
			}
		})
	}
}

// TestTheLimitOfMySQLIsLiftedBetweenTransactions is what differs on MySQL, as
// far as MariaDB understands it.
func TestTheLimitOfMySQLIsLiftedBetweenTransactions(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	e := open(t, dsn, mysql.AsMySQL())
	defer e.Close()
	enginetest.Fill(t, e, 20)
	for range 3 {
		w, err := e.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		h, err := w.Load(t.Context(), engine.Want{})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append(t.Context(), h.Head, enginetest.Nth(h.Head+1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Append(t.Context(), 3, enginetest.Nth(4)); !errors.Is(err, engine.ErrMoved) {
		t.Errorf("append at an old head: %v, want ErrMoved", err)
	}
	// Longer than the limit that held within the transactions.
	timer := time.NewTimer(1500 * time.Millisecond)
	<-timer.C
	if err := e.Append(t.Context(), 23, enginetest.Nth(24)); err != nil {
		t.Errorf("append after a pause: %v", err)
	}
	if at, err := enginetest.Check(t.Context(), e); err != nil || at != 24 {
		t.Errorf("the head is at %d: %v", at, err)
	}
}

func TestAContextEndsTheWaitForTheLockOfAnotherProcess(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	a, b := open(t, dsn, mysql.WithIdle(time.Hour)), open(t, dsn)
	defer a.Close()
	defer b.Close()
	w, err := a.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := b.Append(ctx, 0, enginetest.Nth(1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("append: %v, want the context's error", err)
	}
	if err := w.Append(t.Context(), 0, enginetest.Nth(1)); err != nil {
		t.Errorf("append under the lock: %v", err)
	}
	if !whatBecame(t, b, 0) {
		t.Error("the record that was stored under the lock is not there")
	}
	if at, err := enginetest.Check(t.Context(), b); err != nil || at != 1 {
		t.Errorf("the head is at %d: %v", at, err)
	}
}
