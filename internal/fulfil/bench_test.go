package fulfil_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

// BenchmarkSourcedReserve is one reserve over three locations with a key, the
// books and the catalog in one database.
func BenchmarkSourcedReserve(b *testing.B) {
	for _, home := range []struct {
		name string
		open func(*testing.B) (string, engine.Engine, error)
	}{
		{"SQLite", func(b *testing.B) (string, engine.Engine, error) {
			path := filepath.Join(b.TempDir(), "holdfast.db")
			e, err := sqlite.Open(b.Context(), path)
			return path, e, err
		}},
		{"PostgreSQL", func(b *testing.B) (string, engine.Engine, error) {
			dsn := dbtest.Postgres(b)
			e, err := postgres.Open(b.Context(), dsn)
			return dsn, e, err
		}},
		{"MariaDB", func(b *testing.B) (string, engine.Engine, error) {
			dsn := dbtest.MySQL(b)
			e, err := mysql.Open(b.Context(), dsn)
			return dsn, e, err
		}},
	} {
		b.Run(home.name, func(b *testing.B) {
			dsn, e, err := home.open(b)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() {
				if err := e.Close(); err != nil {
					b.Error(err)
				}
			})
			h := openIn(b, dsn, []engine.Engine{e})
			h.stock("berlin cup 999999999", "lyon cup 999999999", "rome cup 999999999")
			orders := atomic.Int64{}
			for _, callers := range []int{1, 64} {
				b.Run(fmt.Sprint(callers), func(b *testing.B) {
					b.SetParallelism(max(1, callers/runtime.GOMAXPROCS(0)))
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							r := reserve(fmt.Sprint("o-", orders.Add(1)), byPriority(), "cup 1")
							r.Key = r.Order.Order
							if _, err := h.orders.Reserve(context.Background(), r); err != nil {
								b.Error(err)
							}
						}
					})
				})
			}
		})
	}
}
