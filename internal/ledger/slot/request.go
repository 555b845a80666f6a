package slot

import (
	"errors"

	"holdfast.dev/holdfast/internal/stock"
)

// Request is one command on its way to the books.
type Request struct {
	Command stock.Command
	// Key is the caller's idempotency key, "" when there is none.
	Key string
	// Once, when not zero, is a key of the ledger's own, under which the change
	// that another node asks for is stored (Forwarded). Clients have none.
	Once [16]byte
	// Under is the key row that the outcome is stored under, where that is not the
	// caller's key: the key of the reserve call that a stock.Close is about, or of
	// a part of a decision in several slots.
	Under *KeyRow
	// Looked says that the outcome is not stored at the other place where the key
	// may be.
	Looked bool
	// About are the buckets of the subject of the command, where the command does
	// not name them itself: those in which its order, or the line it names, was
	// seen.
	About []stock.Bucket
}

// Result is the outcome of one Request.
type Result struct {
	// Event is what happened, complete enough to answer with. It must not be changed.
	Event *stock.Event
	// At is the slot time of the outcome: of the record, or of now when
	// nothing was stored.
	At stock.Time
	// Position is the place in the books that shows the outcome.
	Position Position
	// Replayed says that the outcome is that of an earlier request with the same key.
	Replayed bool
	// InLog says that the outcome is stored although the request has no key. It is set for
	// calls over several slots.
	InLog bool
	// Err is a *stock.Refusal, or one of the errors of this package, or an
	// engine's. Nothing has changed then, unless errors.Is(Err, ErrUnknown).
	Err error
}

var (
	// ErrBusy says that the queue is full. Nothing has happened; come back later.
	ErrBusy = errors.New("too many commands are waiting")
	// ErrStopping says that the ledger is being stopped. Nothing has happened.
	ErrStopping = errors.New("the ledger is stopping")
	// ErrKeyReused says that the key was used for another request.
	ErrKeyReused = errors.New("the idempotency key was used for another request")
	// ErrInProgress says that a request with the same key was still being
	// carried out when the deadline came.
	ErrInProgress = errors.New("a request with the same key is being carried out")
	// ErrUnknown says that the deadline came while the command was being
	// stored. A retry with the same key tells the outcome.
	ErrUnknown = errors.New("the outcome is not known yet")
	// ErrFrozen says that the item's books are wrong and it takes no writes until
	// somebody has looked at it.
	ErrFrozen = errors.New("the item is frozen")
	// ErrStopped says that the slot has stopped because storing failed.
	ErrStopped = errors.New("the slot has stopped")
	// ErrBehind says that the position asked for has not been reached.
	ErrBehind = errors.New("the position is not reached yet")
)

// KeyRow is the key that a request's outcome is stored under, and the bucket of
// that key.
type KeyRow struct {
	Key, Print [16]byte
	Bucket     stock.Bucket
}

// row is the key row of a request that has one of its own: a reserve call, a
// relocation or a change over several slots, a key that is brought from another
// slot, and a request with Under.
func (r *Request) row() *KeyRow {
	if r.Under != nil {
		return r.Under
	}
	switch c := r.Command.(type) {
	case stock.Place:
		if len(c.Away) > 0 {
			return &KeyRow{c.Home.Key, c.Home.Print, c.Home.Bucket}
		}
	case stock.Relocate:
		if c.Home != nil && c.Home.Key != ([16]byte{}) {
			return &KeyRow{c.Home.Key, c.Home.Print, c.Home.Bucket}
		}
	case stock.Change:
		if c.Home != nil && c.Home.Key != ([16]byte{}) && !c.Tops {
			return &KeyRow{c.Home.Key, c.Home.Print, c.Home.Bucket}
		}
	case stock.RecallKey:
		return &KeyRow{c.Key, c.Print, c.Bucket}
	}
	return nil
}
