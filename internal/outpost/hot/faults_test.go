package hot_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// flaky is a store whose methods fail now and then, before or after they did it.
type flaky struct {
	hot.Store
	mu  sync.Mutex
	r   *rand.Rand
	one int // of so many calls fails; 0: none
}

var errFlaky = errors.New("the database went away")

func (f *flaky) fails() (before, after bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.one == 0 || f.r.IntN(f.one) > 0 {
		return false, false
	}
	before = f.r.IntN(2) == 0
	return before, !before
}

func maybe[T any](f *flaky, do func() (T, error)) (none T, err error) {
	before, after := f.fails()
	if before {
		return none, errFlaky
	}
	got, err := do()
	if after && err == nil {
		return none, errFlaky
	}
	return got, err
}

func (f *flaky) Insert(ctx context.Context, all []hot.Take) ([]hot.Landing, error) {
	return maybe(f, func() ([]hot.Landing, error) { return f.Store.Insert(ctx, all) })
}

func (f *flaky) Void(ctx context.Context, item, epoch, n int64) (bool, error) {
	return maybe(f, func() (bool, error) { return f.Store.Void(ctx, item, epoch, n) })
}

func (f *flaky) Join(ctx context.Context, item int64, s hot.Step) (hot.Task, error) {
	return maybe(f, func() (hot.Task, error) { return f.Store.Join(ctx, item, s) })
}

func (f *flaky) Claim(ctx context.Context, item int64, most int) ([]hot.Task, error) {
	return maybe(f, func() ([]hot.Task, error) { return f.Store.Claim(ctx, item, most) })
}

func (f *flaky) Finish(ctx context.Context, item int64, last hot.Task) error {
	_, err := maybe(f, func() (struct{}, error) { return struct{}{}, f.Store.Finish(ctx, item, last) })
	return err
}

func (f *flaky) Move(ctx context.Context, was, to hot.Listed) (bool, error) {
	return maybe(f, func() (bool, error) { return f.Store.Move(ctx, was, to) })
}

func (f *flaky) MoveAll(ctx context.Context, was []hot.Listed, to hot.Turn) (now []hot.Listed, at hot.Choice, err error) {
	now, err = maybe(f, func() (now []hot.Listed, err error) {
		now, at, err = f.Store.MoveAll(ctx, was, to)
		return now, err
	})
	return now, at, err
}

// lose does to Redis what a crash, an operator or a failover does.
func (f *front) lose(r *rand.Rand) {
	all := hot.Keys(f.item)
	c := f.redis.Redis()
	var err error
	switch r.IntN(6) {
	case 4, 5: // somebody writes a number that is too large
		f.mu.Lock()
		f.wrote = true
		f.mu.Unlock()
		err = c.Do(f.t.Context(), c.B().Set().Key(all[2]).Value(strconv.Itoa(20+r.IntN(20))).Build()).Error()
	case 0:
		err = c.Do(f.t.Context(), c.B().Del().Key(all...).Build()).Error()
	case 1:
		err = c.Do(f.t.Context(), c.B().Del().Key(all[r.IntN(len(all))]).Build()).Error()
	case 2:
		f.replicate()
	default:
		err = f.failOver()
	}
	if err != nil {
		f.fail("lose: %v", err)
	}
}

// replicate remembers the balance.
func (f *front) replicate() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stale = map[string]string{}
	c := f.redis.Redis()
	for _, key := range hot.Keys(f.item) {
		if dump, err := c.Do(f.t.Context(), c.B().Dump().Key(key).Build()).ToString(); err == nil {
			f.stale[key] = dump
		}
	}
}

// restore is one step, as a failover is for callers: written key by key, the balance of a
// replica could end up in one that is made meanwhile.
var restore = rueidis.NewLuaScript(`
for i, dump in ipairs(ARGV) do
  if i == 2 then redis.call('SET', KEYS[i], 'another')
  elseif dump ~= '' then redis.call('RESTORE', KEYS[i], 0, dump, 'REPLACE') end
end
return 1`)

// failOver brings the balance back that a replica had. It was written by another server.
func (f *front) failOver() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := hot.Keys(f.item)
	dumps := make([]string, len(all))
	for i, key := range all {
		dumps[i] = f.stale[key]
	}
	return restore.Exec(f.t.Context(), f.redis.Redis(), all, dumps).Error()
}

// begin runs the script for a caller that is slow then.
func (f *front) begin(order string, qty stock.Qty) {
	l, err := f.road.Look(f.t.Context(), f.item)
	if err != nil || l.State != hot.Open {
		return
	}
	holds, _, err := f.books.Order(f.t.Context(), stock.OrderKey{Tenant: f.item.Tenant, Order: order})
	if _, line := stock.LineOf(holds, f.item); err != nil || line != nil {
		return // the ledger has the order
	}
	got, err := f.redis.Reserve(f.t.Context(), f.item, l.Epoch, f.now(), []hot.Ask{{Order: order, Qty: qty}})
	if err != nil || got[0].Outcome != hot.Reserved {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slow = append(f.slow, hot.Take{
		Kind: stock.Taken,
		Item: l.ID, Epoch: l.Epoch, N: got[0].N, Order: order, Qty: qty, At: time.Now(),
		Until: stock.Time(time.Now().Add(time.Hour).UnixMilli()), Body: []byte("{}"),
	})
}

// goOn lets a slow caller continue.
func (f *front) goOn() {
	f.mu.Lock()
	if len(f.slow) == 0 {
		f.mu.Unlock()
		return
	}
	take := f.slow[0]
	f.slow = f.slow[1:]
	f.mu.Unlock()
	landed, err := f.store.Store.Insert(f.t.Context(), []hot.Take{take})
	switch {
	case err != nil:
		f.fail("go on: %v", err)
	case landed[0] == hot.Landed:
		f.hear(take.Order, nil, func(o *told) { o.qty = take.Qty })
	}
}
