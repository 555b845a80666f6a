package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/client"
)

// Leaf delivers messages to one system.
type Leaf interface {
	// Deliver delivers the messages in order. It returns nil when the other side
	// has acknowledged all of them durably, otherwise one error per message, nil for
	// each that was acknowledged. After a message that failed it delivers no later
	// one of the same key. It returns soon after ctx ends.
	//
	// A *DownError means that nothing can be delivered now, ErrRejected that this
	// message will never be accepted, ErrDisabled that the receiver wants nothing more.
	// Any other error belongs to the message, which is tried again.
	Deliver(ctx context.Context, messages []Message) []error
	Close() error
}

// Leaves are the kinds of systems a relay can deliver to, by name.
type Leaves map[string]Kind

// Kind opens leaves of one kind.
type Kind struct {
	Open func(ctx context.Context, t Target) (Leaf, error)
	// MaxBatch is how many messages one Deliver takes, 0: as many as the sink allows.
	MaxBatch int
	// Parallel is how many calls of Deliver may run at the same time, each with
	// keys of its own, 0: one.
	Parallel int
	// Pause is how long to wait while the system is down, after that many attempts and that
	// much time; over disables the sink. nil: Backoff, for ever.
	Pause func(tries int, down time.Duration) (pause time.Duration, over bool)
}

// Target is the destination of a leaf.
type Target struct {
	Tenant  string
	Sink    string
	URL     string
	Topic   string
	Format  string
	Secrets []string // the newest first
	// Epoch changes whenever the sink is changed, rewound or taken over.
	Epoch int64
	// Record takes the outcome of an attempt, for the log of deliveries; nil: there is no
	// log.
	Record func(client.NewDelivery)
	// Stock is what a leaf may also read, for the locations and products that Filter
	// names.
	Stock  Stock
	Filter client.SinkFilter
}

var (
	// ErrRejected says that the message will never be accepted, such as one that is
	// too large.
	ErrRejected = errors.New("rejected")
	// ErrRefused says that the other side does not take the message for a reason that may pass, such as a
	// conflict. It is tried again like after any other error, but not at once.
	ErrRefused = errors.New("refused")
	// ErrDisabled says that the other side wants nothing more.
	ErrDisabled = errors.New("the receiver wants no more events")
)

// DownError says that the system cannot be reached or accepts nothing now.
type DownError struct {
	Err   error
	After time.Duration // how long the system asks to wait, 0: unknown
}

// Down wraps err in a DownError.
func Down(err error) error { return &DownError{Err: err} }

func (e *DownError) Error() string { return e.Err.Error() }
func (e *DownError) Unwrap() error { return e.Err }

// Rejected says why a message will never be accepted. The error is ErrRejected.
func Rejected(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRejected, fmt.Sprintf(format, args...))
}

// All returns err for each of n messages, nil when err is nil.
func All(n int, err error) []error {
	if err == nil {
		return nil
	}
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}
