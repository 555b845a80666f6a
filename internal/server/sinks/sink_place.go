package sinks

import (
	"context"
	"errors"
	"slices"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"
	"holdfast.dev/holdfast/internal/stock"
)

// The words for positions in the books.
const (
	fromNow   = "now"
	fromStart = "start"
)

// mustBePlace lists what a position may be.
const mustBePlace = "must be now, start, a time such as 2026-01-31T12:00:00Z, or a position that this server gave"

// timeOfPlace reads a time in RFC 3339 form.
func timeOfPlace(text string) (stock.Time, bool) {
	at, err := time.Parse(time.RFC3339Nano, text)
	return stock.Time(at.UnixMilli()), err == nil
}

// placeOf is the position that a word or a text stands for. It starts a watch there to
// check that the position exists. Nothing committed afterwards comes before now.
func (s *Chapter) placeOf(ctx context.Context, c *kit.Call, field, text string) (feed.Cursors, error) {
	if s.feed == nil {
		return nil, kit.Unavailable("this server has no events", nil)
	}
	var after feed.Cursors
	switch text {
	case "", fromNow:
	case fromStart:
		w, err := s.feed.Watch(ctx, feed.Filter{Tenant: c.Tenant}, nil)
		if err != nil {
			return nil, err
		}
		after = feed.Cursors{}.Cover(w.Slots())
		w.Close()
	default:
		if len(text) > catalog.MaxPosition {
			return nil, kit.Invalid(field, "is too long for a position")
		}
		var err error
		if at, is := timeOfPlace(text); is {
			after, err = s.feed.Before(ctx, at)
		} else if after, err = feed.ParseCursors(text); err != nil {
			err = kit.Invalid(field, "%s", mustBePlace)
		}
		if err != nil {
			return nil, err
		}
	}
	w, err := s.feed.Watch(ctx, feed.Filter{Tenant: c.Tenant}, after)
	var gone *feed.GoneError
	switch {
	case text == fromStart && errors.As(err, &gone):
		return gone.Earliest, nil
	case errors.Is(err, feed.ErrCursor):
		return nil, kit.Invalid(field, "is not a position of these books")
	case err != nil:
		return nil, err
	}
	defer w.Close()
	if text == "" || text == fromNow {
		return w.At(), nil
	}
	return after, nil
}

// sinkPlace is a position in the log of the stock or of the catalog.
type sinkPlace struct {
	stock     feed.Cursors
	changes   int64
	ofCatalog bool // the catalog
}

func (p sinkPlace) String() string {
	if p.ofCatalog {
		return outside.ShowChangePlace(p.changes)
	}
	return p.stock.String()
}

// isBefore reports whether an event comes after the place.
func (p sinkPlace) isBefore(event string) bool {
	if n, ok := outside.ParseChangePlace(event); ok || p.ofCatalog {
		return ok && p.ofCatalog && n > p.changes
	}
	e, err := feed.ParseCursor(event)
	if err != nil {
		return false
	}
	for _, one := range p.stock {
		if one.Slot == e.Slot {
			return one.Before(e)
		}
	}
	return len(p.stock) > 1 // its slot is newer than the position
}

// clocksApart is how far a caller's clock may be in front of the server's.
const clocksApart = time.Minute

// placeFor is placeOf in the log of the stock or of the catalog. Nothing is there yet after a time or
// a position that is still to come: both are refused.
func (s *Chapter) placeFor(ctx context.Context, c *kit.Call, ofCatalog bool, field, text string) (p sinkPlace, err error) {
	if at, is := timeOfPlace(text); is && time.UnixMilli(int64(at)).After(time.Now().Add(clocksApart)) {
		return p, kit.Invalid(field, "is in the future: write now to deliver what is committed from now on")
	}
	if p.ofCatalog = ofCatalog; p.ofCatalog {
		p.changes, err = s.changes.knownPlace(ctx, field, text)
	} else {
		p.stock, err = s.placeOf(ctx, c, field, text)
	}
	return p, err
}

const (
	// maxLag is how many events are counted one by one.
	maxLag = 1000
	// maxSifted is how many other events, or records without any, are read to find them.
	maxSifted = 20_000
)

// LagOf is how many events of a sink come after its position, and when the oldest of them
// was booked. When an exact count would take long, it is an estimate: it assumes that the
// unread records pass the filter as often as the records read. ok is false when the lag is
// unknown.
func (s *Chapter) LagOf(ctx context.Context, tenant string, k *holdfastv1.Sink) (n int64, oldest time.Time, ok bool) {
	if n, is := outside.ParseChangePlace(k.GetPosition()); is {
		return s.changes.lag(ctx, tenant, k.GetFilter().GetTypes(), n)
	}
	at, err := feed.ParseCursors(k.GetPosition())
	if err != nil || s.feed == nil {
		return 0, oldest, false
	}
	filter := feed.Filter{Tenant: tenant}
	for _, name := range k.GetFilter().GetTypes() {
		filter.Ops = filter.Ops.With(kit.EventTypes[name])
	}
	for _, op := range kit.EventTypes {
		if len(k.GetFilter().GetTypes()) == 0 && !op.Announces() {
			filter.Ops = filter.Ops.With(op)
		}
	}
	w, err := s.feed.Watch(ctx, filter, at)
	if err != nil {
		return 0, oldest, false
	}
	defer w.Close()
	seen := slices.Clone(at)
	var sifted, looked int64 // records and events
	more := true
	for more && n < maxLag && max(sifted, looked) < maxSifted {
		var events []*feed.Event
		if events, more, err = w.Take(ctx); err != nil {
			return 0, oldest, false
		}
		for _, e := range events {
			seen.Pass(e)
			if matchesFilter(k.GetFilter(), e) {
				if n++; n == 1 {
					oldest = time.UnixMilli(int64(e.At))
				}
			}
		}
		if looked += int64(len(events)); len(events) == 0 {
			seen = w.At()
		}
		sifted = records(at, seen)
	}
	if !more {
		return n, oldest, true
	}
	heads, err := s.feed.Watch(ctx, filter, nil)
	if err != nil {
		return 0, oldest, false
	}
	defer heads.Close()
	// One more event may follow the records that were read, so the estimate is never 0.
	estimate := float64(max(n, 1)) / float64(max(sifted, 1)) * float64(records(at, heads.At()))
	return max(n, 1, int64(estimate)), oldest, true
}

// records is how many records of the log are between two positions.
func records(from, to feed.Cursors) (n int64) {
	for slot := range min(len(from), len(to)) {
		n += int64(to[slot].Seq) - int64(from[slot].Seq)
	}
	return n
}

// matchesFilter reports whether the lists of a filter match an event.
func matchesFilter(f *holdfastv1.SinkFilter, e *feed.Event) bool {
	channels := f.GetChannelIds()
	turned := slices.ContainsFunc(channels, func(id string) bool { return slices.Contains(e.SoldOut, id) || slices.Contains(e.InStock, id) })
	return names(f.GetProductIds(), e.Product) && names(f.GetLocationIds(), e.Location) && (names(channels, e.Channel) || turned)
}

// names reports whether a list names an id; an empty one names all.
func names(list []string, id string) bool { return len(list) == 0 || slices.Contains(list, id) }
