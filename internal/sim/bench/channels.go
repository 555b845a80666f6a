package bench

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/internal/stock"
)

// channelCount is how many channels have a quota of the hot item.
const channelCount = 8

func channelName(n uint64) string { return fmt.Sprintf("channel-%d", n%channelCount) }

// shareOut sets quotas of the hot item. Every second channel has a quota that no run uses up. The
// others have one that is used up at once, and then draw from the pool.
func (a *Slot) shareOut(ctx context.Context) error {
	command := stock.SetQuotas{Item: ItemKey(load.Product(0)), Bucket: Bucket}
	for n := range uint64(channelCount) {
		quota := stock.Qty(1)
		if n%2 == 0 {
			quota = load.Plenty / (2 * channelCount)
		}
		command.Set = append(command.Set, stock.QuotaSetting{Channel: channelName(n), Quota: &quota})
	}
	if err := a.Ledger.Submit(ctx, ledger.Request{Command: command})[0].Err; err != nil {
		return fmt.Errorf("set quotas: %w", err)
	}
	return nil
}

// reserveOnChannel is one operation, each on the next channel.
func (a *Slot) reserveOnChannel(ctx context.Context, _ int) error {
	n := a.IDs.Next()
	request := a.Place(n)
	place := request.Command.(stock.Place)
	place.Channel = channelName(n)
	request.Command = place
	return a.Ledger.Submit(ctx, request)[0].Err
}

// channels measures the hot item with quotas for eight channels against the
// same item without any.
func (r *runner) channels(ctx context.Context) (err error) {
	const callers = 256
	name := fmt.Sprintf("sqlite/hot/%d/eight-channels-vs-plain", callers)
	var books [2]*Slot
	for i := range books {
		if books[i], err = r.open(ctx, load.Hot()); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, books[i].Close()) }()
	}
	shared, plain := books[0], books[1]
	if err := shared.shareOut(ctx); err != nil {
		return err
	}
	var sides [2]load.Side
	taken := [2]int{}
	for round := range r.Rounds {
		r.Progress(fmt.Sprintf("%s, round %d of %d", name, round+1, r.Rounds))
		for i, op := range []func(context.Context, int) error{shared.reserveOnChannel, plain.Reserve} {
			s, err := r.drive(ctx, callers, op)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			taken[i] += s.Ops
			sides[i].Add(s.Figure())
		}
	}
	for i, a := range books {
		if err := a.Check(ctx, taken[i]); err != nil {
			return err
		}
	}
	r.report(name, &sides[0], &sides[1], "half of the channels draw from their quotas, half from the pool")
	return nil
}
