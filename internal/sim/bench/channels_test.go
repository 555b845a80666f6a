package bench

import (
	"testing"
	"time"
)

// The duel ends with a check that every reservation of both sides is in the
// books, and its ratio has a goal.
func TestEightChannelsAreMeasuredBesideThePlainItem(t *testing.T) {
	t.Parallel()
	c := Defaults()
	c.Rounds, c.Cell = 1, 50*time.Millisecond
	r := &runner{Config: c, dir: t.TempDir()}
	if err := r.channels(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(r.results) != 1 {
		t.Fatalf("%d results", len(r.results))
	}
	got := r.results[0]
	if got.Name != "sqlite/hot/256/eight-channels-vs-plain" || got.Goal != 0.8 || got.A.PerSecond == 0 || got.B.PerSecond == 0 {
		t.Errorf("%+v", got)
	}
	t.Logf("%.0f/s with channels, %.0f/s without: %.2f", got.A.PerSecond, got.B.PerSecond, got.Ratio)
}
