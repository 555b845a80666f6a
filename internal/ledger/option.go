package ledger

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

type options struct {
	clocks   func(slot uint16) Clock // nil: those of the stores
	clock    Clock                   // of the slot
	log      *slog.Logger
	random   func([]byte)
	queue    int
	commands int
	lines    int
	bytes    int
	items    int
	orders   int
	notify   func(Position)
	stored   StoredFunc // nil: nobody is handed records
	points   func(context.Context, Point)
	sleep    func(context.Context, time.Duration) error
	observer Observer     // nil: nobody is told
	tracer   trace.Tracer // nil: groups are not traced
	atlas    Atlas
	peers    Peers // nil: nobody else writes
}

// Option changes how a Ledger works.
type Option func(*options)

func defaults() options {
	return options{
		log: slog.New(slog.DiscardHandler),
		random: func(b []byte) {
			rand.Read(b) // it never fails
		},
		queue: 1 << 15,
		// DESIGN §3, Bounds.
		commands: 1024,
		lines:    8192,
		bytes:    1 << 20,
		items:    100_000,
		orders:   32_768,
		notify:   func(Position) {},
		sleep:    pause,
	}
}

// WithClock sets where time comes from. The default is, for each slot, the
// clock of its store, or SystemClock where the store has none of its own.
func WithClock(c Clock) Option {
	return func(o *options) { o.clocks = func(uint16) Clock { return c } }
}

// WithLog sets where what an operator must know is written. The default drops it.
func WithLog(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithRandom sets where randomness comes from. The default is crypto/rand.
func WithRandom(fill func([]byte)) Option { return func(o *options) { o.random = fill } }

// WithQueue bounds the commands that may wait; more are refused with ErrBusy.
// The default is 32,768.
func WithQueue(n int) Option { return func(o *options) { o.queue = n } }

// WithMaxGroup bounds the commands in one commit. The default is 1024.
func WithMaxGroup(n int) Option { return func(o *options) { o.commands = n } }

// WithMemory bounds how many items and orders are remembered: at most twice
// as many of each. The defaults are 100,000 and 32,768.
func WithMemory(items, orders int) Option {
	return func(o *options) { o.items, o.orders = items, orders }
}

// WithNotify calls fn after each commit, with the position it reached. fn
// must not block.
func WithNotify(fn func(Position)) Option { return func(o *options) { o.notify = fn } }

// StoredFunc is given the entries of a record, by their place in it; nil where
// the tenant was dropped. size is the number of bytes it is packed in. It may keep
// the entries, must not change them, and must not block.
type StoredFunc func(slot uint16, seq engine.Seq, at stock.Time, entries []*stock.Event, size int)

// WithStored hands each record that this ledger has stored, or has followed, to
// fn, in the order of the log and before WithNotify tells of it: who follows the
// log need not read it. Where the ledger skips records, so does fn.
func WithStored(fn StoredFunc) Option { return func(o *options) { o.stored = fn } }
