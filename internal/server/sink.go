package server

import (
	"context"
	"errors"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// sinkChapter keeps the sinks.
type sinkChapter struct {
	*core
	sinks   catalog.Sinks
	feed    Feed // nil: there are no events
	changes *catalogChapter
	sealer  *Sealer // nil: no secrets are kept
}

func (s *sinkChapter) functions() map[string]method {
	return map[string]method{
		"SetSink":          unary(knowing(s.core, s.setSink)),
		"GetSink":          unary(knowing(s.core, s.getSink)),
		"ListSinks":        unary(knowing(s.core, s.listSinks)),
		"DeleteSink":       unary(knowing(s.core, writeOnce(s.core, nil, s.deleteSink))),
		"PauseSink":        unary(knowing(s.core, measured(s, writeOnce(s.core, nil, s.pauseSink)))),
		"ResumeSink":       unary(knowing(s.core, measured(s, writeOnce(s.core, nil, s.resumeSink)))),
		"RewindSink":       unary(knowing(s.core, s.rewindSink)),
		"RebuildSink":      unary(knowing(s.core, s.rebuildSink)),
		"TestSink":         unary(knowing(s.core, onceDone(s.core, s.testSink))),
		"RotateSinkSecret": unary(knowing(s.core, s.rotateSecret)),
	}
}

// measured is a call that answers with a sink and its present lag. The lag is read from
// the books, and therefore after the catalog has released its lock.
func measured[Q any](s *sinkChapter, f func(context.Context, *call, Q) (*holdfastv1.Sink, error)) func(context.Context, *call, Q) (*holdfastv1.Sink, error) {
	return func(ctx context.Context, c *call, q Q) (*holdfastv1.Sink, error) {
		out, err := f(ctx, c, q)
		if err == nil {
			s.measure(ctx, c, out)
		}
		return out, err
	}
}

func (s *sinkChapter) measure(ctx context.Context, c *call, out *holdfastv1.Sink) {
	n, oldest, ok := s.lagOf(ctx, c.tenant, out)
	b, known := s.blockedOf(ctx, c.tenant, out.GetName(), out.GetParked())
	if b.show(out); !ok || !known {
		return
	}
	n, oldest = b.addTo(n, oldest)
	out.LagEvents, out.LagSeconds = n, 0
	if n > 0 {
		out.LagSeconds = max(time.Since(oldest).Seconds(), 0)
	}
}

func (s *sinkChapter) setSink(ctx context.Context, c *call, r *holdfastv1.SetSinkRequest) (*holdfastv1.Sink, error) {
	var f requestForm
	told := sinkForm(&f, r)
	if err := f.err(); err != nil {
		return nil, err
	}
	masked := proto.CloneOf(r)
	if r.Secret != nil {
		masked.Secret = new(s.sealer.print(r.GetSecret()))
	}
	var place sinkPlace
	var made string
	before := func(ctx context.Context, c *call, r *holdfastv1.SetSinkRequest) (err error) {
		place, err = s.placeFor(ctx, c, told.Filter.OfCatalog(), "from", r.GetFrom())
		return err
	}
	answer, err := writeOnce(s.core, before, func(ctx context.Context, c *call, _ *holdfastv1.SetSinkRequest) (*holdfastv1.Sink, error) {
		kept, err := s.sinks.Set(ctx, c.tenant, r.GetName(), place.String(), func(is *catalog.Sink) (catalog.Sink, error) {
			if is != nil && is.Filter.OfCatalog() != told.Filter.OfCatalog() {
				return catalog.Sink{}, &catalog.InvalidError{Field: "filter.types", Reason: "cannot turn a sink of the stock into one of the catalog, or back: its position is of the other log; delete it first"}
			}
			next := told
			var err error
			next.Secrets, made, err = s.secretsOf(c.tenant, r, is)
			return next, err
		})
		return s.answer(ctx, kept, err)
	})(ctx, c, masked)
	if err != nil {
		return nil, err
	}
	if !c.replayed {
		answer.Secret = made
	}
	s.measure(ctx, c, answer)
	return answer, nil
}

// secretsOf are the sealed secrets of a sink that is set, and the new one in clear, if it
// made one.
func (s *sinkChapter) secretsOf(tenant string, r *holdfastv1.SetSinkRequest, is *catalog.Sink) (sealed []catalog.SinkSecret, made string, err error) {
	secret := r.GetSecret()
	switch {
	case r.Secret == nil && is != nil && is.Kind == r.GetKind():
		if sealed = is.Secrets; len(sealed) > 0 {
			return sealed, "", nil
		}
	case secret != "" && is != nil && len(is.Secrets) > 0:
		if kept, err := s.sealer.open(tenant, r.GetName(), is.Secrets[0].Sealed); err == nil && kept == secret {
			return is.Secrets, "", nil
		}
	}
	if r.GetKind() == kindWebhook && secret == "" {
		if made, err = makeSecret(); err != nil {
			return nil, "", err
		}
		secret = made
	}
	if secret == "" {
		return nil, "", nil
	}
	one, err := s.sealer.seal(tenant, r.GetName(), secret)
	return []catalog.SinkSecret{{Sealed: one}}, made, err
}

func (s *sinkChapter) getSink(ctx context.Context, c *call, r *holdfastv1.GetSinkRequest) (*holdfastv1.Sink, error) {
	if err := checkID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	k, err := s.sinks.Get(ctx, c.tenant, r.GetName())
	out, err := s.answer(ctx, k, err)
	if err == nil {
		s.measure(ctx, c, out)
	}
	return out, err
}

func (s *sinkChapter) listSinks(ctx context.Context, c *call, r *holdfastv1.ListSinksRequest) (*holdfastv1.ListSinksResponse, error) {
	size, after, err := pageForm("sinks", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.sinks.List(ctx, c.tenant, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	parked, err := s.sinks.CountParked(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	page, next := cutPage(all, "sinks", after, size, func(k catalog.Sink) string { return k.Name })
	out := &holdfastv1.ListSinksResponse{NextPageToken: next}
	for i := range page {
		shown := s.sinkMessage(&page[i], parked[page[i].Name])
		s.measure(ctx, c, shown)
		out.Items = append(out.Items, shown)
	}
	return out, nil
}

func (s *sinkChapter) deleteSink(ctx context.Context, c *call, r *holdfastv1.DeleteSinkRequest) (*holdfastv1.DeleteSinkResponse, error) {
	if err := checkID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	if err := s.sinks.Drop(ctx, c.tenant, r.GetName()); err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.DeleteSinkResponse{}, nil
}

func (s *sinkChapter) pauseSink(ctx context.Context, c *call, r *holdfastv1.PauseSinkRequest) (*holdfastv1.Sink, error) {
	if err := checkID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	k, err := s.sinks.Pause(ctx, c.tenant, r.GetName())
	return s.answer(ctx, k, err)
}

func (s *sinkChapter) resumeSink(ctx context.Context, c *call, r *holdfastv1.ResumeSinkRequest) (*holdfastv1.Sink, error) {
	if err := checkID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	k, err := s.sinks.Resume(ctx, c.tenant, r.GetName())
	return s.answer(ctx, k, err)
}

func (s *sinkChapter) rewindSink(ctx context.Context, c *call, r *holdfastv1.RewindSinkRequest) (*holdfastv1.Sink, error) {
	var f requestForm
	f.id("name", r.GetName(), catalog.MaxSinkName)
	if r.GetTo() == "" {
		f.refuse("to", mustBePlace)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	is, err := s.sinks.Get(ctx, c.tenant, r.GetName())
	if err != nil {
		return nil, factError("", err)
	}
	var place sinkPlace
	before := func(ctx context.Context, c *call, r *holdfastv1.RewindSinkRequest) (err error) {
		place, err = s.placeFor(ctx, c, is.Filter.OfCatalog(), "to", r.GetTo())
		return err
	}
	return measured(s, writeOnce(s.core, before, func(ctx context.Context, c *call, r *holdfastv1.RewindSinkRequest) (*holdfastv1.Sink, error) {
		k, err := s.sinks.Rewind(ctx, c.tenant, r.GetName(), place.String(), place.isBefore)
		return s.answer(ctx, k, err)
	}))(ctx, c, r)
}

// answer shows a sink as it was stored, or the reason why it was not.
func (s *sinkChapter) answer(ctx context.Context, k catalog.Sink, err error) (*holdfastv1.Sink, error) {
	if err != nil {
		return nil, sinkError(err)
	}
	parked, err := s.sinks.CountParked(ctx, k.Tenant)
	if err != nil {
		return nil, err
	}
	return s.sinkMessage(&k, parked[k.Name]), nil
}

// sinkError turns an error of the catalog about sinks into the caller's.
func sinkError(err error) error {
	switch {
	case errors.Is(err, catalog.ErrStale):
		p := refuse(codeState, "nothing is delivered to the sink: it is paused or disabled; resume it first")
		p.state = catalog.SinkPaused
		return p
	case errors.Is(err, catalog.ErrFenced):
		p := refuse(codeState, "the sink is another relay's by now, or was changed: claim it again")
		p.state = "fenced"
		return p
	case errors.Is(err, catalog.ErrTooManyParked):
		p := refuse(codeState, "the sink has %d parked events: requeue or discard some", catalog.MaxParked)
		p.state = "parked_full"
		return p
	}
	return factError("", err)
}

// sinkMessage is a sink as answers show it. A sink with an unreadable secret is failing: no relay can deliver to it.
func (s *sinkChapter) sinkMessage(k *catalog.Sink, parked int64) *holdfastv1.Sink {
	out := &holdfastv1.Sink{
		Name: k.Name, Kind: k.Kind, Target: k.Target, Topic: k.Topic, Filter: renderFilter(&k.Filter), Format: k.Format, Batch: renderBatch(k),
		State: k.State(), Position: k.Position, Delivered: k.Delivered, Retries: k.Retries, Parked: parked, LastError: k.LastError,
		UpdatedAt: timestamppb.New(k.Changed.Time), FailingSince: optionalTime(k.FailingSince.Time), HasSecret: len(k.Secrets) > 0,
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
	for _, secret := range k.Secrets {
		if secret.Until.After(now) {
			out.OldSecretUntil = timestamppb.New(secret.Until.Time)
		}
	}
	if !k.OldestUnsent.IsZero() {
		out.LagSeconds = max(now.Sub(k.OldestUnsent.Time).Seconds(), 0)
	}
	if _, err := s.sealer.Secrets(k); err != nil && (out.State == catalog.SinkRunning || out.State == catalog.SinkFailing) {
		out.State, out.LastError = catalog.SinkFailing, err.Error()
	}
	return out
}

func renderFilter(f *catalog.SinkFilter) *holdfastv1.SinkFilter {
	if f.IsZero() {
		return nil
	}
	return &holdfastv1.SinkFilter{Types: f.Types, ProductIds: f.Products, LocationIds: f.Locations, ChannelIds: f.Channels}
}

func renderBatch(k *catalog.Sink) *holdfastv1.SinkBatch {
	return &holdfastv1.SinkBatch{Max: new(int32(k.Batch)), LingerMs: new(int32(time.Duration(k.Linger) / time.Millisecond))}
}

// Secrets are the valid secrets of a sink, in clear.
func (s *Sealer) Secrets(k *catalog.Sink) (secrets []string, err error) {
	for _, kept := range k.Secrets {
		if !kept.Until.IsZero() && !kept.Until.After(time.Now()) {
			continue
		}
		secret, err := s.open(k.Tenant, k.Name, kept.Sealed)
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}
