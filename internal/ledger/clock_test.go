package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Two nodes that write by turns keep true time: a time that one learns from the
// records of the other is not added to its own. Once it was, and slot time ran
// twice as fast as it should while two nodes wrote (found by the simulation).
func TestTwoNodesTogetherKeepTime(t *testing.T) {
	t.Parallel()
	c := newClock()
	e := memory.New()
	nodes := []*ledger.Ledger{open(t, e, ledger.WithClock(c)), open(t, e, ledger.WithClock(c))}
	if r := nodes[0].Submit(t.Context(), opened("p", 1000))[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	begun := c.Wall()
	var last stock.Time
	for i := range 100 {
		c.advance(time.Second)
		r := nodes[i%2].Submit(t.Context(), ledger.Request{Command: place(fmt.Sprint("o", i), "p", 1)})[0]
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		last = r.At
	}
	if gone := last - begun; gone < 99_000 || gone > 101_000 {
		t.Errorf("after 100 s slot time has gone on by %d ms", gone)
	}
}
