package server

import (
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/tills"
	"holdfast.dev/holdfast/internal/stock"
)

// The encodings of an event for watchers, each made once for all of them.
const (
	asSSE   feed.Format = 0 // []byte
	asGRPC  feed.Format = 1 // *grpc.PreparedMsg, when there is one slot
	asProto feed.Format = 2 // *holdfastv1.StockEvent
)

// stockEvent shows an event in the form of the API.
func stockEvent(e *feed.Event) *holdfastv1.StockEvent {
	unit, scale := kit.Spell(catalog.Unit{Name: e.Unit, Scale: int(e.Scale)})
	return &holdfastv1.StockEvent{
		Unit:            unit,
		Scale:           scale,
		EventId:         e.ID.String(),
		At:              kit.TimeOf(e.At),
		Type:            e.Op.String(),
		ProductId:       e.Product,
		LocationId:      e.Location,
		ChannelId:       e.Channel,
		OrderId:         e.Order,
		Reason:          e.Reason,
		ReasonCode:      e.ReasonCode,
		AvailableStock:  int64(e.After.Available),
		ReservedStock:   int64(e.After.Held),
		OnHand:          int64(e.After.OnHand),
		DeltaAvailable:  int64(e.Delta.Available),
		DeltaReserved:   int64(e.Delta.Held),
		DeltaOnHand:     int64(e.Delta.OnHand),
		Version:         int64(e.Version),
		ChannelsSoldOut: e.SoldOut,
		ChannelsInStock: e.InStock,
		Lots:            kit.LotsMoved(e.Lots),
		Tills:           tills.TillsOf(e),
		Status:          eventStatus(e),
	}
}

// eventStatus is the status of the item after the event, or of the product on the channel.
func eventStatus(e *feed.Event) string {
	switch e.Op {
	case stock.OpSoldOut:
		return kit.SoldOut
	case stock.OpBackInStock:
		return kit.InStock
	}
	return kit.StatusOf(e.Tracked, e.OnSale, e.After.Available, e.Threshold)
}
