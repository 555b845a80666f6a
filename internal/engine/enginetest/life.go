package enginetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

var lifeTests = []test{
	{"a context that is over stores and reads nothing", cancelled},
	{"a context that ends during an append never makes it lie", cancelling},
	{"a context that ends during a scan ends the scan", cancelScan},
	{"a closed engine says so, and may be closed again", closed},
	{"closing while others call ends their calls", closing},
}

// calls makes one call of each method.
func calls(e engine.Engine) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"Append": func(ctx context.Context) error { return e.Append(ctx, 5, Nth(6)) },
		"Load":   func(ctx context.Context) error { _, err := e.Load(ctx, engine.Want{}); return err },
		"Read":   func(ctx context.Context) error { _, err := e.Read(ctx, 0, 1); return err },
		"Head":   func(ctx context.Context) error { _, err := e.Head(ctx); return err },
		"ScanItems": func(ctx context.Context) error {
			_, err := e.ScanItems(ctx, engine.ItemScan{All: true}, func(*engine.ItemRow) error { return nil })
			return err
		},
		"ScanHolds": func(ctx context.Context) error {
			_, err := e.ScanHolds(ctx, engine.HoldScan{}, func(*engine.HoldRow) error { return nil })
			return err
		},
		"Lock": func(ctx context.Context) error {
			w, err := e.Lock(ctx)
			if err == nil {
				w.Unlock()
			}
			return err
		},
		"JournalCursor": func(ctx context.Context) error { _, err := e.JournalCursor(ctx); return err },
		"AddJournal":    func(ctx context.Context) error { return e.AddJournal(ctx, 0, 1, nil) },
		"JournalSeqs": func(ctx context.Context) error {
			_, err := e.JournalSeqs(ctx, stock.ItemKey{Product: "p"}, 9, 9)
			return err
		},
		"PruneKeys":  func(ctx context.Context) error { _, err := e.PruneKeys(ctx, 5, 1000); return err },
		"PruneHolds": func(ctx context.Context) error { _, err := e.PruneHolds(ctx, 5, 1000); return err },
		"ScanKeys": func(ctx context.Context) error {
			_, err := e.ScanKeys(ctx, 0, 0, func(*engine.KeyRow) error { return nil })
			return err
		},
		"ScanJournal": func(ctx context.Context) error {
			_, err := e.ScanJournal(ctx, func(*engine.JournalRow) error { return nil })
			return err
		},
		"First":       func(ctx context.Context) error { _, err := e.First(ctx); return err },
		"DropRecords": func(ctx context.Context) error { _, err := e.DropRecords(ctx, 3); return err },
		"Rewrite": func(ctx context.Context) error {
			was := Record(1)
			was.Text = Nth(1).Text
			return e.Rewrite(ctx, &was, &was)
		},
		"DropKeys": func(ctx context.Context) error {
			_, err := e.DropKeys(ctx, []engine.EntryRange{{Seq: 1}})
			return err
		},
		"DropTenant": func(ctx context.Context) error { _, err := e.DropTenant(ctx, "t", 1000); return err },
		"Buckets":    func(ctx context.Context) error { _, _, err := e.Buckets(ctx); return err },
		"DropBucket": func(ctx context.Context) error { _, err := e.DropBucket(ctx, 1, 1, 1000); return err },
	}
}

func cancelled(t *testing.T, e engine.Engine) {
	Fill(t, e, 5)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls(e) {
		if err := call(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want the context's error", name, err)
		}
	}
	mustBe(t, e, 5)
	mustHaveJournal(t, e, 0)
}

func cancelling(t *testing.T, e engine.Engine) {
	h := engine.Seq(0)
	for i := range 200 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*5*time.Microsecond)
		err := e.Append(ctx, h, Nth(h+1))
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, engine.ErrUnknown) {
			t.Fatalf("append with a context that ended: %v", err)
		}
		if stores(t, e, h, err) {
			h++
		}
	}
	Fill(t, e, h+1)
	mustBe(t, e, h+1)
}

func cancelScan(t *testing.T, e engine.Engine) {
	Fill(t, e, 40)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	_, err := e.ScanHolds(ctx, engine.HoldScan{}, func(*engine.HoldRow) error {
		n++
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || n == 40 {
		t.Errorf("the scan ended with %v after %d rows", err, n)
	}
	mustBe(t, e, 40)
}

func closed(t *testing.T, e engine.Engine) {
	Fill(t, e, 5)
	if err := e.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	for name, call := range calls(e) {
		if err := call(t.Context()); !errors.Is(err, engine.ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
	}
}

func closing(t *testing.T, e engine.Engine) {
	Fill(t, e, 20)
	var wg sync.WaitGroup
	started := make(chan struct{}, 8)
	for range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				_, err := Check(t.Context(), e)
				if i == 0 {
					started <- struct{}{}
				}
				if _, ok := errors.AsType[*WrongError](err); ok {
					continue // the head moved between two looks
				}
				if err != nil {
					if !errors.Is(err, engine.ErrClosed) {
						t.Errorf("a reader got %v, want ErrClosed", err)
					}
					return
				}
			}
		})
	}
	wg.Go(func() {
		for n := engine.Seq(21); ; n++ {
			if err := e.Append(t.Context(), n-1, Nth(n)); err != nil {
				if !errors.Is(err, engine.ErrClosed) && !errors.Is(err, engine.ErrUnknown) {
					t.Errorf("a writer got %v, want ErrClosed", err)
				}
				return
			}
			started <- struct{}{}
			<-started
		}
	})
	for range 4 {
		<-started
	}
	if err := e.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	wg.Wait()
}
