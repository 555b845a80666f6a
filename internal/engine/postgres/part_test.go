package postgres_test

import (
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/postgres"
)

// TestReadersMeetNoGapWhereAPartIsMade reads behind the newest record while
// each record that follows begins a part of the log of its own.
func TestReadersMeetNoGapWhereAPartIsMade(t *testing.T) {
	t.Parallel()
	const records, readers = 120, 4
	dsn := newSlots(t).next()
	writer := open(t, dsn, postgres.WithPart(1))
	defer writer.Close()
	var all sync.WaitGroup
	for range readers {
		e := open(t, dsn, postgres.WithPart(1))
		defer e.Close()
		all.Go(func() {
			for at := engine.Seq(0); at < records && !t.Failed(); {
				recs, err := e.Read(t.Context(), at, 10)
				if err != nil {
					t.Errorf("behind %d: %v", at, err)
				}
				at += engine.Seq(len(recs))
			}
		})
	}
	for seq := engine.Seq(1); seq <= records && !t.Failed(); seq++ {
		if err := writer.Append(t.Context(), seq-1, enginetest.Nth(seq)); err != nil {
			t.Error(err)
		}
	}
	all.Wait()
}
