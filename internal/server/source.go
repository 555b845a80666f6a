package server

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// sourceChapter keeps the sources.
type sourceChapter struct {
	*core
	sources catalog.Sources
	sealer  *Sealer // nil: no secrets are kept
}

func (s *sourceChapter) functions() map[string]method {
	return map[string]method{
		"SetSource":            unary(knowing(s.core, s.setSource)),
		"GetSource":            unary(knowing(s.core, s.getSource)),
		"ListSources":          unary(knowing(s.core, s.listSources)),
		"DeleteSource":         unary(knowing(s.core, writeOnce(s.core, nil, s.deleteSource))),
		"PauseSource":          unary(knowing(s.core, writeOnce(s.core, nil, s.pauseSource))),
		"ResumeSource":         unary(knowing(s.core, writeOnce(s.core, nil, s.resumeSource))),
		"TestSource":           unary(knowing(s.core, onceDone(s.core, s.testSource))),
		"ListParkedMessages":   unary(knowing(s.core, s.listParked)),
		"RequeueParkedMessage": unary(knowing(s.core, writeOnce(s.core, nil, s.requeue))),
		"DiscardParkedMessage": unary(knowing(s.core, writeOnce(s.core, nil, s.discard))),
	}
}

// The formats of messages.
const (
	formatCommands   = "commands"
	formatRestaurant = "restaurant"

	// The policies for what was paid and is not there.
	shortageRefuse   = "refuse"
	shortageOversell = "oversell"

	// usualGroup is the group of a source that names none.
	usualGroup = "holdfast"
)

// sourceKinds are those that a relay consumes: sinks of the same kinds have the same
// targets and secrets.
var sourceKinds = map[string]*sinkKind{
	"kafka": sinkKinds["kafka"], "nats": sinkKinds["nats"], "rabbitmq": sinkKinds["rabbitmq"], "rocketmq": sinkKinds["rocketmq"],
}

// sourceForm checks the form of a source, and returns it without its secret.
func sourceForm(f *requestForm, r *holdfastv1.SetSourceRequest) catalog.Source {
	f.id("name", r.GetName(), catalog.MaxSinkName)
	s := catalog.Source{Kind: r.GetKind(), Target: r.GetTarget(), Topic: r.GetTopic(), Group: r.GetGroup(), Reply: r.GetReplyTopic(), Format: r.GetFormat()}
	kind, known := sourceKinds[s.Kind]
	if !known {
		f.refuse("kind", mustBe(s.Kind, slices.Sorted(maps.Keys(sourceKinds))))
		return s
	}
	if s.Group == "" {
		s.Group = usualGroup
	}
	if s.Format == "" {
		s.Format = formatCommands
	}
	f.oneOf("format", s.Format, formatCommands, formatRestaurant)
	f.oneOf("shortage", r.GetShortage(), shortageRefuse, shortageOversell, catalog.ShortageCase)
	if s.Topic == "" {
		f.refuse("topic", "must be given: where messages are consumed")
	}
	for _, word := range [...]struct{ field, text string }{{"topic", s.Topic}, {"group", s.Group}, {"reply_topic", s.Reply}} {
		if why := kind.badTopic(word.text); why != "" {
			f.refuse(word.field, why)
		}
	}
	if s.Reply != "" && s.Reply == s.Topic {
		f.refuse("reply_topic", "must be another topic: a reply is no command")
	}
	if why := kind.badTarget(s.Target); why != "" {
		f.refuse("target", why)
	}
	if r.Secret != nil {
		if why := kind.badSecret(r.GetSecret()); why != "" {
			f.refuse("secret", why)
		}
	}
	return s
}

func (s *sourceChapter) setSource(ctx context.Context, c *call, r *holdfastv1.SetSourceRequest) (*holdfastv1.Source, error) {
	var f requestForm
	told := sourceForm(&f, r)
	if err := f.err(); err != nil {
		return nil, err
	}
	masked := proto.CloneOf(r)
	if r.Secret != nil {
		masked.Secret = new(s.sealer.print(r.GetSecret()))
	}
	return writeOnce(s.core, nil, func(ctx context.Context, c *call, _ *holdfastv1.SetSourceRequest) (*holdfastv1.Source, error) {
		kept, err := s.sources.Set(ctx, c.tenant, r.GetName(), func(is *catalog.Source) (catalog.Source, error) {
			next := told
			var err error
			next.Secret, err = s.secretOf(c.tenant, r, is)
			if next.Shortage = r.GetShortage(); r.Shortage == nil && is != nil {
				next.Shortage = is.Shortage
			}
			if next.Shortage == shortageRefuse {
				next.Shortage = ""
			}
			return next, err
		})
		return s.answer(ctx, kept, err)
	})(ctx, c, masked)
}

// secretOf is the secret of a source that is set, sealed.
func (s *sourceChapter) secretOf(tenant string, r *holdfastv1.SetSourceRequest, is *catalog.Source) ([]byte, error) {
	switch {
	case r.Secret == nil && is != nil && is.Kind == r.GetKind():
		return is.Secret, nil
	case r.GetSecret() == "":
		return nil, nil
	case is != nil && len(is.Secret) > 0:
		if kept, err := s.sealer.open(tenant, sealedFor(r.GetName()), is.Secret); err == nil && kept == r.GetSecret() {
			return is.Secret, nil
		}
	}
	return s.sealer.seal(tenant, sealedFor(r.GetName()), r.GetSecret())
}

// shortageOf is the policy of a source for what was paid and is not there.
func shortageOf(k *catalog.Source) string { return cmp.Or(k.Shortage, shortageRefuse) }

// sealedFor is the name of a source among the sealed secrets of sinks: no sink has a slash in
// its name.
func sealedFor(source string) string { return "sources/" + source }

// SourceSecret is the secret of a source in clear, "": it has none.
func (s *Sealer) SourceSecret(k *catalog.Source) (string, error) {
	if len(k.Secret) == 0 {
		return "", nil
	}
	return s.open(k.Tenant, sealedFor(k.Name), k.Secret)
}

func (s *sourceChapter) getSource(ctx context.Context, c *call, r *holdfastv1.GetSourceRequest) (*holdfastv1.Source, error) {
	if err := checkID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	k, err := s.sources.Get(ctx, c.tenant, r.GetName())
	return s.answer(ctx, k, err)
}

func (s *sourceChapter) listSources(ctx context.Context, c *call, r *holdfastv1.ListSourcesRequest) (*holdfastv1.ListSourcesResponse, error) {
	size, after, err := pageForm("sources", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.sources.List(ctx, c.tenant, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	parked, err := s.sources.CountParked(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	page, next := cutPage(all, "sources", after, size, func(k catalog.Source) string { return k.Name })
	out := &holdfastv1.ListSourcesResponse{NextPageToken: next}
	for i := range page {
		out.Items = append(out.Items, s.sourceMessage(&page[i], parked(page[i].Name)))
	}
	return out, nil
}

func (s *sourceChapter) deleteSource(ctx context.Context, c *call, r *holdfastv1.DeleteSourceRequest) (*holdfastv1.DeleteSourceResponse, error) {
	if err := checkID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	if err := s.sources.Drop(ctx, c.tenant, r.GetName()); err != nil {
		return nil, sourceError(err)
	}
	return &holdfastv1.DeleteSourceResponse{}, nil
}

func (s *sourceChapter) pauseSource(ctx context.Context, c *call, r *holdfastv1.PauseSourceRequest) (*holdfastv1.Source, error) {
	return s.setPaused(ctx, c, r.GetName(), true)
}

func (s *sourceChapter) resumeSource(ctx context.Context, c *call, r *holdfastv1.ResumeSourceRequest) (*holdfastv1.Source, error) {
	return s.setPaused(ctx, c, r.GetName(), false)
}

func (s *sourceChapter) setPaused(ctx context.Context, c *call, name string, paused bool) (*holdfastv1.Source, error) {
	if err := checkID("name", name, catalog.MaxSinkName); err != nil {
		return nil, err
	}
	k, err := s.sources.SetPaused(ctx, c.tenant, name, paused)
	return s.answer(ctx, k, err)
}

// answer shows a source as it was stored, or the reason why it was not.
func (s *sourceChapter) answer(ctx context.Context, k catalog.Source, err error) (*holdfastv1.Source, error) {
	if err != nil {
		return nil, sourceError(err)
	}
	parked, err := s.sources.CountParked(ctx, k.Tenant)
	if err != nil {
		return nil, err
	}
	return s.sourceMessage(&k, parked(k.Name)), nil
}

// sourceError turns an error of the catalog about sources into the caller's.
func sourceError(err error) error {
	switch {
	case errors.Is(err, catalog.ErrStale):
		p := refuse(codeState, "only the beginning of the message is kept: send it again to the topic, then discard this one")
		p.state = catalog.EventParked
		return p
	case errors.Is(err, catalog.ErrFenced):
		p := refuse(codeState, "the source is another relay's by now, or was changed: claim it again")
		p.state = "fenced"
		return p
	case errors.As(err, new(*catalog.UndecidedError)):
		undecided, _ := errors.AsType[*catalog.UndecidedError](err)
		p := refuse(codeState, "%s", undecided.Error())
		p.state = catalog.CaseOpen
		return p
	case errors.Is(err, catalog.ErrTooManyParked):
		p := refuse(codeState, "the source has %d parked messages: requeue or discard some", catalog.MaxParked)
		p.state = "parked_full"
		return p
	}
	return factError("", err)
}

// sourceMessage is a source as answers show it. A source with an unreadable secret is failing: no relay can consume it.
func (s *sourceChapter) sourceMessage(k *catalog.Source, parked int64) *holdfastv1.Source {
	out := &holdfastv1.Source{
		Name: k.Name, Kind: k.Kind, Target: k.Target, Topic: k.Topic, Group: k.Group, ReplyTopic: k.Reply, Format: k.Format, State: k.State(),
		Accepted: k.Accepted, Refused: k.Refused, Retries: k.Retries, Parked: parked, LastError: k.LastError,
		UpdatedAt: timestamppb.New(k.Changed.Time), FailingSince: optionalTime(k.FailingSince.Time), HasSecret: len(k.Secret) > 0,
		Shortage: shortageOf(k),
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
