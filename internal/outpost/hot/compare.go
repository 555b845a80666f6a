package hot

import (
	"context"

	"holdfast.dev/holdfast/internal/stock"
)

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
	d, err := comparer{r}.compare(ctx, l)
	if err != nil && r.left(ctx, l) {
		return nil, nil
	}
	return d, err
}

// comparer compares items of a road with the books.
type comparer struct{ road *Road }

// compare looks for a moment in which nothing is under way.
func (r comparer) compare(ctx context.Context, l Listed) (*Difference, error) {
	var last *Difference
	for range compareTries {
		d, quiet, err := r.look(ctx, l)
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
		if _, err := r.road.WriteBack(ctx, l); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// look compares the item as it is now. Something is under way when it is not quiet.
func (r comparer) look(ctx context.Context, l Listed) (d *Difference, quiet bool, err error) {
	escrow, given, err := r.road.books.grant(ctx, l)
	if err != nil {
		return nil, false, err
	}
	var is Balance
	if err := r.road.calm.ask(ctx, func(ctx context.Context) (err error) {
		is, err = r.road.redis.Look(ctx, l.Key, l.Epoch)
		return err
	}); err != nil {
		return nil, false, err
	}
	if len(is.Records) > 0 || is.Subtract != 0 || is.Given > given.Units {
		return nil, false, nil
	}
	want := escrow - (given.Units - is.Given)
	if want != is.Usable {
		return &Difference{Item: l.Key, Has: is.Usable, Want: want}, true, nil
	}
	row, err := r.road.store.Find(ctx, l.Key) // what tasks may still take
	if err != nil || row == nil || row.Epoch != l.Epoch || !row.Counted || row.Given != is.Given {
		return nil, err == nil, err
	}
	if row.Free != want {
		return &Difference{Item: l.Key, Has: row.Free, Want: want}, true, nil
	}
	return nil, true, nil
}
