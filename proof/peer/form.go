package peer

import (
	"context"
	"errors"
)

// Form is one way to write a reservation.
type Form int

// The forms. The journal row has no balance, which saves the forms a read of the row that they
// change.
const (
	// Optimistic reads the row, decides, and updates the row if its version is still the one that
	// was read. It is retried up to three times.
	Optimistic Form = iota
	// ForUpdate reads and locks the row, decides, and updates it.
	ForUpdate
	// Conditional updates the row if it has enough.
	Conditional
	// OneStatement does everything in one round trip, the contended row last: one statement of
	// PostgreSQL, one packet of MySQL.
	OneStatement
)

// Forms are all of them.
var Forms = []Form{Optimistic, ForUpdate, Conditional, OneStatement}

// String is the name of the form in results.
func (f Form) String() string {
	return [...]string{"optimistic", "for-update", "conditional", "one-statement"}[f]
}

// Textbook reports that the form runs statement by statement.
func (f Form) Textbook() bool { return f != OneStatement }

// conn is one connection, which keeps its used statements prepared.
type conn interface {
	// prepare prepares the statements of the form, so that no order pays for it.
	prepare(ctx context.Context, f Form, keys bool) error
	begin(ctx context.Context) error
	commit(ctx context.Context) error
	rollback(ctx context.Context) error
	// exec returns how many rows it changed.
	exec(ctx context.Context, q query, args ...any) (int64, error)
	// read returns two numbers of a row, and whether there is one.
	read(ctx context.Context, q query, args ...any) (a, b int64, found bool, err error)
	// orderAtOnce is OneStatement.
	orderAtOnce(ctx context.Context, keys bool, o *Order) error
	// write stores a group as the floor does.
	write(ctx context.Context, g *Group) error
	// settings are the settings that decide about durability.
	settings(ctx context.Context) ([]Setting, error)
	close() error
}

// query names a statement. The comment lists its arguments, in order.
type query int

const (
	readStock   query = iota // product: available, version
	lockStock                // product: available, version
	swapStock                // quantity, quantity, product, version
	updateStock              // quantity, quantity, product
	takeStock                // quantity, quantity, product, quantity
	addReserved              // order, product, quantity
	addEntry                 // order, product, quantity
	addKey                   // key, fingerprint
	findOrder                // order, product: quantity, state
	queries                  // how many there are
)

// uses are the statements of a textbook form.
func (f Form) uses(keys bool) []query {
	all := [...][]query{
		Optimistic: {readStock, swapStock}, ForUpdate: {lockStock, updateStock}, Conditional: {takeStock}, OneStatement: nil,
	}[f]
	if f.Textbook() {
		all = append(all, addReserved, addEntry)
		if keys {
			all = append(all, addKey)
		}
	}
	return all
}

// The meaning of a connection's errors.
var (
	// errExists says that the reservation or the key exists already; the transaction must be
	// rolled back.
	errExists = errors.New("exists already")
	// errShort says that the row would have fallen below zero.
	errShort = errors.New("below zero")
	// errAgain says that another transaction was faster, or a deadlock was broken up: nothing was
	// stored, and the attempt may be repeated.
	errAgain = errors.New("try again")
)

// fingerprint stands in for the fingerprint of the request, stored with an Idempotency-Key.
var fingerprint = []byte("0123456789abcdef")

// attempt makes the reservation in the given form, once.
func attempt(ctx context.Context, c conn, f Form, keys bool, o *Order) error {
	if f == OneStatement {
		return c.orderAtOnce(ctx, keys, o)
	}
	var version int64
	if f == Optimistic {
		available, v, found, err := c.read(ctx, readStock, o.Product)
		if err != nil {
			return err
		}
		if !found || available < o.Quantity {
			return errShort
		}
		version = v
	}
	if err := c.begin(ctx); err != nil {
		return err
	}
	err := runTransaction(ctx, c, f, keys, version, o)
	if err == nil {
		err = c.commit(ctx)
	}
	if err != nil {
		return errors.Join(err, c.rollback(ctx))
	}
	return nil
}

// runTransaction is the transaction of the textbook forms.
func runTransaction(ctx context.Context, c conn, f Form, keys bool, version int64, o *Order) error {
	if keys {
		if _, err := c.exec(ctx, addKey, o.Key, fingerprint); err != nil {
			return err
		}
	}
	var changed int64
	var err error
	lost := errShort
	switch f {
	case Optimistic:
		lost = errAgain
		changed, err = c.exec(ctx, swapStock, o.Quantity, o.Quantity, o.Product, version)
	case ForUpdate:
		available, _, found, readErr := c.read(ctx, lockStock, o.Product)
		switch {
		case readErr != nil:
			return readErr
		case !found || available < o.Quantity:
			return errShort
		}
		changed, err = c.exec(ctx, updateStock, o.Quantity, o.Quantity, o.Product)
	default:
		changed, err = c.exec(ctx, takeStock, o.Quantity, o.Quantity, o.Product, o.Quantity)
	}
	if err != nil {
		return err
	}
	if changed == 0 {
		return lost
	}
	if _, err := c.exec(ctx, addReserved, o.ID, o.Product, o.Quantity); err != nil {
		return err
	}
	_, err = c.exec(ctx, addEntry, o.ID, o.Product, -o.Quantity)
	return err
}
