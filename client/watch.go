package client

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"google.golang.org/grpc/connectivity"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// The codes of places in the books.
const (
	// CodeSlowReader: events came faster than the reader took them. Watch continues
	// by itself; this code never ends a watch.
	CodeSlowReader Code = "SLOW_READER"
	// CodePositionGone: the log no longer starts at or before the position, or the
	// books were restored to a state before it. The error's ResumeAfter is where a watch
	// can continue. Watchers have lost the events before it, so read the stock again. A
	// page token or the position of After may be gone as well; nothing was done.
	CodePositionGone Code = "POSITION_GONE"
)

// ErrPositionGone is the error of CodePositionGone, for errors.Is.
var ErrPositionGone error = codeError(CodePositionGone)

// Watch selects the events of a watch.
type Watch struct {
	Types      []string // operations such as "reserve"; when empty all but EventSoldOut and EventBackInStock
	ProductID  string   // all products when empty
	LocationID string   // all locations when empty
	ChannelID  string   // all channels when empty; otherwise what was done for it or changed whether it can sell
	// After is the position to continue from: that of the last event that was handled.
	// Empty: what is committed from now on.
	After string
	// Idle asks for positions without an event too, at the start and at least every 15 s or
	// so while nothing happens: an Event that has After alone. A reader with a filter stores
	// it, and continues from there.
	Idle bool
}

// The types of events about a product over all locations that serve a channel. They
// have no LocationID and no figures. Only a watch that names them gets them.
const (
	// EventSoldOut: the last of them has sold out.
	EventSoldOut = "sold_out"
	// EventBackInStock: one of them can sell again.
	EventBackInStock = "back_in_stock"
)

// Event is one committed change of one item, with its figures afterwards. Or it reports
// that a product is sold out on a channel over all locations, or back in stock.
type Event struct {
	// Position is the place directly after the event: pass it as After to a watch to
	// continue from here. It is the EntryID of the log.
	Position string
	// After is the position after the event as the watch uses it: of all slots, if there are
	// several. A watch that continues from here repeats nothing.
	After          string
	At             time.Time // when it was booked
	Type           string    // the operation, such as "reserve"
	ProductID      string
	LocationID     string
	ChannelID      string
	OrderID        string
	Reason         string // as the write named it; empty when it named none
	ReasonCode     string // which of the tenant's reasons it named
	AvailableStock int64
	ReservedStock  int64
	OnHand         int64
	DeltaAvailable int64
	DeltaReserved  int64
	DeltaOnHand    int64
	Version        int64 // of the item; it grows with each change
	Status         string
	// ChannelsSoldOut are the channels for which the event left nothing to draw at the
	// location, of a product with quotas; "" stands for all channels without a quota of it.
	// ChannelsInStock are those for which there are units again.
	ChannelsSoldOut, ChannelsInStock []string
	// Lots are the units of lots that the event moved, of a product that is kept in lots.
	Lots []LotUnits
	// TillPolicy is the policy of the till that watches, when there is another one: only for the key of a till, with
	// Idle, in an Event that has After and nothing else.
	TillPolicy *TillTerms
	// Tills are the units that tills have of the product afterwards, only those whose units the event changed.
	Tills []TillUnits
	Unit  string // the product's declared unit, if any
	Scale int
}

// Watch yields each committed change once and in the order of the books, until ctx ends
// or the caller leaves the loop. When the connection or the server is lost, or the loop
// falls too far behind, it continues by itself after the last event. It ends with an
// error that gives the reason: that of ctx, or a refusal, such as a key that was revoked
// or ErrPositionGone.
func (c *Client) Watch(ctx context.Context, r Watch) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		w := watch{client: c, idle: r.Idle, request: holdfastv1.WatchStockRequest{Types: r.Types, ProductId: r.ProductID, LocationId: r.LocationID, ChannelId: r.ChannelID, After: r.After}}
		for n := 0; ; n++ {
			told, left, failed := w.followStream(ctx, yield)
			if left {
				return
			}
			if told {
				n = 0
			}
			if end := w.end(ctx, failed, n); end != nil {
				end.Op = "watch"
				yield(Event{}, end)
				return
			}
		}
	}
}

// watch is one loop over events.
type watch struct {
	client *Client
	// request continues after the last yielded event: its After moves.
	request holdfastv1.WatchStockRequest
	idle    bool
}

// followStream watches as long as one stream lasts. told reports that the server sent something,
// left that the caller left the loop.
func (w *watch) followStream(ctx context.Context, yield func(Event, error) bool) (told, left bool, failed *Error) {
	c := w.client
	if !c.door.enter() {
		return false, false, &Error{Code: CodeClosed, Detail: "the client was closed"}
	}
	c.door.leave() // Close does not wait for watches
	if !c.link.wait(ctx) {
		return false, false, c.link.newNotSent()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ctx, id := c.outgoing(ctx)
	stream, err := c.inventory.WatchStock(ctx, &w.request)
	for err == nil {
		var m *holdfastv1.WatchStockResponse
		if m, err = stream.Recv(); err != nil {
			break
		}
		told = true
		w.request.After = m.GetPosition()
		e := Event{}
		if m.GetEvent() != nil {
			e = eventOf(m.GetEvent())
		} else if !w.idle {
			continue
		}
		e.TillPolicy = termsOf(m.GetTillPolicy())
		if e.After = m.GetPosition(); !yield(e, nil) {
			return told, true, nil
		}
	}
	if errors.Is(err, io.EOF) {
		return told, false, &Error{Code: CodeUnavailable, Detail: "the stream ended", RequestID: id, again: true}
	}
	failed = errorOf(err, id)
	failed.Unknown = false // nothing is written
	failed.again = failed.again || failed.Code == CodeSlowReader
	if c.conn.GetState() == connectivity.Shutdown {
		failed = &Error{Code: CodeClosed, Detail: "the client was closed"}
	}
	return told, false, failed
}

// end is why the watch stops; nil when it continues, after a pause.
func (w *watch) end(ctx context.Context, failed *Error, n int) *Error {
	c := w.client
	switch {
	case ctx.Err() != nil:
		return gaveUp(ctx, nil)
	case !failed.again:
		return failed
	case !pauseFor(ctx, failed.retryAfter, pause(n)), failed.spends && !c.budget.wait(ctx):
		return gaveUp(ctx, failed)
	}
	return nil
}
