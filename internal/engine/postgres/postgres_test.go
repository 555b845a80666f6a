package postgres_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/engine/turn"
)

func TestEngine(t *testing.T) {
	t.Parallel()
	slots := newSlots(t)
	// Parts of the log are small, so that many are made and dropped.
	enginetest.Run(t, func(t *testing.T) engine.Engine { return open(t, slots.next(), postgres.WithPart(16)) })
}

// The whole suite with every hold copied, which otherwise needs large groups.
func TestEngineThatCopies(t *testing.T) {
	t.Parallel()
	slots := newSlots(t)
	enginetest.Run(t, func(t *testing.T) engine.Engine {
		return open(t, slots.next(), postgres.WithPart(16), postgres.WithCopies(1))
	})
}

func TestEngineOutlivesItsProcess(t *testing.T) {
	t.Parallel()
	slots := newSlots(t)
	var mu sync.Mutex
	at := map[string]string{}
	enginetest.RunDurable(t, func(t *testing.T, dir string) engine.Engine {
		mu.Lock()
		defer mu.Unlock()
		if at[dir] == "" {
			at[dir] = slots.next()
		}
		return open(t, at[dir], postgres.WithPart(16))
	})
}

// slots hands out new sets of tables of one database.
type slots struct {
	dsn string
	n   atomic.Int64
}

func newSlots(tb testing.TB) *slots { return &slots{dsn: dbtest.Postgres(tb)} }

func (s *slots) next() string { return withSet(s.dsn, int(s.n.Add(1))) }

func withSet(dsn string, set int) string {
	and := "?"
	if strings.Contains(dsn, "?") {
		and = "&"
	}
	return fmt.Sprintf("%s%sset=%d", dsn, and, set)
}

// open opens a slot; the caller closes it. It waits for an answer and a connection as long
// as a call takes: servers of a busy machine need seconds.
func open(tb testing.TB, dsn string, opts ...postgres.Option) *postgres.Engine {
	tb.Helper()
	opts = append([]postgres.Option{postgres.WithIdle(turn.DefaultIdle / 2), postgres.WithMaxConns(4), postgres.WithAnswer(time.Minute), postgres.WithConnect(time.Minute)}, opts...)
	e, err := postgres.Open(tb.Context(), dsn, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}
