package figures

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/kit"
)

// maxShownSinks is how many sinks the figures of the service have.
const maxShownSinks = 500

func (s *Chapter) getServiceFigures(ctx context.Context, c *kit.Call, _ *holdfastv1.GetServiceFiguresRequest) (*holdfastv1.ServiceFigures, error) {
	now, err := s.traffic.look()
	if err != nil {
		return nil, err
	}
	start, recent := s.traffic.earlierLooks()
	out := &holdfastv1.ServiceFigures{StartedAt: kit.KnownTime(start.at), SinceStart: s.traffic.spanBetween(start, now), Recent: s.traffic.spanBetween(recent, now)}
	if s.core.Answers == nil {
		return out, nil // no sinks are kept
	}
	sinks, err := s.sinks(ctx, c, &holdfastv1.ListSinksRequest{PageSize: new(int32(maxShownSinks))})
	if err != nil {
		return nil, err
	}
	for _, k := range sinks.Items {
		f := &holdfastv1.SinkFigures{Name: k.Name, Delivered: k.Delivered, Due: k.Delivered + k.LagEvents + k.Parked}
		if f.Due > 0 {
			f.DeliveryRate = new(float64(f.Delivered) / float64(f.Due))
		}
		out.Sinks = append(out.Sinks, f)
	}
	return out, nil
}
