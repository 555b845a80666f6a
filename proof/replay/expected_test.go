//go:build !race

// One goroutine goes through the six months again and again here: the race
// detector would find nothing, and takes ten seconds of a processor for it.

package replay

import (
	"errors"
	"strings"
	"testing"
)

func TestEveryExpectedRunFollowsFromTheFile(t *testing.T) {
	t.Parallel()
	h := sixMonths(t)
	expected, err := ReadExpected(dataDir + "expected.json")
	if err != nil {
		t.Fatal(err)
	}
	runs := []Settings{{Mode: Flash}}
	for name := range expected.Runs {
		opening, mode, _ := strings.Cut(name, "/")
		runs = append(runs, Settings{Opening: Policy(opening), Mode: Mode(mode)})
	}
	if len(runs) != 16 {
		t.Errorf("expected.json has %d runs, want 15", len(runs)-1)
	}
	runs = append(runs, Settings{Opening: Scarce, Mode: Channels}, Settings{Opening: Scarce, Mode: Warehouses})
	for _, s := range runs {
		t.Run(runName(s), func(t *testing.T) {
			t.Parallel()
			p := mustPlan(t, h, s)
			if err := expected.Covers(p.Settings); err != nil {
				t.Fatal(err)
			}
			s := asSummary(t, p, followReadme(p))
			for _, difference := range append(s.Differences, expected.Compare(s)...) {
				t.Error(difference)
			}
		})
	}
}

func TestTheSameCommandNamesTheSameRun(t *testing.T) {
	t.Parallel()
	h := sixMonths(t)
	name := func(s Settings) string { return mustPlan(t, h, s).Run }
	one := name(Settings{Opening: Scarce, Mode: ByLine})
	if again := name(Settings{Opening: Scarce, Mode: ByLine}); again != one {
		t.Errorf("runs of one command are %s and %s", one, again)
	}
	for _, other := range []Settings{
		{Opening: Peak, Mode: ByLine},
		{Opening: Scarce, Mode: ByPart},
		{Opening: Scarce, Mode: ByLine, Prefix: "x"},
		{Opening: Scarce, Mode: ByLine, Location: "x"},
	} {
		if name(other) == one {
			t.Errorf("%+v has the run of another", other)
		}
	}
}

func TestEveryDifferenceIsNamed(t *testing.T) {
	t.Parallel()
	expected, err := ReadExpected(dataDir + "expected.json")
	if err != nil {
		t.Fatal(err)
	}
	h := sixMonths(t)
	p := mustPlan(t, h, Settings{Opening: Scarce, Mode: ByOrder})
	s := asSummary(t, p, followReadme(p))
	s.OnHandTotal++
	s.OrdersShort--
	s.TopShort[0].Units++
	s.OnHandSHA256 = "00"
	s.FileSHA256 = "11"
	got := strings.Join(expected.Compare(s), "\n")
	for _, name := range []string{"onhand_total", "orders_short", "top_short", "onhand_sha256", "input_sha256"} {
		if !strings.Contains(got, name+" is ") {
			t.Errorf("%s is not named in\n%s", name, got)
		}
	}
	if n := strings.Count(got, "\n"); n != 4 {
		t.Errorf("%d differences, want 5:\n%s", n+1, got)
	}

	flash := mustPlan(t, h, Settings{Mode: Flash})
	s = asSummary(t, flash, followReadme(flash))
	s.Flash.SKUs[3].Granted++
	if got := expected.Compare(s); len(got) != 1 || !strings.Contains(got[0], "22423") {
		t.Errorf("one buyer more of 22423: %v", got)
	}
	channels := mustPlan(t, h, Settings{Opening: Scarce, Mode: Channels})
	s = asSummary(t, channels, followReadme(channels))
	s.Channels.Web.UnitsFromPool--
	if got := expected.Compare(s); len(got) != 1 || !strings.Contains(got[0], "13817") {
		t.Errorf("a unit less from the pool: %v", got)
	}
	sites := mustPlan(t, h, Settings{Opening: Scarce, Mode: Warehouses})
	s = asSummary(t, sites, followReadme(sites))
	s.Warehouses.LinesByWarehouse["W03"]++
	if got := expected.Compare(s); len(got) != 1 || !strings.Contains(got[0], "lines_by_warehouse") {
		t.Errorf("a line more from Glasgow: %v", got)
	}
	if err := expected.Covers(Settings{Opening: Zero, Mode: Linked}); !errors.Is(err, ErrSettings) || !strings.Contains(err.Error(), "zero/line") {
		t.Errorf("a run that is not expected: %v", err)
	}
}
