package replay

import (
	"fmt"
	"time"

	"google.golang.org/grpc/backoff"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// quickBackoff finds a restarted server about as fast as REST does.
var quickBackoff = backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second}

func (c Create) message() *holdfastv1.CreateInventoryRequest {
	return &holdfastv1.CreateInventoryRequest{ProductId: c.ProductID, LocationId: c.LocationID, AvailableStock: c.AvailableStock}
}

func (s SetQuotas) message() *holdfastv1.SetQuotasRequest {
	m := &holdfastv1.SetQuotasRequest{ProductId: s.ProductID, LocationId: s.LocationID}
	for _, c := range s.Channels {
		m.Channels = append(m.Channels, &holdfastv1.QuotaSetting{ChannelId: c.ChannelID, Quota: &c.Quota})
	}
	return m
}

func (p Location) message() *holdfastv1.SetLocationRequest {
	return &holdfastv1.SetLocationRequest{
		LocationId: p.LocationID, Kind: p.Kind,
		Coordinates: &holdfastv1.Coordinates{Latitude: p.Coordinates.Latitude, Longitude: p.Coordinates.Longitude},
	}
}

func (r Restock) message() *holdfastv1.RestockRequest {
	return &holdfastv1.RestockRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Quantity: r.Quantity, Reason: r.Reason, Reference: r.Reference,
	}
}

func (c Correct) message() *holdfastv1.AdjustRequest {
	return &holdfastv1.AdjustRequest{
		ProductId: c.ProductID, LocationId: c.LocationID, Delta: &c.Delta, Reason: c.Reason, Reference: c.Reference,
	}
}

func (r Reserve) message() *holdfastv1.ReserveRequest {
	m := &holdfastv1.ReserveRequest{
		OrderId: r.OrderID, ProductId: r.ProductID, Quantity: r.Quantity, LocationId: r.LocationID,
		TtlSeconds: &r.TTLSeconds, Policy: r.Policy, ChannelId: r.ChannelID,
	}
	if s := r.Sourcing; s != nil {
		m.Sourcing = &holdfastv1.Sourcing{
			Strategy: s.Strategy, Split: s.Split, Locations: s.Locations,
			Destination: &holdfastv1.Destination{Latitude: &s.Destination.Latitude, Longitude: &s.Destination.Longitude},
		}
	}
	for _, item := range r.Items {
		m.Items = append(m.Items, &holdfastv1.ReserveItem{ProductId: item.ProductID, Quantity: item.Quantity, LocationId: item.LocationID})
	}
	return m
}

func (d Deduct) message() *holdfastv1.DeductRequest {
	return &holdfastv1.DeductRequest{OrderId: d.OrderID}
}

func resultOf(level *holdfastv1.Inventory, lines []*holdfastv1.Reservation) Result {
	var r Result
	if level != nil {
		r.Inventory = levelOf(level)
	}
	for _, line := range lines {
		r.Reservations = append(r.Reservations, Reservation{
			ProductID: line.GetProductId(), Quantity: line.GetQuantity(), Deducted: line.GetDeducted(), Released: line.GetReleased(),
			LocationID: line.GetLocationId(),
		})
	}
	return r
}

func levelOf(m *holdfastv1.Inventory) *Level {
	return &Level{ProductID: m.GetProductId(), LocationID: m.GetLocationId(), Reserved: m.GetReservedStock(), OnHand: m.GetOnHand()}
}

func sharesOf(m *holdfastv1.ChannelStock) Shares {
	s := Shares{Shared: m.GetShared()}
	for _, c := range m.GetChannels() {
		s.Channels = append(s.Channels, Share{
			ChannelID: c.GetChannelId(), Remaining: c.GetRemaining(), Held: c.GetHeld(), Sold: c.GetSold(),
			HeldFromPool: c.GetHeldFromPool(), SoldFromPool: c.GetSoldFromPool(),
		})
	}
	return s
}

// messagesOf converts the commands for a batch or a stream.
func messagesOf(commands []Command) ([]*holdfastv1.Command, error) {
	messages := make([]*holdfastv1.Command, len(commands))
	for i, c := range commands {
		message := &holdfastv1.Command{IdempotencyKey: c.Key}
		switch body := c.Body.(type) {
		case Create:
			message.Verb = &holdfastv1.Command_Create{Create: body.message()}
		case SetQuotas:
			message.Verb = &holdfastv1.Command_SetQuotas{SetQuotas: body.message()}
		case Restock:
			message.Verb = &holdfastv1.Command_Restock{Restock: body.message()}
		case Correct:
			message.Verb = &holdfastv1.Command_Adjust{Adjust: body.message()}
		case Reserve:
			message.Verb = &holdfastv1.Command_Reserve{Reserve: body.message()}
		case Deduct:
			message.Verb = &holdfastv1.Command_Deduct{Deduct: body.message()}
		default:
			return nil, fmt.Errorf("no verb for %T", c.Body)
		}
		messages[i] = message
	}
	return messages, nil
}

// resultsOf converts the answers of a batch or a stream.
func resultsOf(messages []*holdfastv1.CommandResult) []Result {
	results := make([]Result, len(messages))
	for i, m := range messages {
		results[i] = resultOf(m.GetInventory(), m.GetReservations())
		results[i].Replayed = m.GetReplayed()
		if e := m.GetError(); e != nil {
			results[i].Refusal = &Refusal{Code: e.GetCode(), Status: int(e.GetStatus()), Detail: e.GetDetail()}
		}
	}
	return results
}
