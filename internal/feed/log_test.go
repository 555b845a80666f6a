package feed

import (
	"context"
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
)

// readCounter counts what is read of the log.
type readCounter struct {
	engine.Engine
	reads int
}

func (c *readCounter) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	c.reads++
	return c.Engine.Read(ctx, after, limit)
}

// A reader whose context has ended reads nothing, even where there is room to read.
// Otherwise chance would decide which reads the store receives.
func TestAReaderThatHasEndedReadsNothing(t *testing.T) {
	t.Parallel()
	e, s := slot(t)
	s.do(tea())
	c := &readCounter{Engine: e}
	log := NewLogs(nil).Add(c)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 64 {
		if records, err := log.readAfter(ctx, 0); !errors.Is(err, context.Canceled) || c.reads > 0 {
			t.Fatalf("%d records, error %v, %d reads", len(records), err, c.reads)
		}
	}
}
