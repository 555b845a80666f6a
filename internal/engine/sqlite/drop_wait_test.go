package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
)

// A drop waits for its turn to write, which another writer may have for a long
// time.
func TestADropThatWaitsForAnotherOneEndsWithItsContext(t *testing.T) {
	t.Parallel()
	e, err := Open(t.Context(), filepath.Join(t.TempDir(), "slot.db"))
	if err != nil {
		t.Fatal(err)
	}
	e.dropping <- struct{}{} // the other one is at it
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.DropBucket(ctx, 1, 1, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a drop whose caller has gone: %v", err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := e.DropBucket(t.Context(), 1, 1, 1)
		ended <- err
	}()
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, engine.ErrClosed) {
		t.Errorf("a drop from an engine that is closed: %v", err)
	}
}
