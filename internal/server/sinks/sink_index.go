package sinks

import (
	"context"
	"net/url"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"
)

// indexForm checks the rules of a sink that keeps an index. Such a sink names an index, and
// gets all events about its products and locations; otherwise the figures would fall
// behind the books.
func indexForm(f *kit.Form, s *catalog.Sink) {
	if u, err := url.Parse(s.Target); err == nil && s.Topic == "" {
		if index := strings.Trim(u.Path, "/"); index == "" || strings.Contains(index, "/") {
			f.Refuse("target", "must name one index behind the host, or the topic must")
		}
	}
	if len(s.Filter.Types) > 0 {
		f.Refuse("filter.types", "must be left out: an index needs all changes of the stock")
	}
	if len(s.Filter.Channels) > 0 {
		f.Refuse("filter.channel_ids", "must be left out: an index has the stock of all channels")
	}
}

// rebuildSink lets the relay fill an index again. Events committed from now on are delivered
// after that, so the rebuild may read states of any moment.
func (s *Chapter) rebuildSink(ctx context.Context, c *kit.Call, r *holdfastv1.RebuildSinkRequest) (*holdfastv1.Sink, error) {
	if err := kit.CheckID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	k, err := s.sinks.Get(ctx, c.Tenant, r.GetName())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	if kind := outside.Kinds[k.Kind]; kind == nil || !kind.Index {
		return nil, kit.Refuse(kit.CodeState, "a sink of kind %s has nothing to rebuild: rewind it to start, which delivers all events that the log has", k.Kind)
	}
	var place sinkPlace
	before := func(ctx context.Context, c *kit.Call, _ *holdfastv1.RebuildSinkRequest) (err error) {
		place, err = s.placeFor(ctx, c, false, "to", fromNow)
		return err
	}
	return measured(s, kit.WriteOnce(s.core, before, func(ctx context.Context, c *kit.Call, r *holdfastv1.RebuildSinkRequest) (*holdfastv1.Sink, error) {
		k, err := s.sinks.Rebuild(ctx, c.Tenant, r.GetName(), place.String())
		return s.answer(ctx, k, err)
	}))(ctx, c, r)
}
