package hot

import (
	"context"

	"holdfast.dev/holdfast/internal/stock"
)

// roll is the known state of the items on the road, and of the tasks of their
// orders.
type roll struct {
	store Store
	known *itemMemory
}

// Load reads which items Redis sells.
func (r *roll) Load(ctx context.Context) ([]Listed, error) {
	all, err := r.store.All(ctx)
	if err != nil {
		return nil, err
	}
	if !r.known.complete() {
		places, err := r.store.Places(ctx)
		if err != nil {
			return nil, err
		}
		r.known.notePlaces(places)
	}
	r.known.noteOnly(all)
	for _, l := range all {
		r.known.note(l)
	}
	return all, nil
}

// Last is the item as this process read it last; its state is Off when it never did.
func (r *roll) Last(k stock.ItemKey) Listed { return r.known.lastRead(k) }

// Sold reports whether Redis sells an item at the location of this one, or may have done so.
func (r *roll) Sold(k stock.ItemKey) bool { return r.known.sold(k) }

// Look reads the item anew. Its state is Off when it never sold through Redis.
func (r *roll) Look(ctx context.Context, k stock.ItemKey) (Listed, error) {
	return r.known.look(ctx, k)
}

// left reports whether the item is not what it was: its balance was made anew, or the item turned off.
func (r *roll) left(ctx context.Context, was Listed) bool {
	is, err := r.known.look(ctx, was.Key)
	return err == nil && (is.Epoch != was.Epoch || is.State != was.State)
}

// Any reports whether Redis sells an item, as far as this process knows.
func (r *roll) Any() bool { return r.known.sellsAny() }

// Unwritten returns the items of which the order has tasks that the books do not have.
func (r *roll) Unwritten(ctx context.Context, k stock.OrderKey) ([]stock.ItemKey, error) {
	all, err := r.store.Unwritten(ctx, k)
	if err != nil {
		return nil, databaseError(err)
	}
	return all, nil
}

// Repeat returns the tasks of an order whose taking was asked under the same key in the same
// way: the call is a repeat, whatever has become of the order since.
func (r *roll) Repeat(ctx context.Context, c Reservation) ([]Task, error) {
	if c.Key == "" {
		return nil, nil
	}
	l, err := r.known.look(ctx, c.Item)
	if err != nil || l.ID == 0 {
		return nil, err
	}
	tasks, err := r.store.Of(ctx, l.ID, c.Order)
	if err != nil {
		return nil, databaseError(err)
	}
	switch {
	case !taken(tasks) || tasks[0].Key != c.Key:
		return nil, nil
	case tasks[0].Print != c.Use.Print:
		return nil, ErrKeyReused
	case !c.sameAs(&tasks[0]):
		return nil, nil
	}
	return tasks, nil
}

// Page returns items of the tenant that sell through Redis, or did (Items).
func (r *roll) Page(ctx context.Context, after stock.ItemKey, most int) ([]Listed, error) {
	all, err := r.store.Page(ctx, after, most)
	if err != nil {
		return nil, databaseError(err)
	}
	return all, nil
}

// Listed are the items that Redis sells, as far as this process knows.
func (r *roll) Listed() []Listed { return r.known.list() }

// Took returns the items of which Redis took units for the order, as far as tasks are kept.
func (r *roll) Took(ctx context.Context, k stock.OrderKey) ([]stock.ItemKey, error) {
	return r.store.Took(ctx, k)
}

// Tasks returns what is known here of an order's line, and whether all of it is in the
// books.
func (r *roll) Tasks(ctx context.Context, item stock.ItemKey, order string) (tasks []Task, written bool, err error) {
	l, err := r.known.look(ctx, item)
	if err != nil || l.ID == 0 {
		return nil, true, err
	}
	tasks, err = r.store.Of(ctx, l.ID, order)
	for i := range tasks {
		if tasks[i].State != Finished {
			return tasks, false, err
		}
	}
	return tasks, true, err
}
