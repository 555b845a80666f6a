// Package sinks keeps where events are sent, and lists what the catalog has changed.
package sinks

import (
	"context"
	"slices"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// measured is a call that answers with a sink and its present lag. The lag is read from
// the books, and therefore after the catalog has released its lock.
func measured[Q any](s *Chapter, f func(context.Context, *kit.Call, Q) (*holdfastv1.Sink, error)) func(context.Context, *kit.Call, Q) (*holdfastv1.Sink, error) {
	return func(ctx context.Context, c *kit.Call, q Q) (*holdfastv1.Sink, error) {
		out, err := f(ctx, c, q)
		if err == nil {
			s.measure(ctx, c, out)
		}
		return out, err
	}
}

func (s *Chapter) measure(ctx context.Context, c *kit.Call, out *holdfastv1.Sink) {
	n, oldest, ok := s.LagOf(ctx, c.Tenant, out)
	b, known := s.BlockedOf(ctx, c.Tenant, out.GetName(), out.GetParked())
	if b.show(out); !ok || !known {
		return
	}
	n, oldest = b.AddTo(n, oldest)
	out.LagEvents, out.LagSeconds = n, 0
	if n > 0 {
		out.LagSeconds = max(time.Since(oldest).Seconds(), 0)
	}
}

func (s *Chapter) setSink(ctx context.Context, c *kit.Call, r *holdfastv1.SetSinkRequest) (*holdfastv1.Sink, error) {
	var f kit.Form
	told := sinkForm(&f, r, s.reach)
	if err := f.Err(); err != nil {
		return nil, err
	}
	masked := proto.CloneOf(r)
	if r.Secret != nil {
		masked.Secret = new(s.Sealer.Print(r.GetSecret()))
	}
	var place sinkPlace
	var made string
	before := func(ctx context.Context, c *kit.Call, r *holdfastv1.SetSinkRequest) (err error) {
		place, err = s.placeFor(ctx, c, told.Filter.OfCatalog(), "from", r.GetFrom())
		return err
	}
	answer, err := kit.WriteOnce(s.core, before, func(ctx context.Context, c *kit.Call, _ *holdfastv1.SetSinkRequest) (*holdfastv1.Sink, error) {
		kept, err := s.sinks.Set(ctx, c.Tenant, r.GetName(), place.String(), func(is *catalog.Sink) (catalog.Sink, error) {
			if is != nil && is.Filter.OfCatalog() != told.Filter.OfCatalog() {
				return catalog.Sink{}, &catalog.InvalidError{Field: "filter.types", Reason: "cannot turn a sink of the stock into one of the catalog, or back: its position is of the other log; delete it first"}
			}
			next := told
			var known bool
			if next.Target, known = outside.KeepTarget(is, told.Kind, told.Target); !known {
				return catalog.Sink{}, &catalog.InvalidError{Field: "target", Reason: "has its secrets left out, and no such sink is there: write the whole address"}
			}
			var err error
			next.Secrets, made, err = s.secretsOf(c.Tenant, r, is)
			return next, err
		})
		return s.answer(ctx, kept, err)
	})(ctx, c, masked)
	if err != nil {
		return nil, err
	}
	if !c.Replayed {
		answer.Secret = made
	}
	s.measure(ctx, c, answer)
	return answer, nil
}

// secretsOf are the sealed secrets of a sink that is set, and the new one in clear, if it
// made one.
func (s *Chapter) secretsOf(tenant string, r *holdfastv1.SetSinkRequest, is *catalog.Sink) (sealed []catalog.SinkSecret, made string, err error) {
	secret := r.GetSecret()
	switch {
	case r.Secret == nil && is != nil && is.Kind == r.GetKind():
		if sealed = is.Secrets; len(sealed) > 0 {
			return sealed, "", nil
		}
	case secret != "" && is != nil && len(is.Secrets) > 0:
		if kept, err := s.Sealer.Open(tenant, r.GetName(), is.Secrets[0].Sealed); err == nil && kept == secret {
			return is.Secrets, "", nil
		}
	}
	if r.GetKind() == outside.KindWebhook && secret == "" {
		if made, err = outside.MakeSecret(); err != nil {
			return nil, "", err
		}
		secret = made
	}
	if secret == "" {
		return nil, "", nil
	}
	one, err := s.Sealer.Seal(tenant, r.GetName(), secret)
	return []catalog.SinkSecret{{Sealed: one}}, made, err
}

func (s *Chapter) getSink(ctx context.Context, c *kit.Call, r *holdfastv1.GetSinkRequest) (*holdfastv1.Sink, error) {
	if err := kit.CheckID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	k, err := s.sinks.Get(ctx, c.Tenant, r.GetName())
	out, err := s.answer(ctx, k, err)
	if err == nil {
		s.measure(ctx, c, out)
	}
	return out, err
}

// ListSinks lists the sinks with what they still have to deliver.
func (s *Chapter) ListSinks(ctx context.Context, c *kit.Call, r *holdfastv1.ListSinksRequest) (*holdfastv1.ListSinksResponse, error) {
	size, after, err := kit.PageForm("sinks", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.sinks.List(ctx, c.Tenant, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	parked, err := s.sinks.CountParked(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, "sinks", after, size, func(k catalog.Sink) string { return k.Name })
	out := &holdfastv1.ListSinksResponse{NextPageToken: next}
	for i := range page {
		shown := s.sinkMessage(&page[i], parked[page[i].Name])
		s.measure(ctx, c, shown)
		out.Items = append(out.Items, shown)
	}
	return out, nil
}

func (s *Chapter) deleteSink(ctx context.Context, c *kit.Call, r *holdfastv1.DeleteSinkRequest) (*holdfastv1.DeleteSinkResponse, error) {
	if err := kit.CheckID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	if err := s.sinks.Drop(ctx, c.Tenant, r.GetName()); err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.DeleteSinkResponse{}, nil
}

func (s *Chapter) pauseSink(ctx context.Context, c *kit.Call, r *holdfastv1.PauseSinkRequest) (*holdfastv1.Sink, error) {
	if err := kit.CheckID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	k, err := s.sinks.Pause(ctx, c.Tenant, r.GetName())
	return s.answer(ctx, k, err)
}

func (s *Chapter) resumeSink(ctx context.Context, c *kit.Call, r *holdfastv1.ResumeSinkRequest) (*holdfastv1.Sink, error) {
	if err := kit.CheckID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	k, err := s.sinks.Resume(ctx, c.Tenant, r.GetName())
	return s.answer(ctx, k, err)
}

func (s *Chapter) rewindSink(ctx context.Context, c *kit.Call, r *holdfastv1.RewindSinkRequest) (*holdfastv1.Sink, error) {
	var f kit.Form
	f.ID("name", r.GetName(), catalog.MaxSinkName)
	if r.GetTo() == "" {
		f.Refuse("to", mustBePlace)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	is, err := s.sinks.Get(ctx, c.Tenant, r.GetName())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	var place sinkPlace
	before := func(ctx context.Context, c *kit.Call, r *holdfastv1.RewindSinkRequest) (err error) {
		place, err = s.placeFor(ctx, c, is.Filter.OfCatalog(), "to", r.GetTo())
		return err
	}
	return measured(s, kit.WriteOnce(s.core, before, func(ctx context.Context, c *kit.Call, r *holdfastv1.RewindSinkRequest) (*holdfastv1.Sink, error) {
		k, err := s.sinks.Rewind(ctx, c.Tenant, r.GetName(), place.String(), place.isBefore)
		return s.answer(ctx, k, err)
	}))(ctx, c, r)
}

// answer shows a sink as it was stored, or the reason why it was not.
func (s *Chapter) answer(ctx context.Context, k catalog.Sink, err error) (*holdfastv1.Sink, error) {
	if err != nil {
		return nil, outside.SinkError(err)
	}
	parked, err := s.sinks.CountParked(ctx, k.Tenant)
	if err != nil {
		return nil, err
	}
	return s.sinkMessage(&k, parked[k.Name]), nil
}

// sinkMessage is a sink as answers show it. A sink with an unreadable secret is failing: no relay can deliver to it.
func (s *Chapter) sinkMessage(k *catalog.Sink, parked int64) *holdfastv1.Sink {
	out := &holdfastv1.Sink{
		Name: k.Name, Kind: k.Kind, Target: outside.ShowTarget(k.Kind, k.Target), Topic: k.Topic, Filter: outside.RenderFilter(&k.Filter), Format: k.Format, Batch: outside.RenderBatch(k),
		State: k.State(), Position: k.Position, Delivered: k.Delivered, Retries: k.Retries, Parked: parked, LastError: k.LastError,
		UpdatedAt: timestamppb.New(k.Changed.Time), FailingSince: kit.OptionalTime(k.FailingSince.Time), HasSecret: len(k.Secrets) > 0,
		Rebuilding: k.Rebuild,
	}
	now := time.Now()
	if k.Told.After(k.Changed.Time) {
		out.UpdatedAt = timestamppb.New(k.Told.Time)
	}
	if k.Disabled != "" {
		out.LastError = k.Disabled
	}
	out.Relay = s.sinks.Holder(&k.Tenure)
	for _, secret := range slices.Backward(k.Secrets) { // the newest of the old ones is the last here
		if secret.Until.After(now) {
			out.OldSecretUntil = timestamppb.New(secret.Until.Time)
		}
	}
	if !k.OldestUnsent.IsZero() {
		out.LagSeconds = max(now.Sub(k.OldestUnsent.Time).Seconds(), 0)
	}
	secrets, err := s.Sealer.Secrets(k)
	switch {
	case err != nil && (out.State == catalog.SinkRunning || out.State == catalog.SinkFailing):
		out.State, out.LastError = catalog.SinkFailing, err.Error()
	case k.Kind == outside.KindWebhook && len(secrets) > 0:
		out.PublicKey = outside.PublicKey(secrets[0])
	}
	return out
}

func (s *Chapter) testSink(ctx context.Context, c *kit.Call, r *holdfastv1.TestSinkRequest) (*holdfastv1.SinkTest, error) {
	if err := kit.CheckID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	id := kit.NewTest()
	if err := s.sinks.AskTest(ctx, c.Tenant, r.GetName(), id); err != nil {
		return nil, outside.SinkError(err)
	}
	t, err := kit.AwaitTest(ctx, id, "no relay has delivered it within 8 s: is one running?", func(ctx context.Context) (catalog.SinkTest, error) {
		k, err := s.sinks.Get(ctx, c.Tenant, r.GetName())
		return k.Test, err
	})
	if err != nil {
		return nil, err
	}
	return &holdfastv1.SinkTest{EventId: id, Delivered: t.Answered && t.Error == "", Error: t.Error, TookMs: t.TookMS}, nil
}
