package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// ParkedEvent is an event that the target of a sink did not accept (a dead letter). Later
// events of its key wait for it.
type ParkedEvent struct {
	ID    string
	Key   string // <location_id>/<product_id>, for a change <kind>/<id>
	Event Event  // without its reason
	// Change takes the place of Event for a sink of catalog changes; nil: it is an event.
	Change *CatalogChange
	Tries  int    // that failed
	Cause  string // of the last one
	Since  time.Time
	State  string // parked, requeued or discarded
	// Waiting is how many later events of the key wait.
	Waiting int64
}

// SinkList selects a page of the things that belong to a sink.
type SinkList struct {
	Name      string
	PageSize  int // 1 to 500; 50 when 0
	PageToken string
}

// Parked reads a page of the parked events of a sink, the oldest first.
func (s *SinkService) Parked(ctx context.Context, r SinkList) (*Page[ParkedEvent], error) {
	return askPage(ctx, s.c, "parked", s.stub.ListParked, &holdfastv1.ListParkedRequest{Name: r.Name, PageSize: size(r.PageSize), PageToken: r.PageToken}, parkedOf)
}

// Requeue delivers a parked event again, and then the events that wait for it.
func (s *SinkService) Requeue(ctx context.Context, name, id string) (*ParkedEvent, error) {
	return askOne(ctx, s.c, "requeue", s.stub.RequeueParked, &holdfastv1.RequeueParkedRequest{Name: name, Id: id}, parkedOf)
}

// Discard abandons a parked event; the events that wait for it are delivered.
func (s *SinkService) Discard(ctx context.Context, name, id string) (*ParkedEvent, error) {
	return askOne(ctx, s.c, "discard", s.stub.DiscardParked, &holdfastv1.DiscardParkedRequest{Name: name, Id: id}, parkedOf)
}

// Delivery is one attempt to deliver an event to a webhook.
type Delivery struct {
	ID, EventID  string
	At           time.Time
	Status       int    // of the answer; 0: there was none
	Error        string // empty: it was delivered
	Took         time.Duration
	Try          int    // counts from 1
	RedeliveryOf string // the delivery that it repeats
}

// Deliveries reads a page of the last 1,000 deliveries of a webhook, the newest first.
func (s *SinkService) Deliveries(ctx context.Context, r SinkList) (*Page[Delivery], error) {
	return askPage(ctx, s.c, "deliveries", s.stub.ListDeliveries, &holdfastv1.ListDeliveriesRequest{Name: r.Name, PageSize: size(r.PageSize), PageToken: r.PageToken}, deliveryOf)
}

// Redeliver delivers the event of a delivery once more.
func (s *SinkService) Redeliver(ctx context.Context, name, id string) (*Delivery, error) {
	return askOne(ctx, s.c, "redeliver", s.stub.RedeliverDelivery, &holdfastv1.RedeliverDeliveryRequest{Name: name, Id: id}, deliveryOf)
}

func parkedOf(m *holdfastv1.ParkedEvent) ParkedEvent {
	e := ParkedEvent{
		ID: m.GetId(), Key: m.GetKey(), Event: eventOf(m.GetEvent()), Tries: int(m.GetTries()), Cause: m.GetCause(),
		Since: timeOf(m.GetSince()), State: m.GetState(), Waiting: m.GetWaiting(),
	}
	if m.GetChange() != nil {
		e.Change = new(catalogChangeOf(m.GetChange()))
	}
	return e
}

func deliveryOf(m *holdfastv1.Delivery) Delivery {
	return Delivery{
		ID: m.GetId(), EventID: m.GetEventId(), At: timeOf(m.GetAt()), Status: int(m.GetStatus()), Error: m.GetError(),
		Took: time.Duration(m.GetTookMs()) * time.Millisecond, Try: int(m.GetTry()), RedeliveryOf: m.GetRedeliveryOf(),
	}
}
