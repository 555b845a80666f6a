package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/sim/bench"
)

func TestBenchmarksThatCannotBeRun(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, line, says string }{
		{"no server", "bench peers", `"scripts/services`},
		{"a workload nobody knows", "bench peers --pg postgres://x --dist warm", "--dist warm: hot or zipf"},
		{"no callers", "bench peers --pg postgres://x --conc 0", "--conc 0"},
		{"less than no rounds", "bench peers --pg postgres://x --rounds -1", "--rounds"},
		{"a disk faster than it is", "bench peers --pg postgres://x --fsync-delay -2ms", "cannot be negative"},
		{"an engine nobody knows", "bench --engine oracle", "sqlite, postgres or mysql"},
		{"an engine without its server", "bench --engine mysql --db sqlite:x.db", "--engine mysql needs --db mysql://"},
		{"no slots", "bench --slots 0", "--slots 0"},
	} {
		wantUsage(t, test.name, test.line, test.says)
	}
}

// wantUsage checks that a command line is refused with a word about why.
func wantUsage(t *testing.T, name, line, says string) {
	t.Helper()
	var out bytes.Buffer
	err := execute(context.Background(), strings.Fields(line), nil, &out, &out)
	var usage *usageError
	if !errors.As(err, &usage) || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: got %v, want a usage error that says %q", name, err, says)
	}
}

func TestEveryOpponentHasARowInItsCell(t *testing.T) {
	t.Parallel()
	figure := func(rate float64) bench.Figure { return bench.Figure{PerSecond: rate, CPUMicros: 5, RedoBytes: 200} }
	a := figure(1000)
	results := []bench.Result{
		{Name: "postgres/hot/64/submit-vs-conditional", A: a, B: figure(100), Ratio: 10, Note: "conditional, pool of 8", Server: "PostgreSQL 15"},
		{Name: "postgres/hot/64/submit-vs-best-textbook", A: a, B: figure(100), Ratio: 10, Goal: 8, Note: "conditional, pool of 8", Server: "PostgreSQL 15"},
		{Name: "postgres/hot/64/submit-vs-floor", A: a, B: figure(1500), Ratio: 0.66, Note: "the rows again", Server: "PostgreSQL 15"},
		{Name: "postgres/hot/64/cpu", A: a, Value: 5, Limit: 12, Unit: "µs", Server: "PostgreSQL 15"},
		{Name: "postgres/hot/64/submit-vs-conditional+keys", A: a, B: bench.Figure{PerSecond: 90}, Ratio: 11, Note: "conditional, pool of 8", Server: "PostgreSQL 15"},
	}
	var out bytes.Buffer
	printPeers(&out, results)
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
