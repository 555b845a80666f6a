package server

import (
	"maps"
	"slices"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
)

const usualBatch = 100

// sinkForm checks the form of a sink, and returns it without its secrets.
func sinkForm(f *requestForm, r *holdfastv1.SetSinkRequest) catalog.Sink {
	f.id("name", r.GetName(), catalog.MaxSinkName)
	s := catalog.Sink{
		Kind: r.GetKind(), Target: r.GetTarget(), Topic: r.GetTopic(), Format: r.GetFormat(), Batch: usualBatch,
		Filter: catalog.SinkFilter{
			Types: r.GetFilter().GetTypes(), Products: r.GetFilter().GetProductIds(),
			Locations: r.GetFilter().GetLocationIds(), Channels: r.GetFilter().GetChannelIds(),
		},
	}
	kind, known := sinkKinds[s.Kind]
	if !known {
		f.refuse("kind", mustBe(s.Kind, slices.Sorted(maps.Keys(sinkKinds))))
		kind = sinkKinds[kindHTTP] // which has all formats
	}
	if s.Format == "" {
		s.Format = formatEvents
	}
	f.oneOf("format", s.Format, kind.formats...)
	if why := kind.badTopic(s.Topic); why != "" {
		f.refuse("topic", why)
	}
	if why := kind.badTarget(s.Target); why != "" {
		f.refuse("target", why)
	}
	filterForm(f, &s.Filter)
	if kind.index {
		indexForm(f, &s)
	}
	if b := r.GetBatch(); b != nil {
		if b.Max != nil {
			f.requireRange("batch.max", int64(b.GetMax()), 1, catalog.MaxSinkBatch)
			s.Batch = int(b.GetMax())
		}
		f.requireRange("batch.linger_ms", int64(b.GetLingerMs()), 0, int64(time.Duration(catalog.MaxSinkLinger)/time.Millisecond))
		s.Linger = catalog.Period(time.Duration(b.GetLingerMs()) * time.Millisecond)
	}
	if r.Secret != nil {
		if why := kind.badSecret(r.GetSecret()); why != "" {
			f.refuse("secret", why)
		}
	}
	return s
}
