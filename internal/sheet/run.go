package sheet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/ledger"

	"golang.org/x/sync/errgroup"
)

const (
	// batchRows is how many rows go to the books in one call: enough to fill half a group, so
	// that other callers find room in it.
	batchRows = 512
	// batchesAtOnce is how many batches are in the books at once: while one is stored, the
	// next one waits at the committer.
	batchesAtOnce = 2
	// saveEvery is how often an import stores its progress.
	saveEvery = time.Second
	// patience is how long an import waits for a store that accepts no writes.
	patience              = 2 * time.Minute
	firstRetry, lastRetry = 20 * time.Millisecond, 2 * time.Second
)

// task is a job and the parts that its rows need.
type task struct {
	desk  *Desk
	job   *job
	words *header // of its file, once that is open
}

// askPatiently is patiently for a question with an answer.
func askPatiently[T any](ctx context.Context, t *task, question func() (T, error)) (answer T, err error) {
	err = t.patiently(ctx, func() error {
		answer, err = question()
		return err
	})
	return answer, err
}

// askAnew is askPatiently for facts of the catalog: the answer shows every write before it.
func askAnew[T any](ctx context.Context, t *task, question func() (T, error)) (T, error) {
	return askPatiently(ctx, t, func() (answer T, err error) {
		if err = t.desk.rooms.Facts.CatchUp(ctx); err == nil {
			answer, err = question()
		}
		return answer, err
	})
}

// target is the destination of a job's rows.
type target interface {
	// prepare looks rows up and reads their quantities in the units of their products. With
	// declare it makes the products and locations of opening rows known; without, it writes
	// nothing.
	prepare(ctx context.Context, b *batch, declare bool) error
	// judge checks the result of prepared rows, and changes nothing.
	judge(ctx context.Context, b *batch) error
	// carryOut stores prepared rows. It may be repeated with the same
	// result.
	carryOut(ctx context.Context, b *batch) error
}

// target is the destination of the job's rows.
func (t *task) target() target {
	switch t.job.Kind {
	case KindLocations:
		return placeTarget{t}
	case KindKits:
		return kitTarget{t}
	case KindTransfers:
		return transferTarget{t}
	}
	return bookTarget{t}
}

// jobRun carries one job out.
type jobRun struct {
	*task
	to  target
	out *results
	// opened has what the job has opened so far.
	opened *openings
	// halted reports that no more rows are sent.
	halted atomic.Bool
}

// errUnable says that the store accepted no writes for as long as an import waits.
var errUnable = errors.New("the store does not take writes")

// patiently repeats a call that fails for a reason that may go away.
func (t *task) patiently(ctx context.Context, do func() error) error {
	pause, since := firstRetry, t.desk.now()
	for {
		err := do()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ledger.ErrStopped):
			return fmt.Errorf("%w: %w", errUnable, err)
		case moved(err):
			pause, since = firstRetry, t.desk.now()
		case t.desk.now().Sub(since) > patience:
			return fmt.Errorf("%w: %w", errUnable, err)
		}
		wait := time.NewTimer(pause/2 + rand.N(pause/2))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		}
		pause = min(2*pause, lastRetry)
	}
}

// do carries out the job, or continues it. A *Flaw means that nothing of the file was
// applied, another error that the job continues later.
func (r *jobRun) do(ctx context.Context) error {
	if !r.job.Counted {
		if err := r.look(ctx); err != nil {
			return err
		}
	}
	if r.job.DryRun || r.job.All && r.job.Refused > 0 {
		return nil
	}
	return r.apply(ctx)
}

// look reads the whole file before anything is applied. It refuses a file that breaks off,
// and counts the rows. With all or nothing, and in a dry run, it also judges each
// row.
func (r *jobRun) look(ctx context.Context) error {
	judged := r.job.DryRun || r.job.All
	r.desk.note(r.job, func(j *Job) {
		j.Done, j.Applied, j.Unchanged, j.Refused, j.ResultSize, j.Opened = 0, 0, 0, 0, 0, Opened{}
	})
	t, err := r.open()
	if err != nil {
		return err
	}
	defer func() { _ = t.close() }() // it was only read
	if !judged {
		for {
			if _, err := t.next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return err
			}
			if t.read%batchRows == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
		}
		r.desk.note(r.job, func(j *Job) { j.Rows, j.Counted = t.read, true })
		return r.desk.save(r.job)
	}
	for {
		b, err := fill(t)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		last := err != nil
		if err := r.to.prepare(ctx, b, false); err != nil {
			return err
		}
		if err := r.to.judge(ctx, b); err != nil {
			return err
		}
		if err := r.count(b); err != nil {
			return err
		}
		if last {
			break
		}
	}
	if err := r.out.flush(); err != nil {
		return err
	}
	r.desk.note(r.job, func(j *Job) {
		j.Rows, j.Counted, j.ResultSize = t.read, true, r.out.size()
		if !j.DryRun {
			j.Applied, j.Unchanged, j.Opened = 0, 0, Opened{}
			r.opened = newOpenings()
		}
		if !j.DryRun && j.Refused == 0 {
			j.Done = 0 // they are counted again when they are applied
		}
	})
	return r.desk.save(r.job)
}

// open opens the file at its first record.
func (r *jobRun) open() (*table, error) {
	t, err := openTable(r.desk.folder.body(r.job), r.job.Spec, r.job.form)
	if err != nil {
		return nil, err
	}
	r.words = t.header
	if err := r.out.begin(t.header.words, t.form, r.job.ResultSize); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

// fill reads the next rows; io.EOF together with the last of them.
func fill(t *table) (*batch, error) {
	b := &batch{rows: make([]work, 0, batchRows), done: make(chan struct{})}
	for len(b.rows) < batchRows || t.belongsToBatch(b) {
		rec, err := t.next()
		if err != nil {
			return b, err
		}
		b.rows = append(b.rows, work{record: rec})
	}
	return b, nil
}

// apply applies the rows to the books, from where the job stands. It does three things
// at the same time: it reads and looks up the next rows, stores the rows before, and
// counts their outcomes.
func (r *jobRun) apply(ctx context.Context) error {
	t, err := r.open()
	if err != nil {
		return err
	}
	defer func() { _ = t.close() }() // it was only read
	for t.read < r.job.Done {
		// The finished rows are read again for the state that they leave in memory.
		if _, err := t.next(); err != nil {
			return fmt.Errorf("read what was sent again: %w", errors.Join(errChanged, err))
		}
	}
	all, ctx := errgroup.WithContext(ctx)
	stored := make(chan *batch, batchesAtOnce-1)
	all.Go(func() error {
		defer close(stored)
		return r.send(ctx, all, t, stored)
	})
	all.Go(func() error { return r.collect(ctx, stored) })
	return all.Wait()
}

// errChanged says that a file that was read to its end before can no longer be read so.
var errChanged = errors.New("what was sent is not what it was")

// send prepares batch after batch and starts each on its way to the books.
func (r *jobRun) send(ctx context.Context, all *errgroup.Group, t *table, stored chan<- *batch) error {
	for !r.halted.Load() {
		b, err := fill(t)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read what was sent again: %w: %w", errChanged, err)
		}
		last := err != nil
		if err := r.to.prepare(ctx, b, true); err != nil {
			return err
		}
		select {
		case stored <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
		all.Go(func() error {
			defer close(b.done)
			b.err = r.to.carryOut(ctx, b)
			return b.err
		})
		if last {
			break
		}
	}
	return nil
}

// collect counts the batches in the order of the file.
func (r *jobRun) collect(ctx context.Context, stored <-chan *batch) error {
	saved := r.desk.now()
	for b := range stored {
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if b.err != nil {
			return b.err
		}
		if err := r.count(b); err != nil {
			return err
		}
		if r.job.All && r.job.Refused > 0 {
			r.halted.Store(true) // what is on its way is still counted
		}
		if now := r.desk.now(); now.Sub(saved) >= saveEvery {
			if err := r.checkpoint(); err != nil {
				return err
			}
			saved = now
		}
	}
	if err := r.checkpoint(); err != nil || !r.halted.Load() {
		return err
	}
	return errHalted
}

// errHalted says that a row of an all-or-nothing file was refused after all rows had been
// judged good: the books have changed meanwhile.
var errHalted = errors.New("a row was refused although the file was found good")

// checkpoint stores the progress of the job. After a crash, the rows after it are sent
// again, under the same keys.
func (r *jobRun) checkpoint() error {
	if err := r.out.flush(); err != nil {
		return err
	}
	r.desk.note(r.job, func(j *Job) { j.ResultSize = r.out.size() })
	return r.desk.save(r.job)
}

// count takes over the outcome of a batch.
func (r *jobRun) count(b *batch) error {
	var applied, unchanged, refused int64
	for i := range b.rows {
		w := &b.rows[i]
		switch {
		case w.flaw != nil:
			refused++
			if err := r.out.add(w.flaw, w.cells); err != nil {
				return err
			}
		case w.changed:
			applied++
		default:
			unchanged++
		}
	}
	opened := r.opened.count(b.rows)
	r.desk.note(r.job, func(j *Job) {
		j.Opened.Products += opened.Products
		j.Opened.Locations += opened.Locations
		j.Opened.Lots += opened.Lots
		j.Done += int64(len(b.rows))
		j.Applied += applied
		j.Unchanged += unchanged
		j.Refused += refused
	})
	return nil
}
