package main

import (
	"bytes"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/proof/fleet"
)

func TestFleetsThatCannotBeMeasured(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, line, says string }{
		{"an engine nobody knows", "fleet --engine oracle", "sqlite, postgres or mysql"},
		{"an engine without its server", "fleet --engine postgres", "--engine postgres needs --db postgres://"},
		{"an engine with another's server", "fleet --engine mysql --db postgres://x", "--engine mysql needs --db mysql://"},
	} {
		wantUsage(t, test.name, test.line, test.says)
	}
}

func TestTheTableOfAFleetSaysWhatWasReached(t *testing.T) {
	t.Parallel()
	a, b := load.Figure{PerSecond: 700, P99Micros: 2500, CPUMicros: 7}, load.Figure{PerSecond: 1000}
	var out bytes.Buffer
	err := printFleet(&out, []fleet.Finding{
		{Name: "postgres/hot/1-slot/three-nodes-vs-one", Value: 0.7, Unit: "times", Goal: 0.7, Reached: true, A: &a, B: &b, Server: "PostgreSQL 15"},
		{Name: "postgres/hot/1-slot/home-killed-back", Value: 1.2, Unit: "s", Goal: 1, AtMost: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for row := range strings.Lines(out.String()) {
		rows = append(rows, strings.Join(strings.Fields(row), " "))
	}
	text := strings.Join(rows, "\n")
	for _, want := range []string{
		"PostgreSQL 15", "three-nodes-vs-one 700 2.50 7.0 1000 0.00 unknown 0.70 times >= 0.7 yes", "home-killed-back 1.20 s <= 1 no",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in:\n%s", want, text)
		}
	}
}
