// Package duty carries out due tasks: the schedules, rules and steps that rooms
// keep as documents of the catalog. Every process of a fleet may run it. Each task
// is done once, because a write that succeeds once marks it as done, or because its
// request to the books has a key.
//
// It says when something is tried, and reports what fails. The rooms decide what is
// due, what is done about it and how that is marked.
package duty

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/catalog"
)

// Duty is one kind of thing that falls due.
type Duty[T any] struct {
	// Failing is the log message for a task that fails: "transfer is not completed
	// yet".
	Failing string
	// Every is how often Run looks, and the first pause after a failure.
	Every time.Duration
	// Most is how many are carried out at once.
	Most int
	// Due lists what is due, at most limit, the longest due first.
	Due func(ctx context.Context, limit int) ([]T, error)
	// Name says what one is.
	Name func(*T) Name
	// CarryOut carries out the due tasks, marks them as done, and returns the
	// outcome of each: nil when it is done, catalog.ErrStale when somebody else
	// was faster, Refused, or the reason why it has to be tried again.
	CarryOut func(ctx context.Context, due []T) []error

	pauses   map[string]pause
	reported map[string]string // the last error that was logged, by what it was about
}

// Name names one thing that is due.
type Name struct {
	// Key identifies what is tried again with pauses. It differs when the same
	// thing was changed.
	Key string
	// About is its key-value pairs in the log. For all tasks with the same pairs, an
	// error is reported once, until the error changes.
	About []any
}

// Kind is a Duty of any kind of thing.
type Kind interface {
	interval() time.Duration
	look(ctx context.Context, r *Runner) (done int, err error)
}

// Refused is the outcome of a task that will not be tried again, because of
// why. It is reported and counts as done until it is due the next time.
func Refused(why error) error { return &refusal{why} }

type refusal struct{ error }

func (r *refusal) Unwrap() error { return r.error }

// EachAlone is a CarryOut that carries out one after another until ctx ends.
func EachAlone[T any](do func(context.Context, *T) error) func(context.Context, []T) []error {
	return func(ctx context.Context, due []T) []error {
		outcomes := make([]error, len(due))
		for i := range due {
			if outcomes[i] = ctx.Err(); outcomes[i] == nil {
				outcomes[i] = do(ctx, &due[i])
			}
		}
		return outcomes
	}
}

// Runner carries duties out.
type Runner struct {
	log   *slog.Logger
	now   func() time.Time
	kinds []Kind
}

// New returns a runner of duties, which belong to it alone.
func New(log *slog.Logger, kinds ...Kind) *Runner {
	return &Runner{log: log, now: time.Now, kinds: kinds}
}

// WithClock returns the runner with another clock for its pauses. The default is
// time.Now.
func (r *Runner) WithClock(now func() time.Time) *Runner {
	r.now = now
	return r
}

// Run looks for what is due, and carries it out, until ctx ends. No duty waits for
// another.
func (r *Runner) Run(ctx context.Context) error {
	var all errgroup.Group
	for _, k := range r.kinds {
		all.Go(func() error {
			tick := time.NewTicker(k.interval())
			defer tick.Stop()
			for ctx.Err() == nil { // also when it is time to look again
				_, _ = k.look(ctx, r) // it has reported what fails
				select {
				case <-ctx.Done():
				case <-tick.C:
				}
			}
			return nil
		})
	}
	return all.Wait()
}

// Look carries out what is due now, one duty after another. It returns how much was
// done, and why the rest was not.
func (r *Runner) Look(ctx context.Context) (done int, err error) {
	for _, k := range r.kinds {
		n, failed := k.look(ctx, r)
		done, err = done+n, errors.Join(err, failed)
	}
	return done, err
}

const (
	// maxRounds bounds how often one look asks for more.
	maxRounds = 100
	// maxPause is the longest pause of what fails again and again.
	maxPause = 15 * time.Second
	// maxFailing bounds the remembered failures.
	maxFailing = 5000
)

// pause says until when something is not tried, and for how long next.
type pause struct {
	until time.Time
	next  time.Duration
}

func (d *Duty[T]) interval() time.Duration { return d.Every }

func (d *Duty[T]) look(ctx context.Context, r *Runner) (done int, err error) {
	if d.pauses == nil || len(d.pauses) > maxFailing || len(d.reported) > maxFailing {
		d.pauses, d.reported = map[string]pause{}, map[string]string{}
	}
	// Somebody else has done what is no longer due.
	maps.DeleteFunc(d.pauses, func(_ string, p pause) bool { return r.now().Sub(p.until) > maxPause+d.Every })
	for range maxRounds {
		limit := d.Most + len(d.pauses) // tasks that pause must not hide the rest
		all, failed := d.Due(ctx, limit)
		d.report(ctx, r.log, nil, failed)
		if failed != nil {
			return done, errors.Join(err, failed)
		}
		due := d.awake(all, r.now())
		if len(due) == 0 {
			break
		}
		outcomes := d.CarryOut(ctx, due)
		for i := range due {
			did, failed := d.settle(ctx, r, d.Name(&due[i]), outcomes[i])
			err = errors.Join(err, failed)
			if did {
				done++
			}
		}
		if len(all) < limit && len(due) < d.Most || ctx.Err() != nil {
			break
		}
	}
	return done, err
}

// awake returns the due tasks that do not pause.
func (d *Duty[T]) awake(all []T, now time.Time) []T {
	var due []T
	for i := range all {
		if len(due) < d.Most && !now.Before(d.pauses[d.Name(&all[i]).Key].until) {
			due = append(due, all[i])
		}
	}
	return due
}

// settle notes the outcome of one. It returns whether it is done, and what is
// reported.
func (d *Duty[T]) settle(ctx context.Context, r *Runner, name Name, outcome error) (done bool, err error) {
	var refused *refusal
	if outcome == nil || errors.Is(outcome, catalog.ErrStale) || errors.As(outcome, &refused) {
		delete(d.pauses, name.Key)
		if errors.Is(outcome, catalog.ErrStale) {
			return false, nil
		}
		d.report(ctx, r.log, name.About, outcome)
		return true, outcome
	}
	p := d.pauses[name.Key]
	p.next = min(max(2*p.next, d.Every), maxPause)
	p.until = r.now().Add(p.next)
	d.pauses[name.Key] = p
	d.report(ctx, r.log, name.About, outcome)
	return false, outcome
}

// report logs a task that has begun to fail, or fails in another way.
func (d *Duty[T]) report(ctx context.Context, log *slog.Logger, about []any, err error) {
	key := fmt.Sprint(about)
	if err == nil {
		delete(d.reported, key)
		return
	}
	if text := err.Error(); ctx.Err() == nil && d.reported[key] != text {
		d.reported[key] = text
		log.WarnContext(ctx, d.Failing, append(about[:len(about):len(about)], "err", err)...)
	}
}
