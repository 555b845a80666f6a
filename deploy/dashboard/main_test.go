package main

import (
	"bytes"
	"os"
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
