package replay

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/progress"
)

// Options say how a plan is carried out. They do not change the calls or their keys, so a run can
// be continued with other options.
type Options struct {
	Transport string        // for the summary
	Workers   int           // 1: one call at a time, in the order of events
	Batch     int           // most commands in one call; 1: each by itself
	Speed     float64       // 1000: a thousand times as fast as it happened; 0: as fast as it goes
	State     string        // path of the checkpoint; empty: none is kept
	Save      time.Duration // between two checkpoints
	Within    time.Duration // for one call, all attempts
	Progress  progress.Progress
}

// Run carries out p against target and returns its summary. If it was killed at any
// point and is called again with the same plan and state, it continues where it
// stopped. Once the run has ended, it only reads the books again. Every error comes
// with a nil summary, except ErrDifference: then the run has ended and the summary
// names what is wrong.
func Run(ctx context.Context, p *Plan, target Target, o Options) (*Summary, error) {
	r := &processRun{
		Plan: p, options: o, began: time.Now(), latency: &latencies{},
		target: &patient{target: target, within: o.Within, notice: o.Progress.Note},
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := r.resume(); err != nil {
		return nil, err
	}
	if r.saved.Finished {
		books, err := r.readBooks(ctx)
		if err != nil {
			return nil, err
		}
		if books.known > 0 {
			return r.summary(books, true)
		}
		r.startOver()
	}
	if err := r.open(ctx); err != nil {
		return nil, fmt.Errorf("open stock: %w", err)
	}
	if err := r.tasks(ctx); err != nil {
		return nil, err
	}
	books, err := r.readBooks(ctx)
	if err != nil {
		return nil, err
	}
	r.saved.Finished = true
	if err := r.save(); err != nil {
		return nil, err
	}
	return r.summary(books, false)
}

// processRun is the part of one process in a plan.
type processRun struct {
	*Plan
	options Options
	target  *patient
	began   time.Time
	latency *latencies

	saved   checkpoint // the earlier state, and the next one to write
	before  Pace       // of earlier processes
	resumed bool
	tally   *Tally
	codes   []byte // outcomes, as in the checkpoint
	load    load
}

// check refuses settings that cannot give the result of the README.
func (r *processRun) check() error {
	o := &r.options
	if o.Workers < 1 || o.Workers > 10_000 {
		return badSettings("workers must be 1 to 10,000, not %d", o.Workers)
	}
	if o.Batch < 1 || o.Batch > maxBatch {
		return badSettings("a batch has 1 to %d commands, not %d", maxBatch, o.Batch)
	}
	if o.Workers > 1 && r.Mode == ByOrder && r.Opening != Gross {
		return badSettings("mode order with opening %s depends on the order of arrival: use --workers 1, or --opening gross", r.Opening)
	}
	return nil
}

// resume takes over the checkpoint, if there is one.
func (r *processRun) resume() error {
	r.tally, r.codes = NewTally(r.Plan), nil
	if r.options.State == "" {
		return nil
	}
	saved, found, err := readCheckpoint(r.options.State, r.Plan)
	if err != nil || !found {
		return err
	}
	if r.tally, r.codes, err = saved.tally(r.Plan); err != nil {
		return fmt.Errorf("checkpoint %s is damaged: %w; delete it to begin again (steps already done are not done twice)", r.options.State, err)
	}
	r.saved, r.before, r.resumed = saved, saved.Pace, true
	r.latency.restore(saved.Latencies)
	return nil
}

// startOver drops the checkpoint: the server does not know this run.
func (r *processRun) startOver() {
	r.options.Progress.Note("the server does not know this run: beginning it anew")
	r.saved, r.before, r.resumed = checkpoint{}, Pace{}, false
	r.tally, r.codes, r.latency = NewTally(r.Plan), nil, &latencies{}
}

// open creates the run's SKUs, divides them among channels and sets the places of its sites. If
// the checkpoint says that this was done, only the first one is sent again: the answer shows
// whether this is the same server.
func (r *processRun) open(ctx context.Context) error {
	if r.saved.Opened {
		results, err := r.execute(ctx, []Command{r.createCommand(0)})
		if err != nil {
			return err
		}
		if refusal := results[0].Refusal; refusal != nil {
			return fmt.Errorf("sku %q: %w%s", r.SKUs[r.Open[0]], refusal, advice(refusal))
		}
		if results[0].Replayed {
			return nil
		}
		r.startOver()
	}
	if places := r.places(); places != nil {
		if err := r.target.SetPlaces(ctx, places); err != nil {
			if refusal, ok := asRefusal(err); ok {
				return fmt.Errorf("locations: %w%s", err, advice(refusal))
			}
			return fmt.Errorf("locations: %w", err)
		}
	}
	all := r.shelves()
	r.options.Progress.Begin("opening stock", all, 0)
	defer r.options.Progress.End()
	for first := 0; first < all; first += openBatch {
		n := min(openBatch, all-first)
		if err := r.openShelves(ctx, first, n); err != nil {
			return err
		}
		r.options.Progress.Advance(n)
	}
	r.saved.Opened = true
	return r.save()
}

// openBatch is how many shelves are opened at once, by a batch on every transport; each needs up
// to two commands.
const openBatch = 500

// openShelves opens n shelves.
func (r *processRun) openShelves(ctx context.Context, first, n int) error {
	var commands []Command
	var shelves []int // of the commands
	for i := first; i < first+n; i++ {
		for _, command := range r.openCommands(i) {
			commands, shelves = append(commands, command), append(shelves, i)
		}
	}
	results, err := r.execute(ctx, commands)
	if err != nil {
		return err
	}
	for i, result := range results {
		if result.Refusal != nil {
			sku, _ := r.opened(shelves[i])
			return fmt.Errorf("sku %q: %w%s", r.SKUs[sku], result.Refusal, advice(result.Refusal))
		}
		if result.Inventory != nil {
			r.saved.Location = result.Inventory.LocationID
		}
	}
	return nil
}

// execute sends commands and measures the time until the answers.
func (r *processRun) execute(ctx context.Context, commands []Command) ([]Result, error) {
	begin := time.Now()
	results, err := r.target.Execute(ctx, commands)
	if err != nil {
		return nil, err
	}
	r.latency.add(time.Since(begin))
	r.load.count(results)
	return results, nil
}

// tasks carries out the rest of the plan.
func (r *processRun) tasks(ctx context.Context) error {
	done := r.tally.done
	r.options.Progress.Begin("replay", len(r.Tasks), done)
	defer r.options.Progress.End()
	crew := newCrew(r, done)
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	group, inner := errgroup.WithContext(inner)
	group.Go(func() error { return crew.deal(inner) })
	for _, w := range crew.workers {
		group.Go(func() error { return w.work(inner) })
	}
	// The collector ends when all others have, so that it books every answer.
	collected := make(chan error, 1)
	go func() { collected <- crew.collect(cancel) }()
	err := group.Wait()
	close(crew.answers)
	if failed := <-collected; failed != nil {
		return failed
	}
	if ctx.Err() != nil {
		return fmt.Errorf("stopped after %d of %d tasks; the same command goes on from there: %w", r.tally.done, len(r.Tasks), context.Cause(ctx))
	}
	return err
}

// save writes the checkpoint.
func (r *processRun) save() error {
	if r.options.State == "" {
		return nil
	}
	r.saved.Settings, r.saved.FileSHA256 = r.Settings, r.FileSHA256
	r.saved.Done, r.saved.Counts = r.tally.done, r.tally.Counts
	r.saved.Pace, r.saved.Latencies = r.pace(), r.latency.sparse()
	return r.saved.write(r.options.State, r.codes)
}
