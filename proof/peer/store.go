package peer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Order asks for one reservation.
type Order struct {
	ID, Product string
	Quantity    int64
	// Key is the Idempotency-Key; it is stored if the Spec says so.
	Key string
}

// Spec describes a Store.
type Spec struct {
	Form Form
	// Pool is the number of connections.
	Pool int
	// Keys stores each order's Idempotency-Key as a row of its own.
	Keys bool
	// Products are all in stock, each with that many units.
	Products []string
	Units    int64
	// Older is how many reservations there are already, of a product that is no
	// longer in stock.
	Older int
}

var (
	// ErrShort says that the stock does not suffice. Nothing has changed.
	ErrShort = errors.New("sold out")
	// ErrConflict says that other transactions were faster each time. Nothing has changed; the
	// customer may ask once more.
	ErrConflict = errors.New("given up after three retries")
	// ErrClosing says that the Store was ended before there was a connection for
	// the order. Nothing has changed.
	ErrClosing = errors.New("closing")
)

// retries is how often a lost attempt is repeated.
const retries = 3

// Store takes reservations in one form, from tables made for it, over a pool of
// connections. It is safe for concurrent use.
type Store struct {
	server *Server
	spec   Spec
	pool   chan conn
	ending chan struct{}
	again  atomic.Int64
}

// Open empties the tables, puts the products in stock and connects. A server has one open Store
// at a time; the next Store reuses its connections.
func (s *Server) Open(ctx context.Context, spec Spec) (*Store, error) {
	if err := s.d.reset(ctx, spec.Products, spec.Units); err != nil {
		return nil, fmt.Errorf("make fresh tables: %w", err)
	}
	if spec.Older > 0 {
		if err := s.d.age(ctx, spec.Older, spec.Keys); err != nil {
			return nil, fmt.Errorf("make older reservations: %w", err)
		}
	}
	conns, err := s.connect(ctx, spec.Pool)
	if err != nil {
		return nil, err
	}
	st := &Store{server: s, spec: spec, pool: make(chan conn, spec.Pool), ending: make(chan struct{})}
	for _, c := range conns {
		if err := c.prepare(ctx, spec.Form, spec.Keys); err != nil {
			return nil, fmt.Errorf("prepare: %w", err)
		}
		st.pool <- c
	}
	return st, nil
}

// End lets callers that wait for a connection return with ErrClosing. It may be called
// once.
func (st *Store) End() { close(st.ending) }

// Reserve makes the reservation, or finds the existing one, which is the same. The error is
// ErrShort, ErrConflict, ErrClosing, or the server's.
func (st *Store) Reserve(ctx context.Context, o *Order) error {
	for tried := 0; ; tried++ {
		err := st.try(ctx, o)
		switch {
		case errors.Is(err, errAgain) && tried < retries:
			st.again.Add(1)
			if err := pause(ctx, tried); err != nil {
				return err
			}
		case errors.Is(err, errAgain):
			return ErrConflict
		default:
			return err
		}
	}
}

// try makes one attempt on one connection.
func (st *Store) try(ctx context.Context, o *Order) error {
	var c conn
	select {
	case c = <-st.pool:
	case <-st.ending:
		return ErrClosing
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { st.pool <- c }()
	err := attempt(ctx, c, st.spec.Form, st.spec.Keys, o)
	switch {
	case errors.Is(err, errExists):
		return nil
	case errors.Is(err, errShort):
		// A sold-out product may be sold to this very order.
		_, _, found, err := c.read(ctx, findOrder, o.ID, o.Product)
		if err == nil && !found {
			err = ErrShort
		}
		return err
	}
	return err
}

// firstPause is the longest wait before the first retry; each later one may be twice as long. A
// caller that retries at once loses to the same competitors.
const firstPause = time.Millisecond

func pause(ctx context.Context, tried int) error {
	t := time.NewTimer(rand.N(firstPause << tried))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Retries is how many attempts were repeated.
func (st *Store) Retries() int64 { return st.again.Load() }

// Check reports whether units taken, reservations and journal rows agree with the number of
// acknowledged orders of one unit each.
func (st *Store) Check(ctx context.Context, acknowledged int) error {
	got, err := st.server.d.count(ctx)
	if err != nil {
		return err
	}
	n := int64(acknowledged)
	taken := int64(len(st.spec.Products))*st.spec.Units - got.Available
	rows := n + int64(st.spec.Older)
	want := Counts{Available: got.Available, Held: n, Reservations: rows, Units: rows, Entries: rows, Delta: -rows}
	if st.spec.Keys {
		want.Keys = rows
	}
	if taken != n || got != want {
		return fmt.Errorf("%s: %d acknowledged, %d units taken, the tables have %+v", st.spec.Form, n, taken, got)
	}
	return nil
}

// Counts are the sums over the tables.
type Counts struct {
	// Available and Held are the sums over the stock.
	Available, Held int64
	// Reservations counts rows, Units adds up their quantities.
	Reservations, Units int64
	// Entries counts journal rows, Delta adds up their changes.
	Entries, Delta int64
	Keys           int64
}
