package compare

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/proof/peer"
)

// quick is a comparison that takes no time and says nothing about rates.
func quick(servers ...string) Config {
	c := Defaults()
	c.Servers, c.Callers, c.Dists = servers, []int{64}, []string{"hot"}
	c.Pools, c.Older = []int{8}, 100
	// Long enough for a call of each form on a machine that does other things too.
	c.Rounds, c.Cell, c.SweepCell, c.Budget = 1, 200*time.Millisecond, 20*time.Millisecond, 0
	return c
}

// Both sides run, on real servers, and both are right: a run whose check fails
// has no figures.
func TestTheComparisonHasAllThatScriptsRead(t *testing.T) {
	t.Parallel()
	for _, server := range []struct {
		name string
		dsn  string
	}{{"postgres", dbtest.Postgres(t)}, {"mysql", dbtest.MySQL(t)}} {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			results, err := Run(t.Context(), quick(server.dsn))
			if err != nil {
				t.Fatal(err)
			}
			found := map[string]bench.Result{}
			for _, r := range results {
				found[r.Name] = r
				if r.Unit == "" && (r.A.PerSecond <= 0 || r.B.PerSecond <= 0 || r.Ratio <= 0 || r.A.RedoBytes <= 0) {
					t.Errorf("%s has no figures: %+v", r.Name, r)
				}
				if !strings.Contains(r.Server, "; ") {
					t.Errorf("%s does not say how durable the server is: %q", r.Name, r.Server)
				}
			}
			for _, of := range []string{
				"submit-vs-optimistic", "submit-vs-for-update", "submit-vs-conditional", "submit-vs-one-statement",
				"submit-vs-best-textbook", "submit-vs-expert", "submit-vs-best", "submit-vs-unbounded", "submit-vs-floor",
				"submit-vs-best-textbook+keys", "submit-vs-expert+keys",
			} {
				if _, ok := found[server.name+"/hot/64/"+of]; !ok {
					t.Errorf("there is no %s among %d results", of, len(results))
				}
			}
			if sweep := found[server.name+"/hot/64/submit-vs-conditional"].Sweep; len(sweep) != 2 {
				t.Errorf("the sweep has %d pools: %+v", len(sweep), sweep)
			}
			shape(t, results)
		})
	}
}

// shape looks at the JSON as a script does.
func shape(t *testing.T, results []bench.Result) {
	t.Helper()
	b, err := json.Marshal(results)
	if err != nil {
		t.Fatal(err)
	}
	var read []map[string]any
	if err := json.Unmarshal(b, &read); err != nil {
		t.Fatal(err)
	}
	for _, one := range read {
		for _, field := range []string{"name", "a", "b", "ratio"} {
			if one[field] == nil {
				t.Errorf("%v has no %s", one["name"], field)
			}
		}
		a, _ := one["a"].(map[string]any)
		for _, field := range []string{"per_second", "least_per_second", "most_per_second", "p50_us", "p99_us", "cpu_us", "redo_bytes"} {
			if a[field] == nil {
				t.Errorf("side a of %v has no %s", one["name"], field)
			}
		}
	}
}

func TestOneServerWithItsBooksInSlots(t *testing.T) {
	t.Parallel()
	c := quick(dbtest.Postgres(t))
	c.Forms, c.Dists, c.Callers, c.Slots = []peer.Form{peer.Conditional}, []string{"spread"}, []int{8}, 3
	c.Items = 100
	results, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 2 || results[0].Name != "postgres-3-slots/spread/8/submit-vs-one-tx" ||
		results[1].Name != "postgres-3-slots/spread/8/submit-vs-one-tx+keys" {
		t.Errorf("got %v", results)
	}
}

func TestServersOnWhichAComparisonSaysNothing(t *testing.T) {
	t.Parallel()
	dsn := dbtest.Postgres(t)
	for _, test := range []struct {
		name   string
		change func(*Config)
		says   string
	}{
		{"one that does not wait for the disk", func(c *Config) { c.Servers[0] += "&synchronous_commit=off" }, "loses the last commits"},
		{"one whose fsync is not as slow as is said", func(c *Config) { c.FsyncDelay = time.Hour }, "is not delayed by 1h0m0s"},
		{"none", func(c *Config) { c.Servers[0] = "sqlite:x" }, "no server speaks"},
	} {
		c := quick(dsn)
		if !strings.Contains(dsn, "?") {
			c.Servers[0] += "?application_name=bench"
		}
		test.change(&c)
		if results, err := Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), test.says) || len(results) > 0 {
			t.Errorf("%s: got %d results, %v", test.name, len(results), err)
		}
	}
}

// The long runs, cut short.
func TestGrowth(t *testing.T) {
	t.Parallel()
	for _, server := range []struct {
		name string
		dsn  string
	}{{"postgres", dbtest.Postgres(t)}, {"mysql", dbtest.MySQL(t)}} {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			c := quick(server.dsn)
			c.Many, c.Items = 600, 100
			results, err := RunGrowth(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, r := range results {
				names = append(names, strings.TrimPrefix(r.Name, server.name+"/"))
			}
			want := []string{"uniform/256/many-items-vs-1000", "spread/256/grown-vs-empty", "spread/256/three-lines-vs-one", "spread/16/sweep", "spread/16/sweep-p99"}
			if !slices.Equal(names, want) {
				t.Errorf("got %q, want %q", names, want)
			}
		})
	}
}

// Names of runs with a slow disk say so, and have goals of their own.
func TestResultsOfASlowDiskAreNamedSo(t *testing.T) {
	t.Parallel()
	dsn := dbtest.Postgres(t)
	s, err := peer.Dial(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(context.Background()) //nolint:errcheck // a scratch database
	r := &peers{Config: quick(), on: s}
	r.FsyncDelay = 2 * time.Millisecond
	c := &contest{peers: r, w: load.Hot(), callers: 256, v: bench.Variant{Views: true}, entrants: []entrant{{form: peer.OneStatement, pool: 16}}}
	c.ours.Add(load.Figure{PerSecond: 100})
	c.entrants[0].side.Add(load.Figure{PerSecond: 2})
	c.conclude()
	for _, res := range r.results {
		if res.Name == "postgres/hot/256/submit-vs-best+fsync2ms" {
			if res.Goal != 40 || res.Ratio != 50 {
				t.Errorf("got %+v", res)
			}
			return
		}
	}
	t.Errorf("no such name: %v", r.results)
}
