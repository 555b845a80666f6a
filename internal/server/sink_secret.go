package server

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/proto"
)

// oldSecretFor is how long a secret stays valid after it has a successor.
const oldSecretFor = 24 * time.Hour

func (s *sinkChapter) rotateSecret(ctx context.Context, c *call, r *holdfastv1.RotateSinkSecretRequest) (*holdfastv1.Sink, error) {
	var f requestForm
	f.id("name", r.GetName(), catalog.MaxSinkName)
	if r.Secret != nil {
		if why := badSigningSecret(r.GetSecret()); why != "" {
			f.refuse("secret", why)
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	masked := proto.CloneOf(r)
	if r.Secret != nil {
		masked.Secret = new(s.sealer.print(r.GetSecret()))
	}
	var made string
	answer, err := writeOnce(s.core, nil, func(ctx context.Context, c *call, _ *holdfastv1.RotateSinkSecretRequest) (*holdfastv1.Sink, error) {
		kept, err := s.sinks.Set(ctx, c.tenant, r.GetName(), "", func(is *catalog.Sink) (catalog.Sink, error) {
			switch {
			case is == nil:
				return catalog.Sink{}, &catalog.UnknownError{What: "sink", ID: r.GetName()}
			case is.Kind != kindWebhook:
				return catalog.Sink{}, refuse(codeState, "only webhooks have two secrets at a time: set the new one with PUT /v1/sinks/%s", r.GetName())
			}
			next := r.GetSecret()
			if next == "" {
				var err error
				if made, err = makeSecret(); err != nil {
					return catalog.Sink{}, err
				}
				next = made
			}
			sealed, err := s.sealer.seal(c.tenant, r.GetName(), next)
			secrets := []catalog.SinkSecret{{Sealed: sealed}}
			if len(is.Secrets) > 0 {
				old := is.Secrets[0]
				old.Until = catalog.Moment{Time: time.Now().Add(oldSecretFor)}
				secrets = append(secrets, old)
			}
			is.Secrets = secrets
			return *is, err
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
