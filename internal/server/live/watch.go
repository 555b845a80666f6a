package live

import (
	"context"
	"errors"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	// livePace is the least time between two frames: people see no more than four in a second.
	livePace = 250 * time.Millisecond
	// liveBeat is the longest time between two frames. A page shows figures as live for little longer.
	liveBeat = 2 * time.Second
	// rereadEvery is how often all items are read. Time changes them without an event: a hold falls
	// due, a campaign begins, a lot passes its last day.
	rereadEvery = 10 * time.Second
	// heardAtOnce bounds how many events of the feed are read before a frame may be sent.
	heardAtOnce = 64
)

// watched is an item in the view of one watcher.
type watched struct {
	key     stock.ItemKey
	channel string
}

// itemWatch sends a watcher the state of items. The feed names the changed items, and the books
// have their state: an event costs one lookup. How much is sent depends on how many items are
// watched, not on how much is sold.
type itemWatch struct {
	chapter *Chapter
	filter  feed.Filter
	watch   *feed.Watch
	from    *kit.Source

	asked map[stock.ItemKey][]watched
	dirty map[stock.ItemKey]struct{}   // items that are to be read
	told  map[watched]*holdfastv1.Item // as they were sent last, nil: as absent
	read  time.Time                    // when all were
}

func (w *itemWatch) Close() { w.watch.Close() }

// Tell sends a frame when an item has changed, and when nothing was sent for a while.
func (w *itemWatch) Tell(ctx context.Context, c *kit.Call, out kit.Outlet) (at feed.Cursors, err error) {
	beat := min(w.chapter.Beat, liveBeat)
	if at, err = w.frame(ctx, c, out); err != nil {
		return at, err
	}
	sent, soon := time.Now(), false
	due := time.NewTimer(beat)
	defer due.Stop()
	more := true // there may already be an event
	for {
		ready := w.watch.Ready() // a new channel after each loss of events
		if more {
			ready = kit.AtOnce
		}
		select {
		case <-ready:
			if more, err = w.collectChanges(ctx); err != nil {
				return at, err
			}
			if len(w.dirty) > 0 && !soon {
				soon = true
				due.Reset(livePace - time.Since(sent))
			}
		case <-due.C:
			if at, err = w.frame(ctx, c, out); err != nil {
				return at, err
			}
			sent, soon, more = time.Now(), false, true
			due.Reset(beat)
		case <-ctx.Done():
			return at, ctx.Err()
		case <-w.chapter.Ending:
			return at, kit.Unavailable("the server is stopping", nil)
		}
	}
}

// collectChanges records which items have changed. more reports that there may already be another event.
func (w *itemWatch) collectChanges(ctx context.Context) (more bool, err error) {
	for range heardAtOnce {
		events, more, err := w.watch.Take(ctx)
		for _, e := range events {
			k := stock.ItemKey{Tenant: e.Tenant, Location: e.Location, Product: e.Product}
			if _, ok := w.asked[k]; ok {
				w.dirty[k] = struct{}{}
			}
		}
		if err != nil {
			return false, w.rereadItems(ctx, err)
		}
		if !more {
			return false, nil
		}
	}
	return true, nil
}

// rereadItems continues after lost events: it reads all items, so it does not matter which of them
// have changed. Restored books end the watch, because versions no longer grow.
func (w *itemWatch) rereadItems(ctx context.Context, err error) error {
	if _, gone := errors.AsType[*feed.GoneError](err); !gone && !errors.Is(err, feed.ErrSlow) {
		return err
	}
	next, err := w.chapter.Feed.Watch(ctx, w.filter, nil)
	if err != nil {
		return err
	}
	w.watch.Close()
	w.watch, w.read = next, time.Time{}
	return nil
}

// frame reads the changed items and sends the new ones. It returns the position of the frame.
func (w *itemWatch) frame(ctx context.Context, c *kit.Call, out kit.Outlet) (feed.Cursors, error) {
	if _, err := w.collectChanges(ctx); err != nil {
		return w.watch.At(), err
	}
	now, at := time.Now(), w.watch.At()
	if now.Sub(w.read) >= rereadEvery {
		for k := range w.asked {
			w.dirty[k] = struct{}{}
		}
		w.read = now
	}
	m := &holdfastv1.WatchItemsResponse{At: timestamppb.New(now), Position: at.String(), Build: w.chapter.Build}
	if err := w.fill(ctx, c, m); err != nil {
		return at, err
	}
	return at, out.Frame(ctx, at, m)
}

// fill reads the changed items and puts into the frame what was not sent yet.
func (w *itemWatch) fill(ctx context.Context, c *kit.Call, m *holdfastv1.WatchItemsResponse) error {
	if len(w.dirty) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, w.chapter.Most)
	defer cancel()
	byChannel := map[string][]watched{}
	for k := range w.dirty {
		for _, one := range w.asked[k] {
			byChannel[one.channel] = append(byChannel[one.channel], one)
		}
	}
	clear(w.dirty)
	for channel, list := range byChannel {
		shown, err := w.chapter.readItems(ctx, c, w.from, channel, list)
		if err != nil {
			return err
		}
		for _, one := range list {
			is, was := shown[one.key], w.told[one]
			switch _, known := w.told[one]; {
			case known && proto.Equal(is, was):
				continue
			case is == nil:
				m.Absent = append(m.Absent, &holdfastv1.WatchedItem{ProductId: one.key.Product, LocationId: one.key.Location, ChannelId: channel})
			default:
				m.Items = append(m.Items, &holdfastv1.LiveItem{ChannelId: channel, Item: is})
			}
			w.told[one] = is
		}
	}
	return nil
}

// readItems reads items as lists show them. It leaves out items that the books do not have.
func (s *Chapter) readItems(ctx context.Context, c *kit.Call, from *kit.Source, channel string, list []watched) (map[stock.ItemKey]*holdfastv1.Item, error) {
	found := make([]itemlist.Found, len(list))
	for i := range list {
		found[i].Key = list[i].key
	}
	items, err := s.Items(ctx, c, from, found, channel)
	if err != nil {
		return nil, err
	}
	all := make(map[stock.ItemKey]*holdfastv1.Item, len(items))
	for _, it := range items {
		in := it.GetInventory()
		all[stock.ItemKey{Tenant: c.Tenant, Location: in.GetLocationId(), Product: in.GetProductId()}] = it
	}
	return all, nil
}
