package figures

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
)

const (
	// name is that of the projection.
	name = "figures"
	// pace is how far apart sums are stored.
	pace = time.Second
	// maxBlocks is how many are stored at once.
	maxBlocks = 2000

	// keepFine is how long sums of a minute, and of a quarter of an hour, are kept.
	keepFine = 9 * 24 * time.Hour
	// Keep is how long sums of an hour are kept.
	Keep = 800 * 24 * time.Hour
	// pruneEvery is how often old ones are looked for.
	pruneEvery = time.Hour
)

// Project sums the logs, also those that are added later.
func (f *Figures) Project(r *feed.Runner, logs *feed.Logs) {
	r.ProjectEach(logs, func(log *feed.Log) feed.Projection {
		o := &output{figures: f, log: log, counted: blockIndex{}}
		return feed.Projection{Name: name, Output: o, Pace: pace, Apply: o.apply}
	})
}

// output keeps the sums of a slot; a feed.Output.
type output struct {
	figures *Figures
	log     *feed.Log
	counted blockIndex
}

func (o *output) apply(_ context.Context, r *feed.Record) error {
	entries, err := r.Entries()
	for _, e := range entries {
		o.counted.entry(r.At, e)
	}
	return err
}

// Cursor returns the stored cursor. A cursor that is ahead of the log was stored before the
// log was restored to an earlier state: then the sums are made anew.
func (o *output) Cursor(ctx context.Context) (engine.Seq, error) {
	seq, err := o.figures.store.Cursor(ctx, o.log.Slot)
	if err != nil || seq == 0 {
		return 0, err
	}
	head, err := o.log.Engine.Head(ctx)
	if err == nil && engine.Seq(seq) > head {
		return 0, o.figures.store.Restart(ctx, o.log.Slot)
	}
	return engine.Seq(seq), err
}

// Save adds the counts to the stored sums, in one transaction with the cursor.
func (o *output) Save(ctx context.Context, from, to engine.Seq) (engine.Seq, error) {
	counted := o.counted.withHours()
	keys := slices.Collect(maps.Keys(counted))
	err := o.figures.store.Add(ctx, o.log.Slot, int64(from), int64(to), keys, counted.mergeInto)
	switch {
	case errors.Is(err, catalog.ErrStale):
		return from, engine.ErrMoved
	case err != nil:
		return from, err
	}
	o.Reset()
	return to, nil
}

// mergeInto adds the block of the key to its stored form.
func (c blockIndex) mergeInto(k catalog.FigureKey, stored []byte) ([]byte, error) {
	b, err := unpack(stored)
	if err != nil {
		return nil, err
	}
	b.add(c[k])
	return b.pack(), nil
}

// Full reports whether it is time to save.
func (o *output) Full() bool { return len(o.counted) >= maxBlocks }

// Reset forgets what was counted: it comes again.
func (o *output) Reset() { clear(o.counted) }

// Run drops old sums from time to time and stores the refusals that are in no log, until ctx ends.
func (f *Figures) Run(ctx context.Context) error {
	t, save := time.NewTicker(pruneEvery), time.NewTicker(pace)
	defer t.Stop()
	defer save.Stop()
	f.prune(ctx)
	for {
		select {
		case <-ctx.Done():
			last, stop := context.WithTimeout(context.WithoutCancel(ctx), lastSave)
			defer stop()
			f.saveRefusals(last)
			return ctx.Err()
		case <-save.C:
			f.saveRefusals(ctx)
		case <-t.C:
			f.prune(ctx)
		}
	}
}

// prune drops what is too old to be kept.
func (f *Figures) prune(ctx context.Context) {
	for span, keep := range map[int64]time.Duration{minute: keepFine, quarter: keepFine, hour: Keep} {
		before := f.now().Add(-keep).Unix() / 60
		f.drop(ctx, func() (bool, error) { return f.store.Prune(ctx, span, before) })
	}
	f.drop(ctx, func() (bool, error) { return f.store.PruneOld(ctx) })
}

// drop drops some sums after others until there are no more of them.
func (f *Figures) drop(ctx context.Context, some func() (more bool, err error)) {
	for more := true; more && ctx.Err() == nil; {
		var err error
		if more, err = some(); err != nil {
			f.log.WarnContext(ctx, "old figures are not dropped yet", "err", err)
		}
	}
}
