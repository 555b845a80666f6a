package enginetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// patience is how long a case waits for what must happen: far more than any
// idle limit.
const patience = 30 * time.Second

var lockTests = []test{
	{"a locked head does not move until the writer appends", lockAppends},
	{"an unlocked writer has stored nothing and stays ended", lockUnlocks},
	{"a writer whose group names what exists may decide again", lockDecidesAgain},
	{"a writer that loses ends", lockLoses},
	{"a writer that does nothing loses the lock, and stores nothing afterwards", lockIdle},
	{"waiting for the lock ends with the context", lockWait},
	{"writers that lock in turn fill the log without a gap", lockTogether},
	{"an engine is closed in spite of a writer", lockClosed},
}

func lock(t *testing.T, e engine.Engine) engine.Writer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w, err := e.Lock(ctx)
	if err != nil {
		t.Fatalf("lock: %v", err)
	}
	return w
}

// lapsed reports whether a writer lost its lock, also while a group was on its way: it is taken
// back from one that does nothing, as a test on a busy machine does now and then.
func lapsed(err error) bool {
	return errors.Is(err, engine.ErrMoved) || errors.Is(err, engine.ErrUnknown)
}

func lockAppends(t *testing.T, e engine.Engine) {
	Fill(t, e, 10)
	begun := time.Now()
	err := appendBeforeOther(t, e)
	for lapsed(err) && time.Since(begun) < patience {
		err = appendBeforeOther(t, e)
	}
	if err != nil {
		t.Fatal(err)
	}
	h := head(t, e)
	mustContinue(t, e, h, h+1)
}

// appendBeforeOther reads and appends under a lock for which another writer waits. Both
// have the same group, which is stored no matter which of them comes first.
func appendBeforeOther(t *testing.T, e engine.Engine) (err error) {
	t.Helper()
	h := head(t, e)
	w := lock(t, e)
	other := make(chan error, 1)
	go func() { other <- e.Append(t.Context(), h, Nth(h+1)) }()
	defer func() {
		w.Unlock()
		if waited := <-other; err == nil && !errors.Is(waited, engine.ErrMoved) {
			err = fmt.Errorf("who waited for the lock got %v, want ErrMoved", waited)
		}
	}()
	got, err := w.Load(t.Context(), engine.Want{Items: []stock.ItemKey{itemKey(h)}})
	if err != nil {
		return fmt.Errorf("load under the lock: %w", err)
	}
	if d := diffLoaded(&engine.Loaded{Head: h, Items: []engine.ItemRow{stored(nthItem(h))}}, got); d != "" {
		return errors.New(d)
	}
	recs, err := w.Read(t.Context(), h-2, 10)
	if err != nil {
		return fmt.Errorf("read under the lock: %w", err)
	}
	if len(recs) != 2 || recs[1].Seq != h {
		return fmt.Errorf("read %d records behind %d, want 2", len(recs), h-2)
	}
	if err := w.Append(t.Context(), h, Nth(h+1)); err != nil {
		return fmt.Errorf("append under the lock: %w", err)
	}
	if err := w.Append(t.Context(), h+1, Nth(h+2)); !errors.Is(err, engine.ErrMoved) {
		return fmt.Errorf("append with an ended writer: %v, want ErrMoved", err)
	}
	return nil
}

func lockUnlocks(t *testing.T, e engine.Engine) {
	Fill(t, e, 4)
	w := lock(t, e)
	w.Unlock()
	w.Unlock()
	if _, err := w.Load(t.Context(), engine.Want{}); !errors.Is(err, engine.ErrMoved) {
		t.Errorf("load: %v, want ErrMoved", err)
	}
	if _, err := w.Read(t.Context(), 0, 1); !errors.Is(err, engine.ErrMoved) {
		t.Errorf("read: %v, want ErrMoved", err)
	}
	if err := w.Append(t.Context(), 4, Nth(5)); !errors.Is(err, engine.ErrMoved) {
		t.Errorf("append: %v, want ErrMoved", err)
	}
	mustContinue(t, e, 4, 5)
}

func lockDecidesAgain(t *testing.T, e engine.Engine) {
	Fill(t, e, 10)
	for _, ask := range []bool{false, true} {
		begun := time.Now()
		err := decideAgain(t, e, ask)
		for lapsed(err) && time.Since(begun) < patience {
			err = decideAgain(t, e, ask)
		}
		if err != nil {
			t.Fatalf("ask %t: %v", ask, err)
		}
		mustBe(t, e, head(t, e))
	}
}

// decideAgain appends a group with a key that exists, and then, under the same lock, one without.
func decideAgain(t *testing.T, e engine.Engine, ask bool) error {
	t.Helper()
	h := head(t, e)
	w := lock(t, e)
	defer w.Unlock()
	g := Nth(h + 1)
	g.Ask = ask
	g.Keys = append(g.Keys, nthKey(2))
	g.Keys[1].Seq, g.Keys[1].Index = h+1, 999
	var exists *engine.ExistsError
	if err := w.Append(t.Context(), h, g); !errors.As(err, &exists) || len(exists.Keys) != 1 {
		return fmt.Errorf("the first decision: %w, want an ExistsError with one key", err)
	}
	got, err := w.Load(t.Context(), engine.Want{Keys: []engine.KeyID{keyID(2)}})
	switch {
	case err != nil:
		return fmt.Errorf("load after the conflict: %w", err)
	case got.Head != h || len(got.Keys) != 1:
		return fmt.Errorf("load after the conflict: %+v", got)
	}
	if err := w.Append(t.Context(), h, Nth(h+1)); err != nil {
		return fmt.Errorf("the second decision: %w", err)
	}
	if at := head(t, e); at != h+1 {
		return fmt.Errorf("the head is at %d after the second decision, want %d", at, h+1)
	}
	return nil
}

func lockLoses(t *testing.T, e engine.Engine) {
	Fill(t, e, 3)
	w := lock(t, e)
	if err := w.Append(t.Context(), 2, Nth(3)); !errors.Is(err, engine.ErrMoved) {
		t.Errorf("append at an old head: %v, want ErrMoved", err)
	}
	Fill(t, e, 4) // would wait for the lock
	mustBe(t, e, 4)
}

func lockIdle(t *testing.T, e engine.Engine) {
	Fill(t, e, 3)
	w := lock(t, e)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := e.Append(ctx, 3, Nth(4)); err != nil {
		t.Fatalf("append beside a writer that does nothing: %v", err)
	}
	if err := w.Append(ctx, 3, recordGroup(4)); !errors.Is(err, engine.ErrMoved) {
		t.Errorf("the writer that woke up got %v, want ErrMoved", err)
	}
	if _, err := w.Load(ctx, engine.Want{}); !errors.Is(err, engine.ErrMoved) {
		t.Errorf("load of the writer that woke up: %v, want ErrMoved", err)
	}
	w.Unlock()
	Fill(t, e, 5)
	mustBe(t, e, 5)
}

func lockWait(t *testing.T, e engine.Engine) {
	w := lock(t, e)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := e.Lock(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second lock: %v, want the context's error", err)
	}
	if err := e.Append(ctx, 0, Nth(1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("append beside the lock: %v, want the context's error", err)
	}
	w.Unlock()
	mustBe(t, e, 0)
}

func lockTogether(t *testing.T, e engine.Engine) {
	const to = 100
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				w, err := e.Lock(t.Context())
				if err != nil {
					t.Errorf("lock: %v", err)
					return
				}
				more, err := appendLocked(t.Context(), w, to)
				w.Unlock()
				if err != nil && !lapsed(err) {
					t.Errorf("under the lock: %v", err)
					return
				}
				if err == nil && !more {
					return
				}
			}
		})
	}
	fillTogether(t, e, 2, to)
	wg.Wait()
	mustBe(t, e, to)
}

// appendLocked appends the next group, unless the log has come to its end.
func appendLocked(ctx context.Context, w engine.Writer, end engine.Seq) (more bool, err error) {
	got, err := w.Load(ctx, engine.Want{})
	if err != nil || got.Head >= end {
		return false, err
	}
	return true, w.Append(ctx, got.Head, Nth(got.Head+1))
}

func lockClosed(t *testing.T, e engine.Engine) {
	w := lock(t, e)
	if err := e.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := w.Append(t.Context(), 0, Nth(1)); err == nil {
		t.Error("a writer of a closed engine stored a group")
	}
	w.Unlock()
}
