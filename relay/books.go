package relay

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Books is what a relay needs of Holdfast, for one tenant. Implementations are
// safe for concurrent use.
type Books interface {
	// Claim renews the leases of the sinks that the relay holds and takes others
	// that no live relay has. It returns all sinks that the relay has afterwards.
	// leaving gives all of them back.
	Claim(ctx context.Context, relay string, held []Held, leaving bool) (Claimed, error)
	// Advance stores what has happened to a sink. It returns ErrFenced when the
	// relay does not have the sink under this epoch any more: nothing was stored.
	// It returns the ids of what was parked, in the order of a.Parked. An advance
	// with the turn of the one before is answered and not stored twice.
	Advance(ctx context.Context, a *Advance) (parked []string, err error)
	// Watch yields what is committed behind a position until ctx ends, or the
	// connection: then it is begun again. An error is its last yield. ErrGone says
	// that the log is not kept from that position on.
	Watch(ctx context.Context, w Watch) iter.Seq2[Step, error]
}

var (
	// ErrFenced says that somebody else has the sink, or that it was changed.
	// Nothing was stored; the relay stops work on the sink and claims again.
	ErrFenced = errors.New("the sink is held under another epoch")
	// ErrGone says that the log is not kept from the position on.
	ErrGone = errors.New("the log is not kept from this position on")
)

// Held names a sink that a relay has, and the fencing token it has it under.
type Held struct {
	Name  string
	Epoch int64
}

// Claimed is the answer to a claim.
type Claimed struct {
	Tenant string
	Sinks  []Sink
	Lease  time.Duration // how long the relay has them, counted from when it asked
}

// Sink is a sink that a relay has claimed.
type Sink struct {
	Held
	Kind     string
	Target   string
	Topic    string
	Format   string // FormatStructured, FormatBinary or FormatPlain
	Secrets  []string
	Filter   Filter
	Batch    int           // events per delivery, 0: 100
	Linger   time.Duration // how long an event may wait for others
	Position string        // the cursor: everything up to here was dealt with
	Parked   []Parked
	// Test asks for a test event, under that id; empty: no test is wanted.
	Test string
	// Redeliver are events that somebody wants to be sent once more.
	Redeliver []Redelivery
}

// Redelivery asks for an event to be sent once more.
type Redelivery struct {
	ID       string // of the delivery that is repeated
	EventID  string
	Position string // in front of the event
}

// States of a parked event.
const (
	StateParked    = "parked"
	StateRequeued  = "requeued"
	StateDiscarded = "discarded"
)

// Parked is an event that could not be delivered. Later events of its key wait
// until somebody decides.
type Parked struct {
	ID       string
	Key      string
	EventID  string
	Position string // in front of the event
	State    string
	Waiting  int64 // later events of the key that were passed over, in front of the cursor
}

// NewParked is an event that a relay gives up on for now.
type NewParked struct {
	Event    *Event
	Position string // in front of the event
	Tries    int
	Cause    string
	Waiting  int64 // later events of the key that were passed over for another one before
}

// ParkedNews is what is new of a parked event.
type ParkedNews struct {
	ID      string
	Waiting int64  // how many more events of its key were passed over
	Cause   string // why it is parked again, empty: it is not
	Tries   int    // how often it was delivered in vain meanwhile
}

// Advance is what has happened to a sink since the last one. Numbers are added
// to those that are stored.
type Advance struct {
	Held
	Relay     string
	Turn      int64  // counts the advances of an epoch from 1
	Position  string // the new cursor, empty: it stays
	Delivered int64
	Retries   int64
	LastError string // empty: as stored
	Failing   bool   // nothing can be delivered at the moment
	Disabled  string // why the sink is to be disabled, empty: it is not
	// Oldest is when the oldest event was booked that is not delivered, zero when
	// everything is.
	Oldest     time.Time
	Parked     []NewParked
	Ended      []string // parked events that were dealt with
	News       []ParkedNews
	Deliveries []Delivery
	Test       *TestResult
}

// TestResult is what a test event met with.
type TestResult struct {
	ID    string
	Error string // empty: it was delivered
	Took  time.Duration
}

// Delivery is one attempt to deliver an event.
type Delivery struct {
	EventID  string
	Position string // in front of the event
	At       time.Time
	Status   int    // of HTTP, 0: there was no answer
	Error    string // empty: it was taken
	Took     time.Duration
	Try      int    // counts from 1
	Repeats  string // the delivery that somebody wanted to be repeated
}

// Watch selects what is watched. An empty field selects everything.
type Watch struct {
	Types                      []string
	Product, Location, Channel string
	After                      string // only what follows this position
}

// Step is how far a watch has come, and the event there. A step without an event
// says that nothing up to its position passes the filter.
type Step struct {
	After string // the position to resume from
	Event *Event
}

// Origin is what Books made an event of, for the way back.
type Origin any

// Event is one committed change.
type Event struct {
	ID       string
	Type     string // the operation, such as "reserve"
	At       time.Time
	Product  string
	Location string
	Channels []string // for which it was done, and which it turned
	Data     []byte   // JSON, as GET /v1/events shows it
	Origin   Origin
}

// Key names what events are kept in order of: the product at the location. It
// is the subject of the event.
func (e *Event) Key() string { return e.Location + "/" + e.Product }
