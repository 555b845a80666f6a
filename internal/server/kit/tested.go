package kit

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

const (
	// testEvery is how often the server checks whether a test was answered. testWait is how long
	// it waits: the answer must come within the deadline of a call.
	testEvery = 100 * time.Millisecond
	testWait  = 8 * time.Second
)

// NewTest makes the id of a test.
func NewTest() string { return "test-" + strings.ToLower(rand.Text()) }

// AwaitTest waits until a relay has answered a test, and returns the text late when none does
// in time. read reads the latest stored test.
func AwaitTest(ctx context.Context, id, late string, read func(context.Context) (catalog.SinkTest, error)) (catalog.SinkTest, error) {
	end := time.NewTimer(testWait)
	defer end.Stop()
	look := time.NewTicker(testEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return catalog.SinkTest{}, ctx.Err()
		case <-end.C:
			return catalog.SinkTest{Error: late}, nil
		case <-look.C:
		}
		t, err := read(ctx)
		switch {
		case err != nil:
			return t, FactError("", err)
		case t.ID != id:
			return catalog.SinkTest{Error: "another test began"}, nil
		case t.Answered:
			return t, nil
		}
	}
}
