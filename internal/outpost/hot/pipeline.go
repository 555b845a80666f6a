package hot

import (
	"context"

	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/internal/stock"
)

// pipelineMost bounds the scripts of one call: all of them are answered well within answerWithin.
const pipelineMost = 32

// Fresh is a balance that is to be written.
type Fresh struct {
	Item  stock.ItemKey
	Epoch int64
	Is    Balance
}

// InitialiseAll is Initialise for many items, up to pipelineMost, in one round trip.
func (b *Balances) InitialiseAll(ctx context.Context, all []Fresh) (written []bool, err error) {
	calls := make([]rueidis.LuaExec, len(all))
	for i, f := range all {
		calls[i].Keys, calls[i].Args = initialiseCall(f.Item, f.Epoch, f.Is)
	}
	c, err := b.client()
	if err != nil {
		return nil, err
	}
	written = make([]bool, len(all))
	for i, res := range initialiseScript.ExecMulti(ctx, c, calls...) {
		figures, err := res.AsIntSlice()
		if err != nil {
			return nil, fault(err)
		}
		written[i] = len(figures) == 1 && figures[0] == 1
	}
	return written, nil
}

// Check is the name of a balance that should be in Redis.
type Check struct {
	Item  stock.ItemKey
	Epoch int64
}

// Lost returns why balances cannot be used, nil for those that can, up to pipelineMost of them, in one round trip, and the
// servers that have the others.
func (b *Balances) Lost(ctx context.Context, all []Check) (lost []error, servers []string, err error) {
	calls := make([]rueidis.LuaExec, len(all))
	for i, is := range all {
		calls[i] = rueidis.LuaExec{Keys: keys(is.Item), Args: []string{number(is.Epoch)}}
	}
	c, err := b.client()
	if err != nil {
		return nil, nil, err
	}
	lost = make([]error, len(all))
	for i, res := range checkScript.ExecMulti(ctx, c, calls...) {
		words, err := res.AsStrSlice()
		if lost[i] = fault(err); lost[i] != nil && !unusable(lost[i]) {
			return nil, nil, lost[i]
		}
		servers = append(servers, words...)
	}
	return lost, servers, nil
}

// Epoch returns the epoch of the balance in Redis, 0 when there is none.
func (b *Balances) Epoch(ctx context.Context, item stock.ItemKey) (int64, error) {
	c, err := b.client()
	if err != nil {
		return 0, err
	}
	n, err := c.Do(ctx, c.B().Get().Key(keys(item)[0]).Build()).AsInt64()
	if rueidis.IsRedisNil(err) {
		return 0, nil
	}
	return n, err
}
