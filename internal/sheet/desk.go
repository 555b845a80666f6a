package sheet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// clerks is how many imports are carried out at once, of different tenants.
	clerks = 2
	// mostWaiting is how many imports of one tenant may be queued or under way.
	mostWaiting = 8
	// mostTaking is how many transfers of one tenant may be under way at once:
	// files that are being sent, exports that are being written or fetched.
	mostTaking = 4
	// lookEvery is how often the folder is searched for imports of another process, and for
	// results that were kept long enough.
	lookEvery = 30 * time.Second
)

// Desk accepts imports, carries them out one after another, keeps their results, and
// writes exports. It is safe for concurrent use. Several processes may have a desk in one
// folder.
type Desk struct {
	folder folder
	rooms  Rooms
	log    *slog.Logger
	now    func() time.Time
	notice func(busy bool)

	claiming sync.Mutex // held while an import is claimed, mu or not

	mu     sync.Mutex
	mine   map[string]*job // queued or under way here
	queue  []*job
	busy   map[string]bool // tenants with an import under way here
	taking map[string]int  // transfers by tenant
	// underWay counts the imports being carried out and the exports being written.
	underWay int
	wake     chan struct{} // closed and replaced when there is something to do
	ended    chan struct{} // closed when Run ends
}

// DeskOption changes how a Desk works.
type DeskOption func(*Desk)

// WithLog sets the log of events that an operator must know. The default drops them.
func WithLog(l *slog.Logger) DeskOption { return func(d *Desk) { d.log = l } }

// WithClock sets the clock. The default is time.Now.
func WithClock(now func() time.Time) DeskOption { return func(d *Desk) { d.now = now } }

// WithNotice calls fn when an import or an export begins while none is under way,
// and when the last one ends.
func WithNotice(fn func(busy bool)) DeskOption { return func(d *Desk) { d.notice = fn } }

// NewDesk returns a desk that keeps its files in the folder. It makes the folder when it
// needs it.
func NewDesk(path string, rooms Rooms, opts ...DeskOption) *Desk {
	d := &Desk{
		folder: folder(path), rooms: rooms, log: slog.New(slog.DiscardHandler), now: time.Now, notice: func(bool) {},
		mine: map[string]*job{}, busy: map[string]bool{}, taking: map[string]int{},
		wake: make(chan struct{}), ended: make(chan struct{}),
	}
	for _, set := range opts {
		set(d)
	}
	return d
}

// Run carries out imports until ctx ends. Then the one under way stops between two
// batches, and continues at the next start. It may run once.
func (d *Desk) Run(ctx context.Context) error {
	defer close(d.ended)
	var all errgroup.Group
	for range clerks {
		all.Go(func() error {
			for d.work(ctx) {
			}
			return nil
		})
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := d.tidy(ctx); err != nil {
			d.log.WarnContext(ctx, "imports that were interrupted cannot be resumed", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			err := all.Wait()
			d.leave()
			return err
		}
	}
}

// work carries out the next import and reports whether to continue.
func (d *Desk) work(ctx context.Context) bool {
	j, wake := d.take()
	if j == nil {
		select {
		case <-wake:
		case <-ctx.Done():
		}
		return ctx.Err() == nil
	}
	if ctx.Err() == nil {
		d.carryOut(ctx, j)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.busy, j.Tenant)
	d.load(-1)
	d.wakeWorkers()
	return ctx.Err() == nil
}

// take returns the next import whose tenant has none under way, or a channel to wait
// for.
func (d *Desk) take() (*job, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, j := range d.queue {
		if !d.busy[j.Tenant] {
			d.queue = slices.Delete(d.queue, i, i+1)
			d.busy[j.Tenant] = true
			d.load(1)
			return j, nil
		}
	}
	return nil, d.wake
}

// wakeWorkers wakes the goroutines that wait for something to do. The caller holds mu.
func (d *Desk) wakeWorkers() {
	close(d.wake)
	d.wake = make(chan struct{})
}

// load counts what is under way. The caller holds mu.
func (d *Desk) load(n int) {
	before := d.underWay
	if d.underWay += n; (before == 0) != (d.underWay == 0) {
		d.notice(d.underWay > 0)
	}
}

// add queues a job whose lock this process holds. The caller holds mu.
func (d *Desk) add(j *job) {
	d.mine[j.ID] = j
	d.queue = append(d.queue, j)
	d.wakeWorkers()
}

// leave returns unfinished imports: others, or the next start, continue them.
func (d *Desk) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, j := range d.mine {
		j.lock.unlock()
		delete(d.mine, id)
	}
	d.queue = nil
}

// note changes a job.
func (d *Desk) note(j *job, change func(*Job)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&j.Job)
}

// save stores a job as it is.
func (d *Desk) save(j *job) error {
	d.mu.Lock()
	now := j.Job
	d.mu.Unlock()
	return d.folder.write(&now, false, now.State.isEnded())
}

// carryOut carries out a job and records how it ended.
func (d *Desk) carryOut(ctx context.Context, j *job) {
	err := d.try(ctx, j)
	if ctx.Err() != nil {
		return // it continues at the next start
	}
	d.note(j, func(j *Job) {
		j.State, j.Problem = ending(j, err)
		j.Finished = d.now().UTC().Truncate(time.Millisecond)
	})
	if err != nil {
		d.log.WarnContext(ctx, "import ended early", "import", j.ID, "tenant", j.Tenant, "kind", j.Kind, "state", j.State, "err", err)
	}
	if err := d.save(j); err != nil {
		// The job stays as it was on disk, and is repeated at the next start, under the same
		// keys.
		d.log.ErrorContext(ctx, "the end of an import cannot be stored", "import", j.ID, "err", err)
	} else if j.State != StateFailed {
		if err := os.Remove(d.folder.body(j)); err != nil {
			d.log.WarnContext(ctx, "a file that was sent cannot be removed", "import", j.ID, "err", err)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	j.lock.unlock()
	delete(d.mine, j.ID)
	close(j.done)
}

// ending is the state of an import that ended with err.
func ending(j *Job, err error) (State, *Flaw) {
	var flaw *Flaw
	switch {
	case errors.As(err, &flaw):
		return StateRefused, flaw
	case errors.Is(err, errHalted):
		return StateStopped, &Flaw{Code: "INVALID_STATE", Reason: fmt.Sprintf(
			"the books moved after the file was found good: the first %d of %d rows were applied but those in the result", j.Done, j.Rows)}
	case errors.Is(err, errUnable):
		return StateFailed, &Flaw{Code: codeUnavailable, Reason: "the store took no writes for too long: send the same file again to go on"}
	case err != nil:
		return StateFailed, &Flaw{Code: codeInternal, Reason: "the server failed: its log names the import; send the same file again to go on"}
	case j.All && !j.DryRun && j.Refused > 0:
		return StateRefused, &Flaw{Code: codeInvalid, Reason: fmt.Sprintf("%d of %d rows are bad, so nothing was applied", j.Refused, j.Rows)}
	}
	return StateDone, nil
}

// try carries out a job. A panic is an error of this job alone.
func (d *Desk) try(ctx context.Context, j *job) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("import panicked: %v", v)
		}
	}()
	d.note(j, func(j *Job) {
		j.State = StateRunning
		if j.Started.IsZero() {
			j.Started = d.now().UTC().Truncate(time.Millisecond)
		}
	})
	if err := d.save(j); err != nil {
		return err
	}
	out, err := openResults(d.folder.result(j.ID))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.close()) }()
	if j.FoundFormat == "" {
		if err := d.examine(j); err != nil {
			return d.refuse(out, err)
		}
	}
	j.form = fileForm{j.FoundFormat, j.FoundEncoding}
	t := &task{desk: d, job: j}
	r := &jobRun{task: t, to: t.target(), out: out, opened: newOpenings()}
	if err := r.do(ctx); err != nil {
		return d.refuse(out, err)
	}
	return nil
}

// refuse writes the reason why a whole file was refused into its result.
func (d *Desk) refuse(out *results, err error) error {
	if flaw, ok := errors.AsType[*Flaw](err); ok {
		if bad := out.refuse(flaw); bad != nil {
			return bad
		}
	}
	return err
}

// examine detects the format of a job's file.
func (d *Desk) examine(j *job) error {
	file, err := os.Open(d.folder.body(j))
	if err != nil {
		return fmt.Errorf("open what was sent: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	f, err := fileForm{j.Format, j.Encoding}.examine(file)
	if err != nil {
		return err
	}
	d.note(j, func(j *Job) { j.FoundFormat, j.FoundEncoding = f.Format, f.Encoding })
	return nil
}
