package client

import (
	"sync"

	"google.golang.org/protobuf/types/known/timestamppb"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/api/render"
)

// eventWriter plans the JSON of events once.
var eventWriter = sync.OnceValues(func() (*render.Writer, error) {
	return render.New((&holdfastv1.StockEvent{}).ProtoReflect().Descriptor())
})

// AppendJSON appends the event to dst, byte for byte as GET /v1/events shows it.
func (e *Event) AppendJSON(dst []byte) []byte {
	w, err := eventWriter()
	if err != nil {
		panic(err) // the definition has a field that has no JSON: no test has passed
	}
	return w.Append(dst, eventMessage(e))
}

// eventMessage is the message of an event.
func eventMessage(e *Event) *holdfastv1.StockEvent {
	m := &holdfastv1.StockEvent{
		EventId: e.Position, At: timestamppb.New(e.At), Type: e.Type, ProductId: e.ProductID, LocationId: e.LocationID, ChannelId: e.ChannelID,
		OrderId: e.OrderID, Reason: e.Reason, ReasonCode: e.ReasonCode,
		AvailableStock: e.AvailableStock, ReservedStock: e.ReservedStock, OnHand: e.OnHand,
		DeltaAvailable: e.DeltaAvailable, DeltaReserved: e.DeltaReserved, DeltaOnHand: e.DeltaOnHand, Version: e.Version, Status: e.Status,
		ChannelsSoldOut: e.ChannelsSoldOut, ChannelsInStock: e.ChannelsInStock,
		Lots: each(e.Lots, func(u LotUnits) *holdfastv1.LotUnits { return &holdfastv1.LotUnits{Lot: u.Lot, Quantity: u.Quantity} }),
		Tills: each(e.Tills, func(u TillUnits) *holdfastv1.TillUnits {
			return &holdfastv1.TillUnits{TillId: u.TillID, Epoch: u.Epoch, Added: u.Added, Keep: u.Keep}
		}),
	}
	if e.Scale != 0 {
		m.Unit, m.Scale = &e.Unit, new(int32(e.Scale))
	}
	return m
}

func eventOf(m *holdfastv1.StockEvent) Event {
	return Event{
		Position: m.GetEventId(), At: timeOf(m.GetAt()), Type: m.GetType(),
		ProductID: m.GetProductId(), LocationID: m.GetLocationId(), ChannelID: m.GetChannelId(), OrderID: m.GetOrderId(), Reason: m.GetReason(), ReasonCode: m.GetReasonCode(),
		AvailableStock: m.GetAvailableStock(), ReservedStock: m.GetReservedStock(), OnHand: m.GetOnHand(),
		DeltaAvailable: m.GetDeltaAvailable(), DeltaReserved: m.GetDeltaReserved(), DeltaOnHand: m.GetDeltaOnHand(),
		Version: m.GetVersion(), Status: m.GetStatus(),
		ChannelsSoldOut: m.GetChannelsSoldOut(), ChannelsInStock: m.GetChannelsInStock(),
		Lots: lotUnitsOf(m.GetLots()), Tills: tillUnitsOf(m.GetTills()), Unit: m.GetUnit(), Scale: int(m.GetScale()),
	}
}
