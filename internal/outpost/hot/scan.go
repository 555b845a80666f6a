package hot

import (
	"context"
	"fmt"
	"time"
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
	for order, rec := range is.Records {
		if rec.Epoch != l.Epoch || r.now().Sub(rec.Moment) < scanAge {
			continue
		}
		done, err := r.mend(ctx, l, Taking{order, rec.N})
		if err != nil {
			return mended, fmt.Errorf("mend order %q: %w", order, err)
		}
		if done {
			mended++
		}
	}
	return mended, nil
}

// mend brings one record to what its tasks say.
func (r *Road) mend(ctx context.Context, l Listed, t Taking) (mended bool, err error) {
	voided, err := r.store.Void(ctx, l.ID, l.Epoch, t.N)
	if err != nil {
		return false, err
	}
	if voided {
		r.compensated(l.Key)
		return true, r.calm.ask(ctx, func(ctx context.Context) error {
			_, err := r.redis.Rollback(ctx, l.Key, l.Epoch, []Taking{t})
			return err
		})
	}
	tasks, err := r.store.Of(ctx, l.ID, t.Order)
	if err != nil {
		return false, err
	}
	for _, task := range tasks {
		if err := r.apply(ctx, l, task); err != nil {
			return false, err
		}
	}
	if !finished(tasks) {
		r.known.nudge(l.Key)
		return false, nil
	}
	return true, r.calm.ask(ctx, func(ctx context.Context) error {
		_, err := r.redis.Written(ctx, l.Key, l.Epoch, []Taking{t})
		return err
	})
}
