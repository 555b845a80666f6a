package mysql_test

import (
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/mysql"
)

func TestEngine(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(t *testing.T) engine.Engine { return open(t, dbtest.MySQL(t)) })
}

func TestEngineOutlivesItsProcess(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	dsns := map[string]string{}
	enginetest.RunDurable(t, func(t *testing.T, dir string) engine.Engine {
		mu.Lock()
		dsn, ok := dsns[dir]
		if !ok {
			dsn = dbtest.MySQL(t)
			dsns[dir] = dsn
		}
		mu.Unlock()
		return open(t, dsn)
	})
}

// open opens the slot that dsn names.
func open(tb testing.TB, dsn string, opts ...mysql.Option) *mysql.Engine {
	tb.Helper()
	e, err := mysql.Open(tb.Context(), dsn, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}
