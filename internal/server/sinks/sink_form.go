package sinks

import (
	"cmp"
	"maps"
	"slices"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"
)

const usualBatch = 100

// sinkForm checks the form of a sink, and returns it without its secrets.
func sinkForm(f *kit.Form, r *holdfastv1.SetSinkRequest, reach outside.Reach) catalog.Sink {
	f.ID("name", r.GetName(), catalog.MaxSinkName)
	s := catalog.Sink{
		Kind: r.GetKind(), Target: r.GetTarget(), Topic: r.GetTopic(), Format: r.GetFormat(), Batch: usualBatch,
		Filter: catalog.SinkFilter{
			Types: r.GetFilter().GetTypes(), Products: r.GetFilter().GetProductIds(),
			Locations: r.GetFilter().GetLocationIds(), Channels: r.GetFilter().GetChannelIds(),
		},
	}
	kind, known := outside.Kinds[s.Kind]
	if !known {
		f.Refuse("kind", kit.MustBe(s.Kind, slices.Sorted(maps.Keys(outside.Kinds))))
		kind = outside.Kinds[outside.KindHTTP] // which has all formats
	}
	if s.Format == "" {
		s.Format = outside.FormatEvents
	}
	f.OneOf("format", s.Format, kind.Formats...)
	if why := kind.BadTopic(s.Topic); why != "" {
		f.Refuse("topic", why)
	}
	if !outside.IsHidden(s.Target) { // else it is the one that the sink has
		if why := cmp.Or(kind.BadTarget(s.Target), reach.Bad(s.Target)); why != "" {
			f.Refuse("target", why)
		}
	}
	filterForm(f, &s.Filter)
	if kind.Index {
		indexForm(f, &s)
	}
	if b := r.GetBatch(); b != nil {
		if b.Max != nil {
			f.RequireRange("batch.max", int64(b.GetMax()), 1, catalog.MaxSinkBatch)
			s.Batch = int(b.GetMax())
		}
		f.RequireRange("batch.linger_ms", int64(b.GetLingerMs()), 0, int64(time.Duration(catalog.MaxSinkLinger)/time.Millisecond))
		s.Linger = catalog.Period(time.Duration(b.GetLingerMs()) * time.Millisecond)
	}
	if r.Secret != nil {
		if why := kind.BadSecret(r.GetSecret()); why != "" {
			f.Refuse("secret", why)
		}
	}
	return s
}
