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

// whatBecame says whether the record behind after is there, as the caller of an
// Append that returned ErrUnknown finds out.
func whatBecame(t *testing.T, e *mysql.Engine, after engine.Seq) bool {
	t.Helper()
	recs, err := e.Read(t.Context(), after, 1)
	if err != nil {
		t.Fatalf("read behind %d: %v", after, err)
	}
	return len(recs) == 1
}

func TestACommitWhoseConnectionIsCut(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fate fate
		want error
	}{
		// The group is tried again once it is known that it was not stored.
		"before the server has seen it is stored by another try":    {cutBefore, nil},
		"after the server has carried it out is known to be stored": {cutAfter, nil},
		"and whose bytes are still on their way is stored once":     {heldBack, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, dsn := between(t, dbtest.MySQL(t))
			e := open(t, dsn)
			defer e.Close()
			enginetest.Fill(t, e, 10)
			for range 5 {
				h, err := e.Head(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				p.next(tc.fate)
				if err := e.Append(t.Context(), h, enginetest.Nth(h+1)); !errors.Is(err, tc.want) {
					t.Fatalf("append behind %d: %v, want %v", h, err, tc.want)
				}
				p.deliver()
				if at, err := enginetest.Check(t.Context(), e); err != nil || at != h+1 {
					t.Fatalf("the head is at %d, want %d: %v", at, h+1, err)
				}
			}
		})
	}
}

func TestACommitWhoseBytesArriveWhileItIsAskedFor(t *testing.T) {
	t.Parallel()
	p, dsn := between(t, dbtest.MySQL(t))
	e := open(t, dsn)
	defer e.Close()
	other := open(t, dsn)
	defer other.Close()
	h := engine.Seq(0)
	for i := range 40 {
		ctx, cancel := context.WithCancel(t.Context())
		acted := p.next(heldBack)
		late := make(chan struct{})
		go func() {
			defer close(late)
			<-acted
			if i%2 == 0 {
				cancel() // the caller goes away, and asks
			}
			timer := time.NewTimer(time.Duration(i) * 50 * time.Microsecond)
			<-timer.C
			p.deliver()
		}()
		err := e.Append(ctx, h, enginetest.Nth(h+1))
		if err != nil && !errors.Is(err, engine.ErrUnknown) && !errors.Is(err, context.Canceled) {
			t.Fatalf("append %d: %v", h+1, err)
		}
		there := err == nil
		if errors.Is(err, engine.ErrUnknown) {
			there = whatBecame(t, e, h)
		}
		<-late
		cancel()
		// Another writer would now find what was decided to be there or not.
		switch err := other.Append(t.Context(), h, enginetest.Nth(h+1)); {
		case there && !errors.Is(err, engine.ErrMoved):
			t.Fatalf("record %d was there and %v", h+1, err)
		case !there && err != nil:
			t.Fatalf("record %d was not there and then %v", h+1, err)
		}
		h++
	}
	if at, err := enginetest.Check(t.Context(), e); err != nil || at != h {
		t.Fatalf("the head is at %d, want %d: %v", at, h, err)
	}
}

func TestWhileTheServerCannotBeReachedNobodyIsToldWhatBecame(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fate   fate
		stored bool
	}{
		"the group was stored":     {cutAfter, true},
		"the group was not stored": {cutBefore, false},
		"its bytes come later":     {heldBack, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, dsn := between(t, dbtest.MySQL(t))
			e := open(t, dsn)
			defer e.Close()
			enginetest.Fill(t, e, 3)
			p.nextAndDown(tc.fate)
			if err := e.Append(t.Context(), 3, enginetest.Nth(4)); !errors.Is(err, engine.ErrUnknown) {
				t.Fatalf("append: %v, want ErrUnknown", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if recs, err := e.Read(ctx, 3, 1); err == nil {
				t.Fatalf("read %d records while nobody can know", len(recs))
			}
			p.up()
			if there := whatBecame(t, e, 3); there != tc.stored {
				t.Errorf("the record is there: %t, want %t", there, tc.stored)
			}
			p.deliver()
			if there := whatBecame(t, e, 3); there != tc.stored {
				t.Errorf("later the record is there: %t, want %t", there, tc.stored)
			}
			enginetest.Fill(t, e, 8)
			if at, err := enginetest.Check(t.Context(), e); err != nil || at != 8 {
				t.Errorf("the head is at %d: %v", at, err)
			}
		})
	}
}

func TestReadersAndWritersComeBackAfterTheirConnectionsWereCut(t *testing.T) {
	t.Parallel()
	p, dsn := between(t, dbtest.MySQL(t))
	e := open(t, dsn)
	defer e.Close()
	for n := engine.Seq(1); n <= 20; n++ {
		p.cutAll(false)
		if err := e.Append(t.Context(), n-1, enginetest.Nth(n)); err != nil {
			t.Fatalf("append %d: %v", n, err)
		}
		p.cutAll(false)
		if _, err := e.Head(t.Context()); err != nil {
			t.Fatalf("head: %v", err)
		}
	}
	if at, err := enginetest.Check(t.Context(), e); err != nil || at != 20 {
		t.Fatalf("the head is at %d: %v", at, err)
	}
}

func TestALockIsLostWithItsConnection(t *testing.T) {
	t.Parallel()
	p, dsn := between(t, dbtest.MySQL(t))
	e := open(t, dsn, mysql.WithIdle(time.Hour))
	defer e.Close()
	enginetest.Fill(t, e, 3)
	for _, f := range []fate{passes, cutBefore} {
		w, err := e.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if p.next(f); f == passes {
			p.cutAll(false)
		}
		if err := w.Append(t.Context(), 3, enginetest.Nth(4)); !errors.Is(err, engine.ErrMoved) {
			t.Errorf("append with a lock that is lost: %v, want ErrMoved", err)
		}
		if _, err := w.Load(t.Context(), engine.Want{}); !errors.Is(err, engine.ErrMoved) {
			t.Errorf("load with a lock that is lost: %v, want ErrMoved", err)
		}
	}
	w, err := e.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.next(cutAfter)
	if err := w.Append(t.Context(), 3, enginetest.Nth(4)); err != nil {
		t.Errorf("append whose answer was lost: %v", err)
	}
	if at, err := enginetest.Check(t.Context(), e); err != nil || at != 4 {
		t.Fatalf("the head is at %d: %v", at, err)
	}
}

// The append that lost the head reports ErrMoved. Other readers of this process
// may have read newer records by the time the answer arrives. That is no sign
// that the database lost them.
func TestAHeadThatMovesOnBehindALostCommitIsNotTakenForOneThatWentBack(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	p, through := between(t, dsn)
	e := open(t, through)
	defer e.Close()
	other := open(t, dsn)
	defer other.Close()
	enginetest.Fill(t, e, 3)
	if err := other.Append(t.Context(), 3, enginetest.Nth(4)); err != nil {
		t.Fatal(err)
	}
	acted := p.next(slowAnswer)
	told := make(chan error, 1)
	go func() { told <- e.Append(t.Context(), 3, enginetest.Nth(4)) }()
	<-acted
	if err := other.Append(t.Context(), 4, enginetest.Nth(5)); err != nil {
		t.Fatal(err)
	}
	if at, err := e.Head(t.Context()); err != nil || at != 5 {
		t.Fatalf("the head is at %d, %v", at, err)
	}
	p.deliver()
	if err := <-told; !errors.Is(err, engine.ErrMoved) {
		t.Errorf("append behind the head: %v, want ErrMoved", err)
	}
}
