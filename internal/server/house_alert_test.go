package server_test

import (
	"context"
	"time"

	"holdfast.dev/holdfast/internal/alert"
	"holdfast.dev/holdfast/internal/alert/notice/noticetest"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/view"
)

// alertDesk evaluates rules in the house, and sends to receivers on this machine.
func (h *house) alertDesk(journal *view.Journal) *alert.Desk {
	return alert.New(alert.Rooms{
		Kept: h.catalog.Documents, Books: h.books, Items: h.items, Figures: h.figures, Journal: journal,
		Lag: func(ctx context.Context, tenant string, k *catalog.Sink) (time.Duration, bool) {
			return h.front.SinkLag(ctx, tenant, k)
		},
		Settings: func(r *catalog.AlertReceiver) (map[string]string, error) { return h.front.ReceiverSettings(r) },
	}, alert.WithClock(h.clock.Now), alert.WithSenders(noticetest.New))
}
