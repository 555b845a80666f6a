package replay

import (
	"context"
	"sync/atomic"
)

// worker carries out tasks, several in one call if the limit allows.
type worker struct {
	run    *processRun
	crew   *crew
	tasks  chan int
	limit  int     // commands in one call
	credit credits // of the SKUs of this worker, in Linked mode
	carry  int     // a task taken from tasks for the next call, plus 1
}

// work carries out tasks until there are no more or one fails.
func (w *worker) work(ctx context.Context) error {
	for {
		shares := w.next(ctx)
		if len(shares) == 0 {
			return context.Cause(ctx)
		}
		send := w.callForAll
		if w.limit == 1 {
			send = w.oneByOne
		}
		if err := send(ctx, shares); err != nil {
			return err
		}
	}
}

// oneByOne makes a call for each step of a task. It does not deduct what was
// refused.
func (w *worker) oneByOne(ctx context.Context, shares []taskShare) error {
	for _, s := range shares {
		task := &w.run.Tasks[s.task]
		var results []Result
		for _, command := range s.commands {
			result, err := w.run.execute(ctx, []Command{command})
			if err != nil {
				return err
			}
			results = append(results, result...)
			if task.Kind != Sale {
				break
			}
			if taken, err := w.run.reserved(task, results[0]); err != nil || taken == 0 {
				break // outcome says which
			}
		}
		if err := w.answer(s, results); err != nil {
			return err
		}
	}
	return nil
}

// callForAll makes one call for all steps of all shares.
func (w *worker) callForAll(ctx context.Context, shares []taskShare) error {
	var commands []Command
	for _, s := range shares {
		commands = append(commands, s.commands...)
	}
	var results []Result
	if len(commands) > 0 {
		var err error
		if results, err = w.run.execute(ctx, commands); err != nil {
			return err
		}
	}
	for _, s := range shares {
		mine := results[:len(s.commands)]
		results = results[len(s.commands):]
		if err := w.answer(s, mine); err != nil {
			return err
		}
	}
	return nil
}

// answer passes the outcome of a task to the collector.
func (w *worker) answer(s taskShare, results []Result) error {
	task := &w.run.Tasks[s.task]
	outcome, err := w.run.outcome(task, s.commands, results)
	if err != nil {
		return err
	}
	if w.run.Mode == Linked {
		w.credit.book(task, outcome.Units)
	}
	w.crew.answers <- answer{s.task, outcome} // has room: see tokens
	return nil
}

// taskShare is the part of a call that belongs to one task.
type taskShare struct {
	task     int
	commands []Command
}

// next takes as many waiting tasks as fit into one call, at least one. It returns none when there
// are no more.
func (w *worker) next(ctx context.Context) []taskShare {
	var shares []taskShare
	size, items := 0, 0
	for size < w.limit {
		i, ok := w.take(ctx, len(shares) == 0)
		if !ok {
			break
		}
		task := &w.run.Tasks[i]
		most := 2 // reserve and deduct
		if task.Kind != Sale {
			most = 1
		}
		if len(shares) > 0 && (size+most > w.limit || items+len(task.Items) > maxBatchLines || w.mustWait(task, shares)) {
			w.carry = i + 1
			break
		}
		commands := w.run.commands(task, w.credit)
		shares = append(shares, taskShare{task: i, commands: commands})
		size += len(commands)
		items += max(1, len(task.Items))
	}
	return shares
}

// maxBatchLines keeps a batch of big orders well below the API's 20,000.
const maxBatchLines = 10_000

// mustWait reports whether the request of t depends on the answer to one of shares.
func (w *worker) mustWait(t *Task, shares []taskShare) bool {
	if w.run.Mode != Linked || t.Kind != Cancel {
		return false
	}
	for _, s := range shares {
		if before := &w.run.Tasks[s.task]; before.SKU == t.SKU && before.Customer == t.Customer {
			return true
		}
	}
	return false
}

// take returns the next task; with wait it waits for one.
func (w *worker) take(ctx context.Context, wait bool) (int, bool) {
	if i := w.carry - 1; i >= 0 {
		w.carry = 0
		return i, true
	}
	if wait {
		select {
		case i, ok := <-w.tasks:
			return i, ok
		case <-ctx.Done():
			return 0, false
		}
	}
	select {
	case i, ok := <-w.tasks:
		return i, ok
	default:
		return 0, false
	}
}

// load counts what was sent. Safe for concurrent use.
type load struct{ calls, commands, replayed atomic.Int64 }

func (l *load) count(results []Result) {
	l.calls.Add(1)
	l.commands.Add(int64(len(results)))
	for _, result := range results {
		if result.Replayed {
			l.replayed.Add(1)
		}
	}
}
