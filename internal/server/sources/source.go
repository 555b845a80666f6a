// Package sources keeps where messages are consumed.
package sources

import (
	"context"
	"errors"
	"maps"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Chapter keeps the sources.
type Chapter struct {
	core    *kit.Core
	sources catalog.Sources
	sealer  *outside.Sealer // nil: no secrets are kept
}

// New returns the chapter.
func New(core *kit.Core, sources catalog.Sources, sealer *outside.Sealer) *Chapter {
	return &Chapter{core, sources, sealer}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"SetSource":            kit.Unary(kit.Knowing(s.core, s.setSource)),
		"GetSource":            kit.Unary(kit.Knowing(s.core, s.getSource)),
		"ListSources":          kit.Unary(kit.Knowing(s.core, s.listSources)),
		"DeleteSource":         kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.deleteSource))),
		"PauseSource":          kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.pauseSource))),
		"ResumeSource":         kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.resumeSource))),
		"TestSource":           kit.Unary(kit.Knowing(s.core, kit.OnceDone(s.core, s.testSource))),
		"ListParkedMessages":   kit.Unary(kit.Knowing(s.core, s.listParked)),
		"RequeueParkedMessage": kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.requeue))),
		"DiscardParkedMessage": kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.discard))),
	}
}

// The formats of messages.
const (
	formatCommands   = "commands"
	formatRestaurant = "restaurant"

	shortageOversell = "oversell"

	// usualGroup is the group of a source that names none.
	usualGroup = "holdfast"
)

// sourceKinds are those that a relay consumes: sinks of the same kinds have the same
// targets and secrets.
var sourceKinds = map[string]*outside.Kind{
	"kafka": outside.Kinds["kafka"], "nats": outside.Kinds["nats"], "rabbitmq": outside.Kinds["rabbitmq"], "rocketmq": outside.Kinds["rocketmq"],
}

// sourceForm checks the form of a source, and returns it without its secret.
func sourceForm(f *kit.Form, r *holdfastv1.SetSourceRequest) catalog.Source {
	f.ID("name", r.GetName(), catalog.MaxSinkName)
	s := catalog.Source{Kind: r.GetKind(), Target: r.GetTarget(), Topic: r.GetTopic(), Group: r.GetGroup(), Reply: r.GetReplyTopic(), Format: r.GetFormat()}
	kind, known := sourceKinds[s.Kind]
	if !known {
		f.Refuse("kind", kit.MustBe(s.Kind, slices.Sorted(maps.Keys(sourceKinds))))
		return s
	}
	if s.Group == "" {
		s.Group = usualGroup
	}
	if s.Format == "" {
		s.Format = formatCommands
	}
	f.OneOf("format", s.Format, formatCommands, formatRestaurant)
	f.OneOf("shortage", r.GetShortage(), outside.ShortageRefuse, shortageOversell, catalog.ShortageCase)
	if s.Topic == "" {
		f.Refuse("topic", "must be given: where messages are consumed")
	}
	for _, word := range [...]struct{ field, text string }{{"topic", s.Topic}, {"group", s.Group}, {"reply_topic", s.Reply}} {
		if why := kind.BadTopic(word.text); why != "" {
			f.Refuse(word.field, why)
		}
	}
	if s.Reply != "" && s.Reply == s.Topic {
		f.Refuse("reply_topic", "must be another topic: a reply is no command")
	}
	if why := kind.BadTarget(s.Target); why != "" {
		f.Refuse("target", why)
	}
	if r.Secret != nil {
		if why := kind.BadSecret(r.GetSecret()); why != "" {
			f.Refuse("secret", why)
		}
	}
	return s
}

func (s *Chapter) setSource(ctx context.Context, c *kit.Call, r *holdfastv1.SetSourceRequest) (*holdfastv1.Source, error) {
	var f kit.Form
	told := sourceForm(&f, r)
	if err := f.Err(); err != nil {
		return nil, err
	}
	masked := proto.CloneOf(r)
	if r.Secret != nil {
		masked.Secret = new(s.sealer.Print(r.GetSecret()))
	}
	return kit.WriteOnce(s.core, nil, func(ctx context.Context, c *kit.Call, _ *holdfastv1.SetSourceRequest) (*holdfastv1.Source, error) {
		kept, err := s.sources.Set(ctx, c.Tenant, r.GetName(), func(is *catalog.Source) (catalog.Source, error) {
			next := told
			var err error
			next.Secret, err = s.secretOf(c.Tenant, r, is)
			if next.Shortage = r.GetShortage(); r.Shortage == nil && is != nil {
				next.Shortage = is.Shortage
			}
			if next.Shortage == outside.ShortageRefuse {
				next.Shortage = ""
			}
			return next, err
		})
		return s.answer(ctx, kept, err)
	})(ctx, c, masked)
}

// secretOf is the secret of a source that is set, sealed.
func (s *Chapter) secretOf(tenant string, r *holdfastv1.SetSourceRequest, is *catalog.Source) ([]byte, error) {
	switch {
	case r.Secret == nil && is != nil && is.Kind == r.GetKind():
		return is.Secret, nil
	case r.GetSecret() == "":
		return nil, nil
	case is != nil && len(is.Secret) > 0:
		if kept, err := s.sealer.Open(tenant, outside.SealedFor(r.GetName()), is.Secret); err == nil && kept == r.GetSecret() {
			return is.Secret, nil
		}
	}
	return s.sealer.Seal(tenant, outside.SealedFor(r.GetName()), r.GetSecret())
}

func (s *Chapter) getSource(ctx context.Context, c *kit.Call, r *holdfastv1.GetSourceRequest) (*holdfastv1.Source, error) {
	if err := kit.CheckID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	k, err := s.sources.Get(ctx, c.Tenant, r.GetName())
	return s.answer(ctx, k, err)
}

func (s *Chapter) listSources(ctx context.Context, c *kit.Call, r *holdfastv1.ListSourcesRequest) (*holdfastv1.ListSourcesResponse, error) {
	size, after, err := kit.PageForm("sources", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.sources.List(ctx, c.Tenant, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	parked, err := s.sources.CountParked(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, "sources", after, size, func(k catalog.Source) string { return k.Name })
	out := &holdfastv1.ListSourcesResponse{NextPageToken: next}
	for i := range page {
		out.Items = append(out.Items, s.sourceMessage(&page[i], parked(page[i].Name)))
	}
	return out, nil
}

func (s *Chapter) deleteSource(ctx context.Context, c *kit.Call, r *holdfastv1.DeleteSourceRequest) (*holdfastv1.DeleteSourceResponse, error) {
	if err := kit.CheckID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	if err := s.sources.Drop(ctx, c.Tenant, r.GetName()); err != nil {
		return nil, outside.SourceError(err)
	}
	return &holdfastv1.DeleteSourceResponse{}, nil
}

func (s *Chapter) pauseSource(ctx context.Context, c *kit.Call, r *holdfastv1.PauseSourceRequest) (*holdfastv1.Source, error) {
	return s.setPaused(ctx, c, r.GetName(), true)
}

func (s *Chapter) resumeSource(ctx context.Context, c *kit.Call, r *holdfastv1.ResumeSourceRequest) (*holdfastv1.Source, error) {
	return s.setPaused(ctx, c, r.GetName(), false)
}

func (s *Chapter) setPaused(ctx context.Context, c *kit.Call, name string, paused bool) (*holdfastv1.Source, error) {
	if err := kit.CheckID("name", name, catalog.MaxSinkName); err != nil {
		return nil, err
	}
	k, err := s.sources.SetPaused(ctx, c.Tenant, name, paused)
	return s.answer(ctx, k, err)
}

// answer shows a source as it was stored, or the reason why it was not.
func (s *Chapter) answer(ctx context.Context, k catalog.Source, err error) (*holdfastv1.Source, error) {
	if err != nil {
		return nil, outside.SourceError(err)
	}
	parked, err := s.sources.CountParked(ctx, k.Tenant)
	if err != nil {
		return nil, err
	}
	return s.sourceMessage(&k, parked(k.Name)), nil
}

// sourceMessage is a source as answers show it. A source with an unreadable secret is failing: no relay can consume it.
func (s *Chapter) sourceMessage(k *catalog.Source, parked int64) *holdfastv1.Source {
	out := &holdfastv1.Source{
		Name: k.Name, Kind: k.Kind, Target: k.Target, Topic: k.Topic, Group: k.Group, ReplyTopic: k.Reply, Format: k.Format, State: k.State(),
		Accepted: k.Accepted, Refused: k.Refused, Retries: k.Retries, Parked: parked, LastError: k.LastError,
		UpdatedAt: timestamppb.New(k.Changed.Time), FailingSince: kit.OptionalTime(k.FailingSince.Time), HasSecret: len(k.Secret) > 0,
		Shortage: outside.ShortageOf(k),
	}
	if k.Lag >= 0 {
		out.LagMessages = new(k.Lag)
	}
	if k.Told.After(k.Changed.Time) {
		out.UpdatedAt = timestamppb.New(k.Told.Time)
	}
	out.Relay = s.sources.Holder(&k.Tenure)
	if _, err := s.sealer.SourceSecret(k); err != nil && !k.Paused {
		out.State, out.LastError = catalog.SinkFailing, err.Error()
	}
	return out
}

func (s *Chapter) testSource(ctx context.Context, c *kit.Call, r *holdfastv1.TestSourceRequest) (*holdfastv1.SourceTest, error) {
	if err := kit.CheckID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	id := kit.NewTest()
	if err := s.sources.AskTest(ctx, c.Tenant, r.GetName(), id); err != nil {
		if errors.Is(err, catalog.ErrStale) {
			p := kit.Refuse(kit.CodeState, "the source is paused: nobody consumes it; resume it first")
			p.State = catalog.SinkPaused
			return nil, p
		}
		return nil, outside.SourceError(err)
	}
	var last catalog.Source
	t, err := kit.AwaitTest(ctx, id, "", func(ctx context.Context) (catalog.SinkTest, error) {
		k, err := s.sources.Get(ctx, c.Tenant, r.GetName())
		last = k
		return k.Test, err
	})
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.SourceTest{TestId: id, Reached: t.Answered && t.Error == "", Error: t.Error, TookMs: t.TookMS}
	if !out.Reached && out.Error == "" {
		out.Error = s.unanswered(&last)
	}
	return out, nil
}

// unanswered returns why no relay has answered a test of a source.
func (s *Chapter) unanswered(k *catalog.Source) string {
	is := s.sourceMessage(k, 0)
	why := "no relay has answered within 8 s: is one running?"
	if is.GetRelay() != "" {
		why = "the relay that consumes it has not answered within 8 s"
	}
	if is.GetState() == catalog.SinkFailing {
		why += " The source is failing: " + is.GetLastError()
	}
	return why
}
