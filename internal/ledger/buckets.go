package ledger

import (
	"context"

	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

// MoveBucket moves the bucket to the slot; see move.Slots.
func (l *Ledger) MoveBucket(ctx context.Context, moves move.Moves, b stock.Bucket, to uint16, opts ...MoveOption) error {
	return l.moving.Bucket(ctx, moves, b, to, opts...)
}

// TakeOver continues moves whose movers have given up or are silent; see move.Slots.
func (l *Ledger) TakeOver(ctx context.Context, moves move.Moves, opts ...MoveOption) error {
	return l.moving.TakeOver(ctx, moves, opts...)
}

// SpreadLocation changes how a location is placed, while it is sealed; see move.Slots.
func (l *Ledger) SpreadLocation(ctx context.Context, moves move.Moves, c move.LocationChange, report func(move.SpreadProgress), opts ...MoveOption) error {
	return l.moving.SpreadLocation(ctx, moves, c, report, opts...)
}
