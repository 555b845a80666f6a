package front

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// keyUse names the use of an idempotency key as the ledger does for a command about the item, which is in no spread location.
func keyUse(k stock.ItemKey, cmd stock.Command, key string) hot.KeyUse {
	if key == "" {
		return hot.KeyUse{}
	}
	scope := stock.Scope{Location: k.Location, Bucket: stock.BucketOf(k.Tenant, k.Location)}
	return hot.KeyUse{ID: stock.KeyID(k.Tenant, cmd.Op(), scope, key), Print: stock.Fingerprint(cmd)}
}

// keyed reports whether the request has a key that Redis may know.
func keyed(r *ledger.Request) bool {
	if r.Key == "" {
		return false
	}
	switch r.Command.(type) {
	case stock.Place, stock.Release, stock.Confirm:
		return true
	}
	return false
}

// usedInRedis answers a command whose key was used for a request about the item that Redis decided; false: it was not. It does so too
// when the ledger sells the item again.
func usedInRedis(ctx context.Context, b *Books, k stock.ItemKey, cmd stock.Command, key string) (res ledger.Result, done bool) {
	road := b.roads.road(k)
	if road == nil {
		road = b.roads.nextRoad(k)
	}
	if road == nil || key == "" {
		return res, false
	}
	use := keyUse(k, cmd, key)
	used, err := road.Keys.UsedKey(ctx, use.ID)
	switch {
	case err != nil:
		return ledger.Result{Err: asLedgerError(err)}, true
	case used == nil:
		return res, false
	case used.Print == use.Print && len(used.Denied) == 0:
		return answerAgain(ctx, road, k, cmd, key)
	}
	return answerOf(used, use), true
}

// answerAgain is the answer to a command that Redis has carried out; false: its tasks were forgotten meanwhile.
func answerAgain(ctx context.Context, road *hot.Road, k stock.ItemKey, cmd stock.Command, key string) (res ledger.Result, done bool) {
	order := cmd.Reach().Order
	tasks, _, err := road.Tasks(ctx, k, order.Order)
	if err != nil {
		return ledger.Result{Err: asLedgerError(err)}, true
	}
	at := slices.IndexFunc(tasks, func(t hot.Task) bool { return t.Key == key })
	if at < 0 {
		return res, false
	}
	switch c := cmd.(type) {
	case stock.Place:
		res = ledger.Result{Event: event(&c, stock.Time(tasks[0].At.UnixMilli()), tasks[0].Until), At: stock.Time(tasks[0].At.UnixMilli())}
	case stock.Release:
		res = ended(c.Op(), k, order, c.Note, tasks, tasks[at].Step)
	case stock.Confirm:
		res = ended(c.Op(), k, order, c.Note, tasks, tasks[at].Step)
	default:
		return res, false
	}
	res.Replayed = res.Err == nil
	return res, true
}

// answerOf is the answer to a request whose key was used.
func answerOf(used *hot.Used, use hot.KeyUse) ledger.Result {
	if used.Print != use.Print {
		return ledger.Result{Err: asLedgerError(hot.ErrKeyReused)}
	}
	refusal, err := used.Refusal()
	if err == nil && refusal == nil {
		err = fmt.Errorf("%w: its key is in use", hot.ErrUnknown) // the same call again shows what it has done
	}
	if err != nil {
		return ledger.Result{Err: asLedgerError(err)}
	}
	return ledger.Result{Err: refusal, At: stock.Time(used.At.UnixMilli()), Replayed: true}
}

// deny keeps a refusal of Redis under the key of its request, and returns the answer to that.
func deny(ctx context.Context, road *hot.Road, l hot.Listed, c *hot.Reservation, r *stock.Refusal, at stock.Time) ledger.Result {
	if c.Key == "" {
		return ledger.Result{Err: r, At: at}
	}
	used, err := road.Keys.Deny(ctx, l, c.Use, time.UnixMilli(int64(at)), r)
	if err != nil {
		return ledger.Result{Err: asLedgerError(err)}
	}
	res := answerOf(used, c.Use)
	res.Replayed = res.Replayed && res.At != at
	return res
}
