package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// BenchmarkReadItem measures what a read of one item costs, and where: strong and
// from memory, of an item that is remembered; and loading one from the database.
// The figures of docs/adr/0048 are from here:
//
//	scripts/services -- go test ./internal/ledger -run - -bench ReadItem -benchtime 2s
func BenchmarkReadItem(b *testing.B) {
	for _, kept := range []struct {
		name string
		open func(b *testing.B) (engine.Engine, error)
	}{
		{"memory", func(*testing.B) (engine.Engine, error) { return memory.New(), nil }},
		{"SQLite", func(b *testing.B) (engine.Engine, error) {
			return sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "books.db"))
		}},
		{"PostgreSQL", func(b *testing.B) (engine.Engine, error) { return postgres.Open(b.Context(), dbtest.Postgres(b)) }},
		{"MariaDB", func(b *testing.B) (engine.Engine, error) { return mysql.Open(b.Context(), dbtest.MySQL(b)) }},
	} {
		b.Run(kept.name, func(b *testing.B) {
			eng, err := kept.open(b)
			if err != nil {
				b.Fatal(err)
			}
			l, stop := benchmarkBooks(b, eng)
			defer stop()
			ways := []struct {
				name string
				read func(ctx context.Context, k stock.ItemKey) error
			}{
				{"strong", func(ctx context.Context, k stock.ItemKey) error {
					_, _, err := l.Items(ctx, []stock.ItemKey{k})
					return err
				}},
				{"recent", func(ctx context.Context, k stock.ItemKey) error {
					if _, _, ok := l.Recent(recentAge).Items(ctx, []stock.ItemKey{k}, nil); !ok {
						return errNotRecent
					}
					return nil
				}},
				{"load", func(ctx context.Context, k stock.ItemKey) error {
					_, err := eng.Load(ctx, engine.Want{Items: []stock.ItemKey{k}})
					return err
				}},
			}
			for _, w := range ways {
				for _, callers := range []int{1, 64} {
					b.Run(fmt.Sprintf("%s/callers=%d", w.name, callers), func(b *testing.B) { readBeside(b, callers, w.read) })
				}
			}
		})
	}
}

var errNotRecent = errors.New("memory does not answer")

const benchmarkItems = 1000

// benchmarkBooks opens books with some items.
func benchmarkBooks(b *testing.B, eng engine.Engine) (*ledger.Ledger, func()) {
	b.Helper()
	l, err := ledger.Open(b.Context(), eng)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	var opens []ledger.Request
	for i := range benchmarkItems {
		opens = append(opens, ledger.Request{Command: stock.OpenItem{Item: item(fmt.Sprint(i)), Bucket: bucket, Qty: 10, Tracked: true}})
	}
	for _, r := range l.Submit(ctx, opens...) {
		if r.Err != nil {
			b.Fatal(r.Err)
		}
	}
	return l, func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
		if err := eng.Close(); err != nil {
			b.Error(err)
		}
	}
}

// readBeside reads from that many goroutines.
func readBeside(b *testing.B, callers int, read func(context.Context, stock.ItemKey) error) {
	b.Helper()
	b.ReportAllocs()
	var n atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for {
				i := n.Add(1)
				if i > int64(b.N) {
					return
				}
				if err := read(b.Context(), item(fmt.Sprint(i%benchmarkItems))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
