package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// beaten are the servers with the times at which they say that they are there.
type beaten map[string][]time.Duration

// from begins now with the first of the beats, and lists servers as the catalog does.
func (b beaten) from(start time.Time) beatsFunc {
	return func(within time.Duration) (all []catalog.Node) {
		for id, times := range b {
			last := catalog.Node{ID: id}
			for _, at := range times {
				if seen := start.Add(at); !seen.After(time.Now()) {
					last.Seen = seen
				}
			}
			if !last.Seen.IsZero() && time.Since(last.Seen) <= within {
				all = append(all, last)
			}
		}
		return all
	}
}

type beatsFunc func(within time.Duration) []catalog.Node

func (f beatsFunc) Serving(_ context.Context, within time.Duration) ([]catalog.Node, error) {
	return f(within), nil
}

// A server is there when it says so while it is looked at, however long it was stalled
// before that; it is gone when it has been silent for five beats.
func TestAServerThatIsStalledIsNotTakenForGone(t *testing.T) {
	t.Parallel()
	const beat = watchEvery
	for _, test := range []struct {
		name string
		all  beaten
		free bool
	}{
		{"nobody was ever there", nil, true},
		{"one has died", beaten{"dead": {0}}, true},
		{"one is there", beaten{"alive": {0, beat, 2 * beat, 3 * beat}}, false},
		{"one is stalled", beaten{"stalled": {0, 4*beat + beat/4}}, false},
		{"one is stalled beside one that has died", beaten{"dead": {0}, "stalled": {0, 4*beat + beat/4}}, false},
		{"one comes while another is waited for", beaten{"dead": {0}, "new": {2 * beat}}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				err := checkNobodyServes(t.Context(), test.all.from(time.Now()))
				if (err == nil) != test.free {
					t.Errorf("%v, want nobody to serve: %v", err, test.free)
				}
			})
		})
	}
}
