package stores_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/sim/stores"
)

var (
	seedFlag    = flag.Uint64("seed", 1, "what TestSeed runs: the seed")
	plantedFlag = flag.String("planted", "", "what TestSeed runs: with this bug (needs the overlay of internal/sim/planted)")
	tailFlag    = flag.Int("tail", 60, "how many lines of its trace a failing run shows, up to 5000")
	fromFlag    = flag.Uint64("from", 1, "the first of the seeds that are run")
)

// dailySeeds run unless SOAK says more.
const dailySeeds = 200

func config(t *testing.T, seed uint64, planted string) stores.Config {
	t.Helper()
	return stores.Config{Seed: seed, Steps: 1000, Tills: 5, Dir: t.TempDir(), Catalog: catalogtest.File(t), Planted: planted}
}

// simulate runs a seed in a bubble of its own.
func simulate(t *testing.T, cfg stores.Config) (r *stores.Result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var err error
		if r, err = stores.Run(cfg); err != nil {
			t.Fatal(err)
		}
	})
	return r
}

// again is the command that has the run again.
func again(cfg stores.Config) string {
	overlay, bug := "", ""
	if cfg.Planted != "" {
		overlay, bug = `-overlay="$(go run ./internal/sim/planted/overlay)" `, fmt.Sprintf(" -planted=%q", cfg.Planted)
	}
	return fmt.Sprintf("go test %s./internal/sim/stores -run 'TestSeed$' -seed=%d%s", overlay, cfg.Seed, bug)
}

// complain says what is wrong with a run, and how to have it again.
func complain(t *testing.T, cfg stores.Config, r *stores.Result) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %s\n", cfg.Seed, r.Stats)
	for _, l := range r.Tail[max(0, len(r.Tail)-*tailFlag):] {
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
	cfg := config(t, *seedFlag, *plantedFlag)
	r := simulate(t, cfg)
	if len(r.Violations) > 0 {
		complain(t, cfg, r)
	}
	t.Logf("seed %d, trace %016x: %s", cfg.Seed, r.Hash, r.Stats)
}

// With SOAK=20 these are more than a million operations.
func TestSeeds(t *testing.T) {
	t.Parallel()
	n := uint64(dailySeeds)
	if f, err := strconv.ParseUint(os.Getenv("SOAK"), 10, 32); err == nil && f > 0 {
		n *= f
	}
	if raced {
		n = (n + 49) / 50
	}
	var (
		next  atomic.Uint64
		mu    sync.Mutex
		total stores.Stats
	)
	t.Run("seeds", func(t *testing.T) {
		for w := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint("worker ", w), func(t *testing.T) {
				t.Parallel()
				for i := next.Add(1) - 1; i < n && !t.Failed(); i = next.Add(1) - 1 {
					cfg := config(t, *fromFlag+i, "")
					r := simulate(t, cfg)
					if len(r.Violations) > 0 {
						complain(t, cfg, r)
					}
					mu.Lock()
					total.Add(r.Stats)
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("%d seeds: %s", n, total)
}
