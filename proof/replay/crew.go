package replay

import (
	"context"
	"maps"
	"time"
)

// crew is the goroutines of a run: one that deals tasks, workers that carry
// them out, one that collects the answers.
type crew struct {
	run     *processRun
	first   int // task
	workers []*worker
	// tokens bound how far any worker may be ahead of the first unanswered task. They thereby bound
	// every channel here and what a killed run repeats.
	tokens  chan struct{}
	answers chan answer
	bySKU   bool
}

// answer is the outcome of the task of that number.
type answer struct {
	task int
	Outcome
}

const (
	// ahead is how many batches each worker may have waiting.
	ahead = 3
	// maxWindow bounds the tasks under way or waiting, whatever the options.
	maxWindow = 1 << 16
	// maxQueue bounds the queue of one worker that has SKUs of its own.
	maxQueue = 1 << 12
)

func newCrew(r *processRun, first int) *crew {
	o := r.options
	window := min(o.Workers*o.Batch*ahead, maxWindow)
	c := &crew{
		run: r, first: first,
		tokens:  make(chan struct{}, window),
		answers: make(chan answer, window),
		bySKU:   o.Workers > 1 && !r.anyOrder(),
	}
	shared := make(chan int, window)
	for range o.Workers {
		w := &worker{run: r, crew: c, tasks: shared, limit: o.Batch, credit: maps.Clone(r.tally.credit)}
		if c.bySKU {
			w.tasks = make(chan int, min(window, maxQueue))
		}
		c.workers = append(c.workers, w)
	}
	return c
}

// anyOrder reports whether the result is the same for every order of the lines. If it is not, all
// lines of a SKU go to one worker.
func (p *Plan) anyOrder() bool {
	return p.Mode == Flash || p.Opening == Gross && p.Mode != Linked
}

// inOrder reports whether the server gets the lines of each SKU in the order of
// events.
func (r *processRun) inOrder() bool { return r.options.Workers == 1 || !r.anyOrder() }

// deal hands the tasks to the workers, at the pace of the options.
func (c *crew) deal(ctx context.Context) error {
	defer c.dealt()
	tasks := c.run.Tasks
	begin := time.Now()
	for i := c.first; i < len(tasks); i++ {
		select {
		case c.tokens <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if speed := c.run.options.Speed; speed > 0 {
			due := time.Duration(float64(tasks[i].At-tasks[c.first].At) / speed * float64(time.Second))
			if early := due - time.Since(begin); early > 0 {
				if err := rest(ctx, early); err != nil {
					return err
				}
			}
		}
		to := 0
		if c.bySKU {
			to = int(tasks[i].SKU) % len(c.workers)
		}
		select {
		case c.workers[to].tasks <- i:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// dealt tells the workers that there are no more tasks.
func (c *crew) dealt() {
	if !c.bySKU {
		close(c.workers[0].tasks)
		return
	}
	for _, w := range c.workers {
		close(w.tasks)
	}
}

// collect books the answers in the order of the tasks and writes checkpoints.
// It ends when answers is closed; if it fails before, it stops the others.
func (c *crew) collect(stop context.CancelCauseFunc) error {
	r := c.run
	waiting := map[int]Outcome{}
	var failed error
	saved := time.Now()
	for a := range c.answers {
		waiting[a.task] = a.Outcome
		booked := 0
		for failed == nil {
			next := r.tally.done
			outcome, ok := waiting[next]
			if !ok {
				break
			}
			delete(waiting, next)
			if failed = r.tally.Apply(&r.Tasks[next], outcome); failed != nil {
				break
			}
			r.codes = appendOutcome(r.codes, &r.Tasks[next], outcome)
			booked++
			<-c.tokens
		}
		r.options.Progress.Advance(booked)
		if failed == nil && booked > 0 && time.Since(saved) >= r.options.Save {
			failed = r.save()
			saved = time.Now()
		}
		if failed != nil {
			stop(failed)
		}
	}
	if failed != nil {
		return failed
	}
	return r.save()
}
