package main

import (
	"bytes"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
)

func TestEveryOpponentHasARowInItsCell(t *testing.T) {
	t.Parallel()
	figure := func(rate float64) load.Figure { return load.Figure{PerSecond: rate, CPUMicros: 5, RedoBytes: 200} }
	a := figure(1000)
	results := []bench.Result{
		{Name: "postgres/hot/64/submit-vs-conditional", A: a, B: figure(100), Ratio: 10, Note: "conditional, pool of 8", Server: "PostgreSQL 15"},
		{Name: "postgres/hot/64/submit-vs-best-textbook", A: a, B: figure(100), Ratio: 10, Goal: 8, Note: "conditional, pool of 8", Server: "PostgreSQL 15"},
		{Name: "postgres/hot/64/submit-vs-floor", A: a, B: figure(1500), Ratio: 0.66, Note: "the rows again", Server: "PostgreSQL 15"},
		{Name: "postgres/hot/64/cpu", A: a, Value: 5, Limit: 12, Unit: "µs", Server: "PostgreSQL 15"},
		{Name: "postgres/hot/64/submit-vs-conditional+keys", A: a, B: load.Figure{PerSecond: 90}, Ratio: 11, Note: "conditional, pool of 8", Server: "PostgreSQL 15"},
	}
	var out bytes.Buffer
	if err := printPeers(&out, results); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{"postgres/hot/64\n", "postgres/hot/64 +keys\n", "best-textbook 8", "cpu <= 12 µs", "floor", "unknown"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in:\n%s", want, text)
		}
	}
	if n := strings.Count(text, "conditional"); n != 2 {
		t.Errorf("the conditional form has %d rows in two cells:\n%s", n, text)
	}
}
