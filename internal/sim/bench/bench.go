package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/sim/load"
)

// Config says how to measure.
type Config struct {
	// Dir is where the databases are made: both sides on one file system.
	Dir string
	// Rounds is how often each cell is measured, sides in turn; Cell how long
	// one measurement takes.
	Rounds int
	Cell   time.Duration
	// Callers are the numbers of callers to measure with.
	Callers []int
	// Slots is how many slots Holdfast keeps its books in, in one database.
	Slots int
	// Report is called with each result when it is known, Progress with what
	// is being measured.
	Report   func(Result)
	Progress func(string)
}

// Defaults measures what fits into four minutes.
func Defaults() Config {
	return Config{
		Rounds: 3, Cell: 600 * time.Millisecond, Callers: []int{1, 16, 64, 256}, Slots: 1,
		Report: func(Result) {}, Progress: func(string) {},
	}
}

// oneTxPools are the pool sizes to try for the other side; the best one counts.
var oneTxPools = []int{1, 4, 16}

// goals are the ratios to reach, by name; a name that is not here has no goal.
var goals = map[string]float64{
	"sqlite/hot/1/submit-vs-one-tx":          0.9,
	"sqlite/hot/64/submit-vs-one-tx":         10,
	"sqlite/hot/256/submit-vs-one-tx":        20,
	"sqlite/spread/1/submit-vs-one-tx":       0.9,
	"sqlite/spread/64/submit-vs-one-tx":      10,
	"sqlite/spread/256/submit-vs-one-tx":     12,
	"sqlite/hot/256/submit-vs-floor":         0.5,
	"sqlite/spread/256/submit-vs-floor":      0.5,
	"sqlite/hot/16/batch100-vs-submit":       0.5,
	"sqlite/spread/16/batch100-vs-submit":    0.5,
	"sqlite/hot/256/eight-channels-vs-plain": 0.8,
}

// Run measures everything that `holdfast bench` prints.
func Run(ctx context.Context, c Config) ([]Result, error) {
	dir, err := os.MkdirTemp(c.Dir, "holdfast-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a scratch folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // scratch
	r := &runner{Config: c, dir: dir}
	natural, keyed := Variant{Views: true}, Variant{Views: true, Keys: true}
	steps := []func() error{
		func() error { return r.submit(ctx, load.Hot(), natural, c.Callers) },
		func() error { return r.submit(ctx, load.Spread(), natural, c.Callers) },
		func() error { return r.floor(ctx, load.Hot()) },
		func() error { return r.floor(ctx, load.Spread()) },
		func() error { return r.channels(ctx) },
		func() error { return r.transports(ctx, load.Hot()) },
		func() error { return r.transports(ctx, load.Spread()) },
		func() error { return r.submit(ctx, load.Hot(), keyed, []int{64, 256}) },
		func() error { return r.submit(ctx, load.Spread(), keyed, []int{64, 256}) },
		func() error { return r.submit(ctx, load.Hot(), Variant{}, []int{256}) },
		func() error { return r.submit(ctx, load.Spread(), Variant{}, []int{256}) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return r.results, err
		}
	}
	return r.results, nil
}

type runner struct {
	Config
	dir     string
	results []Result
}

func (r *runner) report(name string, a, b *load.Side, note string) {
	res := Result{Name: name, A: a.Middle(), B: b.Middle(), Ratio: load.Ratio(a, b), Goal: goals[name], Note: note}
	r.results = append(r.results, res)
	r.Report(res)
}

// EngineName names an engine with its number of slots, where that is not one.
func EngineName(engine string, n int) string {
	if n == 1 {
		return engine
	}
	return fmt.Sprintf("%s-%d-slots", engine, n)
}

// filesIn keeps each slot in a file of the folder.
func filesIn(dir string) func(context.Context, int) (engine.Engine, error) {
	return func(ctx context.Context, n int) (engine.Engine, error) {
		return sqlite.Open(ctx, filepath.Join(dir, fmt.Sprintf("slot-%d.db", n)))
	}
}

// folder makes a fresh folder for one cell's databases.
func (r *runner) folder() (string, error) {
	return os.MkdirTemp(r.dir, "cell-")
}

// open opens the books, with their views, in a folder of their own.
func (r *runner) open(ctx context.Context, w *load.Workload) (*Slot, error) {
	dir, err := r.folder()
	if err != nil {
		return nil, err
	}
	return OpenIn(ctx, dir, w, Variant{Views: true})
}

// submit measures ledger.Submit against one transaction each.
func (r *runner) submit(ctx context.Context, w *load.Workload, v Variant, callers []int) (err error) {
	dir, err := r.folder()
	if err != nil {
		return err
	}
	a, err := OpenSlots(ctx, r.Slots, filesIn(dir), w, v)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	var pools []*oneTx
	for _, conns := range oneTxPools {
		b, err := openOneTx(dir, w, conns, v.Keys)
		if err != nil {
			return err
		}
		defer b.close() //nolint:errcheck // a scratch database
		pools = append(pools, b)
	}
	taken := make([]int, 1+len(pools))
	for _, n := range callers {
		name := fmt.Sprintf("%s/%s/%d/submit-vs-one-tx%s", EngineName("sqlite", r.Slots), w.Name, n, v.Suffix())
		var sideA load.Side
		sides := make([]load.Side, len(pools))
		for round := range r.Rounds {
			r.Progress(fmt.Sprintf("%s, round %d of %d", name, round+1, r.Rounds))
			s, err := r.drive(ctx, n, a.Reserve)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			taken[0] += s.Ops
			sideA.Add(s.Figure())
			for i, b := range pools {
				s, err := r.drive(ctx, n, b.reserve)
				if err != nil {
					return fmt.Errorf("%s: one transaction each: %w", name, err)
				}
				taken[1+i] += s.Ops
				sides[i].Add(s.Figure())
			}
		}
		best := 0
		for i := range sides {
			if sides[i].Middle().PerSecond > sides[best].Middle().PerSecond {
				best = i
			}
		}
		r.report(name, &sideA, &sides[best], fmt.Sprintf("one transaction each, best pool: %d connections", oneTxPools[best]))
	}
	if err := a.Check(ctx, taken[0]); err != nil {
		return err
	}
	for i, b := range pools {
		if err := b.check(taken[1+i]); err != nil {
			return err
		}
	}
	return nil
}

// floor measures ledger.Submit against its own rows written again.
func (r *runner) floor(ctx context.Context, w *load.Workload) error {
	const callers = 256
	name := fmt.Sprintf("sqlite/%s/%d/submit-vs-floor", w.Name, callers)
	var sideA, sideB load.Side
	for round := range r.Rounds {
		r.Progress(fmt.Sprintf("%s, round %d of %d", name, round+1, r.Rounds))
		dir, err := r.folder()
		if err != nil {
			return err
		}
		a, err := openTaped(ctx, dir, w, Variant{Views: true})
		if err != nil {
			return err
		}
		a.Tape.On = true
		s, err := r.drive(ctx, callers, a.Reserve)
		if err == nil {
			err = a.Check(ctx, s.Ops)
		}
		if err = errors.Join(err, a.Close()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		sideA.Add(s.Figure())
		runtime.GC()
		s, err = floor(ctx, dir, a.Tape, round)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		sideB.Add(s.Figure())
	}
	r.report(name, &sideA, &sideB, "the same rows in the same groups, written by one goroutine")
	return nil
}

// drive clears away what earlier runs left behind, then measures one run.
func (r *runner) drive(ctx context.Context, callers int, op func(context.Context, int) error) (*load.Sample, error) {
	runtime.GC()
	return load.Drive(ctx, callers, 1, r.Cell, op)
}
