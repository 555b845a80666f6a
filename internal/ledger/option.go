package ledger

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"holdfast.dev/holdfast/internal/ledger/slot"
)

// options are those of each slot, and where buckets and slots are looked up.
type options struct {
	slot.Options
	atlas Atlas
}

// Option changes how a Ledger works.
type Option func(*options)

// WithClock sets where time comes from. The default is, for each slot, the
// clock of its store, or SystemClock where the store has none of its own.
func WithClock(c slot.Clock) Option {
	return func(o *options) { o.Clocks = func(uint16) slot.Clock { return c } }
}

// WithLog sets the log for messages that an operator must know. The default drops
// them.
func WithLog(l *slog.Logger) Option { return func(o *options) { o.Log = l } }

// WithRandom sets where randomness comes from. The default is crypto/rand.
func WithRandom(fill func([]byte)) Option { return func(o *options) { o.Random = fill } }

// WithQueue bounds the commands that may wait; more are refused with ErrBusy.
// The default is 32,768.
func WithQueue(n int) Option { return func(o *options) { o.Queue = n } }

// WithMaxGroup bounds the commands in one commit. The default is 1024.
func WithMaxGroup(n int) Option { return func(o *options) { o.Commands = n } }

// WithMemory bounds how many items and orders are remembered: at most twice
// as many of each. The defaults are 100,000 and 32,768.
func WithMemory(items, orders int) Option {
	return func(o *options) { o.Items, o.Orders = items, orders }
}

// WithNotify calls fn after each commit, with the position it reached. fn
// must not block.
func WithNotify(fn func(slot.Position)) Option { return func(o *options) { o.Notify = fn } }

// WithStored passes each record that this ledger has stored, or has followed, to
// fn, in the order of the log and before WithNotify reports it: a reader that
// follows the log need not read it. Records that the ledger skips are not passed.
func WithStored(fn slot.StoredFunc) Option { return func(o *options) { o.Stored = fn } }

// WithPeers sets the other nodes that write the slots. The default is none.
func WithPeers(p slot.Peers) Option { return func(o *options) { o.Peers = p } }

// WithObserver sets the observer of what is stored. The default is none.
func WithObserver(v slot.Observer) Option { return func(o *options) { o.Observer = v } }

// WithTraces makes a span for each group in which a caller is traced: below the
// span of the first such caller, with links to all of them. The default makes none
// and does not look.
func WithTraces(p trace.TracerProvider) Option {
	return func(o *options) { o.Tracer = p.Tracer("holdfast.dev/holdfast/internal/ledger") }
}

// WithPoints calls fn at every Point, for simulation: a goroutine stays where it is
// until fn returns. Meanwhile it holds no lock, except the committer's turn. The
// default is none.
func WithPoints(fn func(context.Context, slot.Point)) Option {
	return func(o *options) { o.Points = fn }
}

// WithAtlas sets where buckets and slots are looked up. The default has no spread
// locations and distributes the buckets evenly.
func WithAtlas(a Atlas) Option { return func(o *options) { o.atlas = a } }

// WithSleep sets how work that runs at intervals waits: until the time is over, or
// with an error until ctx ends. The default does exactly that.
func WithSleep(fn func(context.Context, time.Duration) error) Option {
	return func(o *options) { o.Sleep = fn }
}
