package orders

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// notesOf are the parked messages about an order.
func (s *Chapter) notesOf(ctx context.Context, c *kit.Call, order string) ([]*holdfastv1.ParkedNote, error) {
	if s.core.Answers == nil || c.Bounds != nil {
		return nil, nil // nothing says at which place a parked message is
	}
	all, err := s.sources.ParkedOf(ctx, c.Tenant, order)
	return kit.Each(all, func(e catalog.ParkedEvent) *holdfastv1.ParkedNote {
		return &holdfastv1.ParkedNote{
			Source: e.SourceOf(), Id: e.ID, MessageId: e.EventID, State: e.State, Cause: e.Cause, Since: timestamppb.New(e.Since.Time), CaseId: e.Case,
		}
	}), err
}

// showRoads shows which reservations of an order Redis took.
func showRoads(ctx context.Context, road kit.Redis, order stock.OrderKey, lines []stock.Line, shown []*holdfastv1.Reservation) error {
	if road == nil {
		return nil
	}
	items, err := road.RoadOf(ctx, order.Tenant, order.Order)
	if err != nil {
		return err
	}
	for i := range lines {
		if items[lines[i].Item] {
			shown[i].Road = roadRedis
		}
	}
	return nil
}

// roadRedis is the road of a reservation that Redis took.
const roadRedis = "redis"
