package itemlist

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// stepPatience bounds what one step waits for a slot or the catalog.
	stepPatience = 10 * time.Second
	// lastPause is the longest pause between repeated failures.
	lastPause = 5 * time.Second
)

// logEnds is where the logs ended at a moment: when everything up to there is processed, the
// list shows everything up to the moment.
type logEnds struct {
	at   time.Time
	ends []engine.Seq // by slot
	main int64        // of the catalog
}

// run reads all items, and keeps them until ctx ends or nobody has asked for a while. The
// error says why they must be read anew.
func (t *tenant) run(ctx context.Context) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	// The watch and the log of the catalog report everything that is committed from here
	// on. The build finds everything from before.
	filter := feed.Filter{Tenant: t.id}
	watch, err := t.list.rooms.Feed.Watch(ctx, filter, nil)
	if err != nil {
		return fmt.Errorf("follow the books: %w", err)
	}
	defer func() { watch.Close() }()
	if t.followed, err = t.list.rooms.Directory.Head(ctx); err != nil {
		return fmt.Errorf("follow the catalog: %w", err)
	}
	built := make(chan error, 1)
	building := built
	go func() { built <- t.build(ctx) }()
	defer func() {
		stop()
		if building != nil {
			<-building //nolint:errcheck // why it failed no longer matters
		}
	}()
	pause := t.list.pace
	due := time.NewTimer(pause)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-building:
			building = nil
			if err != nil {
				return err
			}
			due.Reset(0)
		case <-watch.Ready():
			if watch, err = t.collectReports(ctx, watch, filter); err != nil {
				return err
			}
		case <-due.C:
			if building != nil {
				due.Reset(pause)
				continue
			}
			if t.idle() {
				return nil
			}
			// Also when nothing came: then the watch moves past events that were not
			// for it.
			if watch, err = t.collectReports(ctx, watch, filter); err != nil {
				return err
			}
			err = t.step(ctx, watch)
			if err != nil && !t.lasts(err) {
				return err
			}
			t.note(ctx, err)
			if pause = min(2*pause, lastPause); err == nil {
				pause = t.list.pace
			}
			due.Reset(pause)
		}
	}
}

// idle reports whether nobody has asked for a while. Before all items have been read it is
// false: a caller waits for them.
func (t *tenant) idle() bool {
	select {
	case <-t.ready:
		return time.Since(time.Unix(0, t.asked.Load())) > t.list.idle
	default:
		return false
	}
}

// collectReports notes the reports of the watch. It replaces a watch that was cut off, or whose store
// failed, by another from the same position. An error says that changes were lost and must
// be read anew.
func (t *tenant) collectReports(ctx context.Context, watch *feed.Watch, filter feed.Filter) (*feed.Watch, error) {
	for pause := t.list.pace; ; pause = min(2*pause, lastPause) {
		err := t.takeEvents(ctx, watch)
		if err == nil {
			return watch, nil
		}
		for err != nil {
			if !t.lasts(err) {
				return watch, err
			}
			if !errors.Is(err, feed.ErrSlow) {
				t.note(ctx, err)
				select {
				case <-ctx.Done():
					return watch, ctx.Err()
				case <-time.After(pause):
				}
			}
			var next *feed.Watch
			if next, err = t.list.rooms.Feed.Watch(ctx, filter, watch.At()); err == nil {
				watch.Close()
				watch = next
			}
		}
	}
}

// takeEvents notes the items that events are about, until there are none.
func (t *tenant) takeEvents(ctx context.Context, watch *feed.Watch) error {
	for {
		events, more, err := watch.Take(ctx)
		for _, e := range events {
			if e.Lot == "" && e.Location != "" {
				t.changed[stock.ItemKey{Tenant: e.Tenant, Product: e.Product, Location: e.Location}] = struct{}{}
			}
		}
		if err != nil || !more {
			return err
		}
	}
}

// lasts reports whether what was read is good in spite of the error.
func (t *tenant) lasts(err error) bool {
	if _, gone := errors.AsType[*feed.GoneError](err); gone {
		return false
	}
	return !errors.Is(err, feed.ErrAhead) && !errors.Is(err, feed.ErrCursor) && !errors.Is(err, ErrTooMany) && !errors.Is(err, errDeleted) &&
		!errors.Is(err, engine.ErrBroken) && !errors.Is(err, engine.ErrClosed) && !errors.Is(err, context.Canceled)
}

// step processes the changes, and moves the time forward up to which everything
// is shown.
func (t *tenant) step(ctx context.Context, watch *feed.Watch) error {
	ctx, cancel := context.WithTimeout(ctx, stepPatience)
	defer cancel()
	if t.mark == nil {
		m, err := t.readEnds(ctx)
		if err != nil {
			return err
		}
		t.mark = m
	}
	t.turned(stock.Time(time.Now().UnixMilli()))
	// Everything that the watch reported before its present position has been
	// noted.
	at := watch.At()
	if err := t.readCatalog(ctx); err != nil {
		return err
	}
	if err := t.refresh(ctx); err != nil {
		return err
	}
	if t.mark.passed(at, t.followed) {
		t.mu.Lock()
		t.asOf = t.mark.at
		t.mu.Unlock()
		t.mark = nil
		t.end(nil)
	}
	return nil
}

// readEnds looks where the logs end now.
func (t *tenant) readEnds(ctx context.Context) (*logEnds, error) {
	logs := t.list.rooms.Logs.Each()
	m := &logEnds{at: time.Now(), ends: make([]engine.Seq, len(logs))}
	err := feed.EachSlot(ctx, len(logs), func(ctx context.Context, slot int) (err error) {
		m.ends[slot], err = logs[slot].Engine.Head(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look where the logs end: %w", err)
	}
	if m.main, err = t.list.rooms.Directory.Head(ctx); err != nil {
		return nil, fmt.Errorf("look where the log of the catalog ends: %w", err)
	}
	return m, nil
}

// passed reports whether everything before the mark was received.
func (m *logEnds) passed(at feed.Cursors, followed int64) bool {
	if len(at) < len(m.ends) || followed < m.main {
		return false
	}
	for slot, end := range m.ends {
		if at[slot].Before(feed.Behind(uint16(slot), end)) {
			return false
		}
	}
	return true
}

// note stores why the items do not follow the books; nil: they do. It logs the
// reason once.
func (t *tenant) note(ctx context.Context, err error) {
	t.mu.Lock()
	was := t.failing
	t.failing = err
	t.mu.Unlock()
	if err != nil && was == nil && ctx.Err() == nil {
		t.list.log.WarnContext(ctx, "the list of items does not follow the books", "tenant", t.id, "err", err)
	}
}
