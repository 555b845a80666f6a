package catalog

import (
	"context"
	"time"
)

// documents are those of one kind, as rooms look at them.
type documents[T any] struct {
	*core
	kind *documentKind[T]
}

// Get returns a document as the database has it now, or ErrUnknown.
func (d documents[T]) Get(ctx context.Context, tenant, id string) (T, error) {
	return lookUp(ctx, d.store, d.kind.title, id, func(r *read) (*T, error) {
		t, gone, err := d.kind.get(r, tenant, id)
		if gone {
			t = nil
		}
		return t, err
	})
}

// List returns documents of a tenant with ids behind after, by id.
func (d documents[T]) List(ctx context.Context, tenant, after string, limit int) ([]T, error) {
	return d.list(ctx, func(r *read) ([]T, error) { return d.kind.page(r, tenant, after, limit) })
}

// Due returns documents of all tenants that are due at the moment, the longest
// due first.
func (d documents[T]) Due(ctx context.Context, at time.Time, limit int) ([]T, error) {
	return d.list(ctx, func(r *read) ([]T, error) { return d.kind.due(r, at, limit) })
}

// list returns the documents that ask asks for in one statement.
func (d documents[T]) list(ctx context.Context, ask func(*read) ([]T, error)) ([]T, error) {
	all, err := look(ctx, d.store, ask)
	return result(all, err, "list %ss", d.kind.title)
}

// drop drops a document. One that is gone already is no change; one that never was
// is ErrUnknown.
func (d documents[T]) drop(ctx context.Context, tenant, id string) error {
	err := d.store.write(ctx, d.now, func(w *write) error {
		is, gone, err := d.kind.get(&w.read, tenant, id)
		switch {
		case err != nil || gone:
			return err
		case is == nil:
			return d.kind.unknown(id)
		}
		return d.kind.drop(w, is, is)
	})
	return during(err, "drop %s %q", d.kind.title, id)
}

// set is a document that is stored as a whole, each time that somebody sets it.
type set[T any] interface {
	*T
	// check returns what may not be kept of it.
	check() error
	// sameAs reports that it says what the other one does.
	sameAs(*T) bool
	// refs are the products and locations that must be known.
	refs() []Ref
	// stamp notes when it is stored, and when it is due.
	stamp(at time.Time) error
}

// settable are documents that people set and drop.
type settable[T any, P set[T]] struct{ documents[T] }

// Set stores a document and returns it as it is stored. Everything that it
// names must be known. Setting the same again changes nothing.
func (d settable[T, P]) Set(ctx context.Context, t T) (T, error) {
	row := d.kind.pack(&t)
	err := P(&t).check()
	if err == nil {
		err = d.store.write(ctx, d.now, func(w *write) error { return d.set(w, &t, row.tenant, row.id) })
	}
	return result(t, err, "set %s %q", d.kind.title, row.id)
}

func (d settable[T, P]) set(w *write, t *T, tenant, id string) error {
	is, gone, err := d.kind.get(&w.read, tenant, id)
	if err != nil {
		return err
	}
	if is != nil && !gone && P(t).sameAs(is) {
		*t = *is
		return nil
	}
	for _, ref := range P(t).refs() {
		if err := w.mustKnow(ref); err != nil {
			return err
		}
	}
	if err := P(t).stamp(w.time()); err != nil {
		return err
	}
	return d.kind.put(w, t, is)
}

// Drop takes a document away. One that was taken away already is no change; one
// that never was is ErrUnknown.
func (d settable[T, P]) Drop(ctx context.Context, tenant, id string) error {
	return d.drop(ctx, tenant, id)
}
