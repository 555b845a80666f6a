package sinks

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"

	"google.golang.org/protobuf/proto"
)

// oldSecretFor is how long a secret stays valid after it has a successor.
const oldSecretFor = 24 * time.Hour

// oldSecrets are the secrets that still count next to a new one: the present one from now on for
// oldSecretFor, and those before it for as long as was promised. It refuses to drop one of them.
func oldSecrets(secrets []catalog.SinkSecret, now time.Time) (old []catalog.SinkSecret, err error) {
	for i, one := range secrets {
		switch {
		case i == 0:
			one.Until = catalog.Moment{Time: now.Add(oldSecretFor)}
		case !one.Until.After(now):
			continue
		}
		old = append(old, one)
	}
	if len(old) >= catalog.MaxSinkSecrets {
		return nil, kit.Refuse(kit.CodeState, "%d secrets of the sink count now, which is the most: the oldest counts until %s; rotate after that",
			len(old), old[len(old)-1].Until.UTC().Format(time.RFC3339))
	}
	return old, nil
}

func (s *Chapter) rotateSecret(ctx context.Context, c *kit.Call, r *holdfastv1.RotateSinkSecretRequest) (*holdfastv1.Sink, error) {
	var f kit.Form
	f.ID("name", r.GetName(), catalog.MaxSinkName)
	if r.Secret != nil {
		if why := outside.BadSigningSecret(r.GetSecret()); why != "" {
			f.Refuse("secret", why)
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	masked := proto.CloneOf(r)
	if r.Secret != nil {
		masked.Secret = new(s.Sealer.Print(r.GetSecret()))
	}
	var made string
	answer, err := kit.WriteOnce(s.core, nil, func(ctx context.Context, c *kit.Call, _ *holdfastv1.RotateSinkSecretRequest) (*holdfastv1.Sink, error) {
		kept, err := s.sinks.Set(ctx, c.Tenant, r.GetName(), "", func(is *catalog.Sink) (catalog.Sink, error) {
			switch {
			case is == nil:
				return catalog.Sink{}, &catalog.UnknownError{What: "sink", ID: r.GetName()}
			case is.Kind != outside.KindWebhook:
				return catalog.Sink{}, kit.Refuse(kit.CodeState, "only webhooks have two secrets at a time: set the new one with PUT /v1/sinks/%s", r.GetName())
			}
			next := r.GetSecret()
			if next == "" {
				var err error
				if made, err = outside.MakeSecret(); err != nil {
					return catalog.Sink{}, err
				}
				next = made
			}
			old, err := oldSecrets(is.Secrets, time.Now())
			if err != nil {
				return catalog.Sink{}, err
			}
			sealed, err := s.Sealer.Seal(c.Tenant, r.GetName(), next)
			is.Secrets = append([]catalog.SinkSecret{{Sealed: sealed}}, old...)
			return *is, err
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
