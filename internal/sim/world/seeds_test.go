package world_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"holdfast.dev/holdfast/internal/sim/world"
)

var (
	seedFlag    = flag.Uint64("seed", 1, "what TestSeed runs: the seed")
	engineFlag  = flag.String("engine", "memory", "what TestSeed runs: on memory, sqlite, 4xmemory or 4xsqlite")
	plantedFlag = flag.String("planted", "", "what TestSeed runs: with this bug (needs the overlay of internal/sim/planted)")
	tailFlag    = flag.Int("tail", 60, "how many lines of its trace a failing run shows, up to 400")
	fromFlag    = flag.Uint64("from", 1, "the first of the seeds that are run")
)

func config(t *testing.T, seed uint64, engine, planted string) world.Config {
	cfg := world.Config{Seed: seed, Engine: engine, Dir: t.TempDir(), Clients: 8, Commands: 15, Planted: planted}
	if slots, name, ok := strings.Cut(engine, "x"); ok && (name == "memory" || name == "sqlite") {
		cfg.Engine = name
		cfg.Slots, _ = strconv.Atoi(slots)
	}
	return cfg
}

// name is the engine as flags have it.
func name(cfg world.Config) string {
	if cfg.Slots > 1 {
		return fmt.Sprintf("%dx%s", cfg.Slots, cfg.Engine)
	}
	return cfg.Engine
}

// simulate runs a seed in a bubble of its own.
func simulate(t *testing.T, cfg world.Config) (r *world.Result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var err error
		if r, err = world.Run(cfg); err != nil {
			t.Fatal(err)
		}
	})
	return r
}

// again is the command that has the run again.
func again(cfg world.Config) string {
	overlay, bug := "", ""
	if cfg.Planted != "" {
		overlay, bug = `-overlay="$(go run ./internal/sim/planted/overlay)" `, fmt.Sprintf(" -planted=%q", cfg.Planted)
	}
	return fmt.Sprintf("go test %s./internal/sim/world -run 'TestSeed$' -seed=%d -engine=%s%s", overlay, cfg.Seed, name(cfg), bug)
}

// complain says what is wrong with a run, and how to have it again.
func complain(t *testing.T, cfg world.Config, r *world.Result) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d on %s: %s\n", cfg.Seed, name(cfg), r.Stats)
	for _, l := range r.Tail[max(0, len(r.Tail)-*tailFlag):] {
		if len(l) > 300 {
			l = l[:300] + "…"
		}
		fmt.Fprintln(&b, l)
	}
	for _, v := range r.Violations {
		fmt.Fprintln(&b, "WRONG:", v)
	}
	fmt.Fprintf(&b, "trace %016x; the same run again:\n  %s", r.Hash, again(cfg))
	t.Error(b.String())
}

// One seed, to look at it.
func TestSeed(t *testing.T) {
	cfg := config(t, *seedFlag, *engineFlag, *plantedFlag)
	r := simulate(t, cfg)
	if len(r.Violations) > 0 {
		complain(t, cfg, r)
	}
	t.Logf("seed %d on %s, trace %016x: %s", cfg.Seed, name(cfg), r.Hash, r.Stats)
}

// daily is the part of the seeds that run unless SOAK says more: a fifth.
func daily(n uint64) uint64 { return n / 5 }

func TestSeedsOnMemory(t *testing.T) { t.Parallel(); seeds(t, "memory", daily(seedsOnMemory)) }

// overSeeds is among how many seeds with several slots in memory a bug is found.
const overSeeds = 400

func TestSeedsOnFourSlotsInMemory(t *testing.T) { t.Parallel(); seeds(t, "4xmemory", daily(overSeeds)) }

func TestSeedsOnFourSlotsInSQLite(t *testing.T) { t.Parallel(); seeds(t, "4xsqlite", 20) }

func TestSeedsOnSQLite(t *testing.T) { t.Parallel(); seeds(t, "sqlite", 50) }

// leastPoints is at how many different points nodes must have died in the
// runs on memory.
const leastPoints = 25

// seeds runs that many seeds, SOAK times as many when that is set, and a
// fiftieth of it under the race detector.
func seeds(t *testing.T, engine string, n uint64) {
	seedsWith(t, engine, n, func(seed uint64) world.Config { return config(t, seed, engine, "") })
}

func seedsWith(t *testing.T, engine string, n uint64, config func(seed uint64) world.Config) {
	whole := n >= daily(seedsOnMemory)
	if f, err := strconv.ParseUint(os.Getenv("SOAK"), 10, 32); err == nil && f > 0 {
		n *= f
	}
	if raced {
		n, whole = (n+49)/50, false
	}
	var (
		next  atomic.Uint64
		mu    sync.Mutex
		total world.Stats
		died  = map[string]int{}
	)
	t.Run("seeds", func(t *testing.T) {
		for w := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint("worker ", w), func(t *testing.T) {
				t.Parallel()
				for i := next.Add(1) - 1; i < n && !t.Failed(); i = next.Add(1) - 1 {
					cfg := config(*fromFlag + i)
					r := simulate(t, cfg)
					if len(r.Violations) > 0 {
						complain(t, cfg, r)
					}
					mu.Lock()
					total.Add(r.Stats)
					for at, times := range r.Died {
						died[at] += times
					}
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("%d seeds on %s: %s", n, engine, total)
	t.Logf("nodes died at %d different points:", len(died))
	for _, at := range slices.Sorted(maps.Keys(died)) {
		t.Logf("%6d  %s", died[at], at)
	}
	if whole && len(died) < leastPoints && !t.Failed() {
		t.Errorf("nodes died at %d different points, want %d", len(died), leastPoints)
	}
}

// The same seed gives the same run: without that a failing seed would be worth nothing.
func TestTheSameSeedIsTheSameRun(t *testing.T) {
	t.Parallel()
	n := uint64(40)
	if raced {
		n = 2
	}
	for _, engine := range []string{"memory", "sqlite", "4xmemory"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			n := n
			if engine == "sqlite" {
				n = (n + 4) / 5
			}
			for seed := range n {
				one := simulate(t, config(t, seed, engine, ""))
				two := simulate(t, config(t, seed, engine, ""))
				if one.Hash == two.Hash {
					continue
				}
				common, first, second := one.Parts(two)
				t.Fatalf("seed %d on %s is two runs. Both:\n%s\nThe one:\n%s\nThe other:\n%s", seed, engine,
					strings.Join(common, "\n"), strings.Join(first, "\n"), strings.Join(second, "\n"))
			}
		})
	}
}
