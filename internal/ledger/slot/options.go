package slot

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Options is how a slot works. Defaults has values that fit most uses.
type Options struct {
	Clocks func(slot uint16) Clock // nil: those of the stores
	Log    *slog.Logger
	Random func([]byte)
	// Queue bounds the commands that may wait.
	Queue int
	// Commands, Lines and Bytes bound a group.
	Commands, Lines, Bytes int
	// Items and Orders are how many are remembered, at least; at most twice as many.
	Items, Orders int
	Notify        func(Position)
	Stored        StoredFunc // nil: nobody is handed records
	Points        func(context.Context, Point)
	// Sleep waits for that long, or with an error until ctx ends.
	Sleep    func(context.Context, time.Duration) error
	Observer Observer     // nil: there is none
	Tracer   trace.Tracer // nil: groups are not traced
	Peers    Peers        // nil: nobody else writes

	clock Clock // of the slot
}

// Defaults are the options of a ledger that was given none.
func Defaults() Options {
	return Options{
		Log: slog.New(slog.DiscardHandler),
		Random: func(b []byte) {
			rand.Read(b) // it never fails
		},
		Queue: 1 << 15,
		// DESIGN §3, Bounds.
		Commands: 1024,
		Lines:    8192,
		Bytes:    1 << 20,
		Items:    100_000,
		Orders:   32_768,
		Notify:   func(Position) {},
		Sleep:    pause,
	}
}

// StoredFunc receives the entries of a record, by their place in it; an entry is
// nil when its tenant was dropped. size is the number of bytes that the record is
// packed in. It may keep the entries, must not change them, and must not block.
type StoredFunc func(slot uint16, seq engine.Seq, at stock.Time, entries []*stock.Event, size int)
