package transport

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/stock"
)

// empty replaces the books: it grants every reserve and stores nothing.
type empty struct{}

func emptyRooms() server.Rooms {
	return server.Rooms{Books: empty{}, Directory: people{}, Door: intake.New(empty{}, people{}, nil), Keys: people{}}
}

// Submit grants places.
func (empty) Submit(_ context.Context, requests ...ledger.Request) []ledger.Result {
	results := make([]ledger.Result, len(requests))
	for i, r := range requests {
		p, ok := r.Command.(stock.Place)
		if !ok {
			results[i].Err = errNothing
			continue
		}
		e := &stock.Event{Op: stock.OpPlace, Tenant: p.Order.Tenant, Order: p.Order.Order, Channel: p.Channel, Lines: make([]stock.LineChange, len(p.Lines))}
		for j, d := range p.Lines {
			e.Lines[j].Line = stock.Line{
				Item: d.Item, Channel: p.Channel, Requested: d.Qty, Drawn: []stock.Balance{{Account: stock.Shared, Qty: d.Qty}},
				Deadline: moment + p.TTL, CreatedAt: moment, UpdatedAt: moment,
			}
		}
		results[i] = ledger.Result{Event: e, At: moment, Position: ledger.Position{Seq: 1}}
	}
	return results
}

var errNothing = errors.New("there is nothing behind this server")

// Items returns nothing.
func (empty) Items(context.Context, []stock.ItemKey) ([]ledger.Level, stock.Time, error) {
	return nil, 0, errNothing
}

// Product returns nothing.
func (empty) Product(context.Context, engine.ProductKey) ([]ledger.Level, stock.Time, error) {
	return nil, 0, errNothing
}

// Order returns nothing.
func (empty) Order(context.Context, stock.OrderKey) ([]*stock.Hold, stock.Time, error) {
	return nil, 0, errNothing
}

// After always succeeds.
func (empty) After(context.Context, ledger.Position) error { return nil }

// Places returns none.
func (empty) Places() []ledger.Position { return nil }

// TryAll refuses nothing.
func (empty) TryAll(_ context.Context, commands ...stock.Command) ([]error, error) {
	return make([]error, len(commands)), nil
}

// Try does nothing.
func (empty) Try(context.Context, stock.Command) (*stock.Event, *stock.Item, stock.Time, error) {
	return nil, nil, 0, errNothing
}

// Behind is always false.
func (empty) Behind() bool { return false }

// Sweep finds nothing.
func (empty) Sweep(context.Context, string) (int, error) { return 0, nil }
