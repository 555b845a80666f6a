package feed

import (
	"context"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// EntryOutput is an Output that takes in the entries of records itself.
type EntryOutput interface {
	Output
	// Apply takes in the entries of the next record, by their place in it; those of
	// tenants that were dropped are nil.
	Apply(seq engine.Seq, entries []*stock.Event)
	// Hurry has a signal when the output is to be saved at once.
	Hurry() <-chan struct{}
}

// ProjectEntries adds a projection of that name for each output, which are numbered
// as the slots of the logs are. They are saved every pace while records come.
func ProjectEntries[O EntryOutput](r *Runner, logs *Logs, name string, pace time.Duration, outputs []O) {
	for slot, o := range outputs {
		r.Project(logs.Each()[slot], Projection{
			Name: name, Output: o, Pace: pace, Hurry: o.Hurry(),
			Apply: func(_ context.Context, rec *Record) error {
				entries, err := rec.Entries()
				if err == nil {
					o.Apply(rec.Seq, entries)
				}
				return err
			},
		})
	}
}
