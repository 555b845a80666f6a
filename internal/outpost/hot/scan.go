package hot

import (
	"context"
	"fmt"
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
			r.suspect(ctx, l, err, false)
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

// Difference is the state of an item in Redis, and the state that it should
// have.
type Difference struct {
	Item      stock.ItemKey
	Has, Want stock.Qty
}

// compareTries is how often Compare looks for such a moment.
const compareTries = 20

// Compare looks whether Redis has as many units as the books say. It is nil when that is
// so. It is also nil when the item was never quiet, or moved on meanwhile: then nothing is known.
func (r *Road) Compare(ctx context.Context, l Listed) (*Difference, error) {
	d, err := r.compareQuiet(ctx, l)
	if err != nil && r.left(ctx, l) {
		return nil, nil
	}
	return d, err
}

// left reports whether the item is not what it was: its balance was made anew, or the item turned off.
func (r *Road) left(ctx context.Context, was Listed) bool {
	is, err := r.known.look(ctx, was.Key)
	return err == nil && (is.Epoch != was.Epoch || is.State != was.State)
}

// compareQuiet looks for a moment in which nothing is under way.
func (r *Road) compareQuiet(ctx context.Context, l Listed) (*Difference, error) {
	var last *Difference
	for range compareTries {
		d, quiet, err := r.compare(ctx, l)
		switch {
		case err != nil:
			return nil, err
		case quiet && d == nil:
			return nil, nil
		case quiet && last != nil && *last == *d:
			return d, nil // twice the same: it is no intermediate state
		case quiet:
			last = d
		}
		if _, err := r.WriteBack(ctx, l); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (r *Road) compare(ctx context.Context, l Listed) (d *Difference, quiet bool, err error) {
	done := r.Keep(l.Key)
	escrow, given, err := r.books.grant(ctx, l)
	done()
	if err != nil {
		return nil, false, err
	}
	var is Balance
	if err := r.calm.ask(ctx, func(ctx context.Context) (err error) {
		is, err = r.redis.Look(ctx, l.Key, l.Epoch)
		return err
	}); err != nil {
		return nil, false, err
	}
	if len(is.Records) > 0 || is.Subtract != 0 || is.Given > given.Units {
		return nil, false, nil
	}
	if want := escrow - (given.Units - is.Given); want != is.Usable {
		return &Difference{Item: l.Key, Has: is.Usable, Want: want}, true, nil
	}
	return nil, true, nil
}
