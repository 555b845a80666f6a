package shadow

import (
	"context"
	"errors"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// keysLife is for how long keys stay when nobody uses them.
	keysLife = time.Hour
	// anewAfter is when a balance is written anew: orders that are open for long are forgotten, and the keys
	// of an item without events are not gone by then.
	anewAfter = keysLife / 2
	// batch bounds the work of a script.
	batch = 64
	// refusalLife is for how long a refusal waits for the log.
	refusalLife = 5 * time.Second
)

// errLacks says that Redis has fewer units than left the books.
var errLacks = errors.New("the balance has too few units")

// item is an item that is tried out. One goroutine at a time uses it.
type item struct {
	shadow  *Shadow
	key, in stock.ItemKey // in the books, and in Redis

	on      bool
	unfit   time.Time // when it was found that Redis cannot sell it
	began   time.Time
	epoch   int64
	has     stock.Qty // units that Redis should have, which are those of the books at the present position
	given   stock.Qty
	fed     int64 // names what the books took without a reservation
	version uint64
	open    map[string]*taking
}

// taking are units that Redis took for an order.
type taking struct {
	n, step int64
	left    stock.Qty
}

// take carries out what the books did with the item.
func (i *item) take(ctx context.Context, events []*feed.Event) {
	for n := 0; n < len(events); {
		e := events[n]
		before := e.After.Available - e.Delta.Available
		if i.on && (before != i.has || i.shadow.Now().Sub(i.began) > anewAfter) { // events were left out
			if missed := int64(e.Version) - int64(i.version) - 1; missed > 0 && before != i.has { //nolint:gosec // versions are small
				i.shadow.Count(i.key, LeftOut, missed, 0)
			}
			i.on = false
		}
		if !i.on && !i.start(ctx, before) {
			if takes(e) {
				i.shadow.Count(i.key, i.missed(), 1, 0)
			}
			i.version = e.Version
			n++
			continue
		}
		if some := i.takings(events[n:]); len(some) > 0 {
			i.reserve(ctx, some)
			n += len(some)
			continue
		}
		i.step(ctx, e)
		n++
	}
	if len(events) > 0 && i.on {
		_ = i.ask(ctx, func(ctx context.Context, r *hot.Balances) error { return r.Expire(ctx, i.in, keysLife) })
	}
}

// missed is the outcome of a decision that no script was asked about.
func (i *item) missed() Outcome {
	if i.unfit.IsZero() {
		return Failed
	}
	return LeftOut
}

// takes reports whether the event is a reservation that took units of the item.
func takes(e *feed.Event) bool {
	return e.Op == stock.OpPlace && e.Delta.Held > 0 && e.Delta.Available == -e.Delta.Held
}

// takings are the first events, as far as they are reservations of different orders that follow one
// another.
func (i *item) takings(events []*feed.Event) []*feed.Event {
	seen := map[string]bool{}
	has := i.has
	for n, e := range events {
		if n == batch || !takes(e) || seen[e.Order] || i.open[e.Order] != nil || e.After.Available-e.Delta.Available != has {
			return events[:n]
		}
		seen[e.Order] = true
		has = e.After.Available
	}
	return events
}

// ask asks Redis.
func (i *item) ask(ctx context.Context, fn func(context.Context, *hot.Balances) error) error {
	return i.shadow.redis.Ask(ctx, fn)
}

// start writes a balance with as many units.
func (i *item) start(ctx context.Context, units stock.Qty) bool {
	now := i.shadow.Now()
	if !i.unfit.IsZero() && now.Sub(i.unfit) < retryAfter {
		return false
	}
	i.unfit = time.Time{}
	if units < 0 || !i.shadow.Fits(ctx, i.key) {
		i.unfit = now
		return false
	}
	i.epoch = max(i.epoch+1, now.UnixMilli())
	err := i.ask(ctx, func(ctx context.Context, r *hot.Balances) error {
		written, err := r.Initialise(ctx, i.in, i.epoch, hot.Balance{Usable: units})
		if err == nil && !written { // the clock went back
			if i.epoch, err = r.Epoch(ctx, i.in); err == nil {
				i.epoch++
				_, err = r.Initialise(ctx, i.in, i.epoch, hot.Balance{Usable: units})
			}
		}
		return err
	})
	if err != nil {
		return false
	}
	i.on, i.began, i.has, i.given, i.fed, i.open = true, now, units, 0, 0, map[string]*taking{}
	return true
}

// reserve has Redis decide about reservations that the ledger took.
func (i *item) reserve(ctx context.Context, events []*feed.Event) {
	asks := make([]hot.Ask, len(events))
	for n, e := range events {
		asks[n] = hot.Ask{Order: e.Order, Qty: e.Delta.Held}
	}
	last := events[len(events)-1]
	i.has, i.version = last.After.Available, last.Version
	answers, took, err := i.run(ctx, asks)
	if err != nil {
		i.fail(ctx, err, int64(len(asks)))
		return
	}
	for n, a := range answers {
		switch a.Outcome {
		case hot.Reserved:
			i.open[asks[n].Order] = &taking{n: a.N, left: asks[n].Qty}
			i.shadow.Count(i.key, Alike, 1, took)
		case hot.Refused:
			i.differs(ctx, LedgerOnly, asks[n], took)
		default: // the order had units of the item before
			i.on = false
			i.shadow.Count(i.key, LeftOut, 1, 0)
		}
	}
}

func (i *item) run(ctx context.Context, asks []hot.Ask) (answers []hot.Answer, took time.Duration, err error) {
	began := i.shadow.Now()
	err = i.ask(ctx, func(ctx context.Context, r *hot.Balances) (err error) {
		answers, err = r.Reserve(ctx, i.in, i.epoch, began, asks)
		return err
	})
	return answers, i.shadow.Now().Sub(began), err
}

// judge has Redis decide about reservations that the ledger refused.
func (i *item) judge(ctx context.Context, refusals []refusal) {
	for _, r := range refusals {
		switch {
		case i.on && i.has < r.qty:
			i.refuse(ctx, r)
		case i.shadow.Now().Sub(r.at) < refusalLife: // the log is not there yet, or further
			i.shadow.putBack(r)
		default:
			i.shadow.Count(i.key, LeftOut, 1, 0)
		}
	}
}

// refuse has Redis decide about one that the books lack units for.
func (i *item) refuse(ctx context.Context, r refusal) {
	asked := hot.Ask{Order: r.order, Qty: r.qty}
	answers, took, err := i.run(ctx, []hot.Ask{asked})
	switch {
	case err != nil:
		i.fail(ctx, err, 1)
	case answers[0].Outcome == hot.Refused:
		i.shadow.Count(i.key, Alike, 1, took)
	case answers[0].Outcome == hot.Reserved:
		i.differs(ctx, RedisOnly, asked, took)
	default:
		i.shadow.Count(i.key, LeftOut, 1, 0)
	}
}

// differs notes a difference. The balance is written anew, so that one cause counts once.
func (i *item) differs(ctx context.Context, is Outcome, a hot.Ask, took time.Duration) {
	i.on = false
	i.shadow.Count(i.key, is, 1, took)
	i.shadow.Log.WarnContext(ctx, "Redis would have decided otherwise than the ledger", "tenant", i.key.Tenant, "product", i.key.Product, "location", i.key.Location,
		"order", a.Order, "quantity", a.Qty, "outcome", is.String(), "available", i.has)
}

// fail notes that Redis did not decide.
func (i *item) fail(ctx context.Context, err error, n int64) {
	i.on = false
	i.shadow.Count(i.key, Failed, n, 0)
	i.shadow.Log.DebugContext(ctx, "a script on a shadow balance failed", "product", i.key.Product, "location", i.key.Location, "err", err)
}

// step carries out an event that is no taking.
func (i *item) step(ctx context.Context, e *feed.Event) {
	before := i.has
	i.has, i.version = e.After.Available, e.Version
	err := i.ask(ctx, func(ctx context.Context, r *hot.Balances) error {
		ended := -e.Delta.Held // units
		if t := i.open[e.Order]; t != nil && ended > 0 && ended <= t.left && (e.Delta.Available == 0 || e.Delta.Available == ended) {
			return i.finish(ctx, r, e, t)
		}
		return i.feed(ctx, r, i.has-before)
	})
	if err != nil {
		i.fail(ctx, err, 1)
	}
}

// finish ends units of a taking.
func (i *item) finish(ctx context.Context, r *hot.Balances, e *feed.Event, t *taking) error {
	do := r.Confirm
	if e.Delta.Available != 0 {
		do = r.Release
	}
	is := hot.Taking{Order: e.Order, N: t.n}
	t.step++
	if _, err := do(ctx, i.in, i.epoch, is, t.step, -e.Delta.Held); err != nil {
		return err
	}
	if t.left += e.Delta.Held; t.left > 0 {
		return nil
	}
	delete(i.open, e.Order)
	_, err := r.Written(ctx, i.in, i.epoch, []hot.Taking{is})
	return err
}

// feed gives Redis units that came to the item otherwise, or takes those that left it.
func (i *item) feed(ctx context.Context, r *hot.Balances, units stock.Qty) error {
	switch {
	case units > 0:
		i.given += units
		_, err := r.Add(ctx, i.in, i.epoch, hot.Given{Units: i.given})
		return err
	case units < 0:
		i.fed++
		name := "~fed-" + strconv.FormatInt(i.fed, 10)
		answers, err := r.Reserve(ctx, i.in, i.epoch, i.shadow.Now(), []hot.Ask{{Order: name, Qty: -units}})
		if err == nil && answers[0].Outcome != hot.Reserved {
			err = errLacks
		}
		if err == nil {
			_, err = r.Written(ctx, i.in, i.epoch, []hot.Taking{{Order: name, N: answers[0].N}})
		}
		return err
	}
	return nil
}

// end drops the balance.
func (i *item) end(ctx context.Context) {
	_ = i.ask(ctx, func(ctx context.Context, r *hot.Balances) error {
		if _, err := r.Seal(ctx, i.in, i.epoch+1); err != nil {
			return err
		}
		return r.Expire(ctx, i.in, time.Minute)
	})
}
