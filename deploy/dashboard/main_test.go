package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestTheCommittedDashboardIsTheOneThisMakes(t *testing.T) {
	t.Parallel()
	want, err := render()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../grafana/holdfast.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("deploy/grafana/holdfast.json is not what the program makes; run: go run ./deploy/dashboard")
	}
}

// slotted are the metrics that have a label for the slot when there are
// several.
var slotted = regexp.MustCompile(`holdfast_(engine_|view_|items_(low|sold_out|count_age))`)

func TestSlotsAreTakenTogether(t *testing.T) {
	t.Parallel()
	found := 0
	for _, r := range rows {
		for _, c := range r.charts {
			for _, q := range c.queries {
				if !slotted.MatchString(q.expr) {
					continue
				}
				found++
				if !regexp.MustCompile(`^(histogram_quantile\(.*)?(sum|max|count)\b`).MatchString(q.expr) {
					t.Errorf("%q shows a line for each slot of each node: %s", c.title, q.expr)
				}
			}
		}
	}
	if found < 8 {
		t.Errorf("only %d queries were found", found)
	}
}

func TestPanelsDoNotOverlap(t *testing.T) {
	t.Parallel()
	taken := map[[2]int]string{}
	ids := map[int]bool{}
	for _, p := range board(rows).Panels {
		if ids[p.ID] || p.Title == "" || p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %d %q: no name, no query, or a number that another has", p.ID, p.Title)
		}
		ids[p.ID] = true
		for x := p.Grid.X; x < p.Grid.X+p.Grid.W; x++ {
			for y := p.Grid.Y; y < p.Grid.Y+p.Grid.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= pageWidth {
					t.Fatalf("%q lies on %q or outside the page", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		for _, q := range p.Targets {
			for _, pair := range []string{"()", "{}", "[]"} {
				if strings.Count(q.Expr, pair[:1]) != strings.Count(q.Expr, pair[1:]) {
					t.Errorf("%q: %s has brackets without a partner", p.Title, q.Expr)
				}
			}
		}
	}
}
