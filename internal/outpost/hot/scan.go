package hot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// scanAge is how old a taking is before Scan looks at it: its caller is done by then.
const scanAge = 5 * time.Second

// Scan repairs work that callers and write-backs left half done: takings in Redis that
// are not durable are voided and given back, those that the books have are forgotten. It
// reports how many.
func (r *Road) Scan(ctx context.Context, l Listed) (mended int, err error) {
	var is Balance
	if err := r.calm.ask(ctx, func(ctx context.Context) (err error) {
		is, err = r.redis.Look(ctx, l.Key, l.Epoch)
		return err
	}); err != nil {
		if answered(err) {
			r.suspect(ctx, l, err)
		}
		return 0, err
	}
	if err := is.check(); err != nil {
		r.suspect(ctx, l, err)
		return 0, nil
	}
	var left []Taking
	for order, rec := range is.Records {
		if rec.Epoch != l.Epoch || r.now().Sub(rec.Moment) < scanAge {
			continue
		}
		t := Taking{order, rec.N}
		voided, err := r.store.Void(ctx, l.ID, l.Epoch, t.N)
		done := false
		if voided {
			left = append(left, t)
		} else if err == nil {
			done, err = mender{r}.forgetWritten(ctx, l, t)
		}
		if err != nil {
			return mended, fmt.Errorf("mend order %q: %w", order, err)
		}
		if done {
			mended++
		}
	}
	return mended + len(left), mender{r}.giveBackLeft(ctx, l, left)
}

// giveBackLeft gives back takings that have no tasks, and are void.
func (r mender) giveBackLeft(ctx context.Context, l Listed, all []Taking) error {
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b Taking) int { return cmp.Compare(a.N, b.N) })
	why := fmt.Sprintf("Redis had %d reservations that were not acknowledged: their units were given back", len(all))
	if err := r.count(ctx, LeftTakings, why, all[0].N, l); err != nil {
		return err
	}
	for some := range slices.Chunk(all, asksMost) {
		for range some {
			r.road.compensated(l.Key)
		}
		if err := r.road.calm.ask(ctx, func(ctx context.Context) error {
			_, err := r.road.redis.Rollback(ctx, l.Key, l.Epoch, some)
			return err
		}); err != nil {
			return fmt.Errorf("give back %d takings: %w", len(some), err)
		}
	}
	return r.tell(ctx, l)
}

// forgetWritten brings a record to what its tasks say, and drops it when the books have them.
func (r mender) forgetWritten(ctx context.Context, l Listed, t Taking) (done bool, err error) {
	tasks, err := r.road.store.Of(ctx, l.ID, t.Order)
	if err != nil {
		return false, err
	}
	for _, task := range tasks {
		if err := r.road.apply(ctx, l, task); err != nil {
			return false, err
		}
	}
	if !finished(tasks) {
		r.road.known.nudge(l.Key)
		return false, nil
	}
	return true, r.road.calm.ask(ctx, func(ctx context.Context) error {
		_, err := r.road.redis.Written(ctx, l.Key, l.Epoch, []Taking{t})
		return err
	})
}

// check returns an error when the records do not have the units that are in flight: a script writes both.
func (b *Balance) check() error {
	var all stock.Qty
	for _, rec := range b.Records {
		all += rec.Reserved + rec.Sold
	}
	if all != b.Subtract {
		return fmt.Errorf("%w: %d units are in flight, and its records have %d", errUnreadable, b.Subtract, all)
	}
	return nil
}
