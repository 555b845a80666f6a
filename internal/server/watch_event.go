package server

import (
	"errors"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
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
	unit, scale := spell(catalog.Unit{Name: e.Unit, Scale: int(e.Scale)})
	return &holdfastv1.StockEvent{
		Unit:            unit,
		Scale:           scale,
		EventId:         e.ID.String(),
		At:              timeOf(e.At),
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
		Lots:            lotsMoved(e.Lots),
		Tills:           tillsOf(e),
		Status:          eventStatus(e),
	}
}

// eventStatus is the status of the item after the event, or of the product on the channel.
func eventStatus(e *feed.Event) string {
	switch e.Op {
	case stock.OpSoldOut:
		return soldOut
	case stock.OpBackInStock:
		return inStock
	}
	return statusOf(e.Tracked, e.OnSale, e.After.Available, e.Threshold)
}

// ofWatch turns an error of a watch into the watcher's, nil when it is none of
// these.
func ofWatch(err error) *problem {
	var gone *feed.GoneError
	var lost *feed.LostError
	switch {
	case errors.As(err, &lost):
		return &problem{code: codeGone, detail: "the books were restored to before this position, or are others: read the stock anew", resume: lost.Resume.String(), cause: err}
	case errors.As(err, &gone):
		return &problem{code: codeGone, detail: "what followed this position is not kept any more", resume: gone.Earliest.String(), cause: err}
	case errors.Is(err, feed.ErrSlow), errors.Is(err, errTooSlow):
		return &problem{code: codeSlow, detail: "events came faster than they were taken; go on behind the last one", cause: err}
	}
	return nil
}
