package test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// crowdChannels is on how many channels the crowd buys, crowdBuyers how many
// buy at once.
const crowdChannels, crowdBuyers = 8, 256

// quotaCrowd buys units of one product on many channels, while the server is killed.
type quotaCrowd struct {
	t       *testing.T
	c       *caller
	s       *server
	product string

	granted atomic.Int64
	fatal   int64         // with so many units granted the server dies
	reached chan struct{} // closed then
}

func channelName(i int) string { return fmt.Sprint("channel-", i) }

// open puts stock on the shelf and sets the quotas, each channel with the same
// weight; what is left is the pool.
func openCrowd(t *testing.T, c *caller, s *server, product string, stock int64, quotas []int64, fatal int64) *quotaCrowd {
	t.Helper()
	c.create(t, s, product, stock)
	var channels []object
	for i, quota := range quotas {
		channels = append(channels, object{"channel_id": channelName(i), "quota": quota, "weight": 1})
	}
	c.must(t, "PUT", s.url("/v1/quotas/"+product), "", object{"channels": channels}, nil)
	return &quotaCrowd{t: t, c: c, s: s, product: product, fatal: fatal, reached: make(chan struct{})}
}

// killer kills the server when the crowd has got enough, and starts it again.
func (w *quotaCrowd) killer(ctx context.Context) {
	select {
	case <-w.reached:
		w.s.kill()
		w.s.start()
	case <-ctx.Done():
	}
}

// buy orders one unit on a channel and reports whether it was granted. Some
// orders come with an idempotency key, the others have their own name alone;
// some are sent twice, and some are handed out at once.
func (w *quotaCrowd) buy(ctx context.Context, channel int, order string, keyed, twice, deduct bool) (bool, error) {
	key := ""
	if keyed {
		key = "k-" + order
	}
	body := object{"order_id": order, "product_id": w.product, "quantity": 1, "channel_id": channelName(channel)}
	r, err := w.c.call(ctx, "POST", w.s.url("/inventory/reserve"), key, body)
	if err == nil && twice && r.status == http.StatusOK {
		var again *reply
		if again, err = w.c.call(ctx, "POST", w.s.url("/inventory/reserve"), key, body); err == nil && again.status != r.status {
			err = fmt.Errorf("order %s was granted, and then answered %d %s", order, again.status, again.body)
		}
	}
	switch {
	case err != nil:
		return false, err
	case r.code == "INSUFFICIENT_STOCK":
		return false, nil
	case r.status != http.StatusOK:
		return false, fmt.Errorf("order %s: %d %s", order, r.status, r.body)
	}
	if w.granted.Add(1) == w.fatal {
		close(w.reached)
	}
	if deduct {
		if r, err = w.c.call(ctx, "POST", w.s.url("/inventory/deduct"), "", object{"order_id": order}); err == nil && r.status != http.StatusOK {
			err = fmt.Errorf("deduct of order %s: %d %s", order, r.status, r.body)
		}
	}
	return true, err
}

// crowdShares is how the channels share the product.
type crowdShares struct {
	Shared    int64
	Available int64 `json:"available_stock"`
	Channels  []struct {
		ID           string `json:"channel_id"`
		Quota        int64
		Remaining    int64
		Held         int64
		Sold         int64
		HeldFromPool int64 `json:"held_from_pool"`
		SoldFromPool int64 `json:"sold_from_pool"`
	}
}

func (w *quotaCrowd) shares() (q crowdShares) {
	w.t.Helper()
	w.c.must(w.t, "GET", w.s.url("/v1/quotas/"+w.product), "", nil, &q)
	return q
}

// crowdDemand is how many units each channel's buyers want: each buyer two, or
// on each channel half as many as on the one before.
func crowdDemand(skewed bool) []int64 {
	demand := make([]int64, crowdChannels)
	left := int64(2 * crowdBuyers)
	for i := range demand {
		if demand[i] = 2 * crowdBuyers / crowdChannels; skewed {
			if demand[i] = left / 2; i == crowdChannels-1 {
				demand[i] = left
			}
		}
		left -= demand[i]
	}
	return demand
}

// oneRun lets every buyer order and checks the rule: each channel gets the wanted units up to its
// own quota, and of the wanted units beyond the quotas as many are granted as the pool has.
func (w *quotaCrowd) oneRun(demand, quotas []int64, pool int64, random *rand.Rand) {
	t := w.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	type wish struct {
		channel int
		order   string
		dice    int
	}
	var wishes []wish
	var want, beyond int64
	for i, n := range demand {
		for k := range n {
			wishes = append(wishes, wish{i, fmt.Sprintf("%s-%d-%d", w.product, i, k), random.IntN(8)})
		}
		want += min(n, quotas[i])
		beyond += max(0, n-quotas[i])
	}
	want += min(pool, beyond)
	random.Shuffle(len(wishes), func(i, j int) { wishes[i], wishes[j] = wishes[j], wishes[i] })
	var all sync.WaitGroup
	all.Go(func() { w.killer(ctx) })
	var took [crowdChannels]atomic.Int64
	for buyer := range crowdBuyers {
		all.Go(func() {
			for i := buyer; i < len(wishes); i += crowdBuyers {
				a := wishes[i]
				got, err := w.buy(ctx, a.channel, a.order, a.dice&1 > 0, a.dice&2 > 0, a.dice&4 > 0)
				if err != nil {
					t.Error(err)
					return
				}
				if got {
					took[a.channel].Add(1)
				}
			}
		})
	}
	all.Wait()
	if got := w.granted.Load(); got != want {
		t.Errorf("%s: %d units granted, want %d (demand %v, quotas %v, pool %d)", w.product, got, want, demand, quotas, pool)
	}
	q := w.shares()
	fromPool := int64(0)
	for i := range q.Channels {
		c := &q.Channels[i]
		own, shared := c.Held+c.Sold, c.HeldFromPool+c.SoldFromPool
		if c.ID != channelName(i) || own != min(demand[i], quotas[i]) || c.Remaining != quotas[i]-own || own+shared != took[i].Load() {
			t.Errorf("%s: %+v after a demand of %d with a quota of %d, %d granted", w.product, *c, demand[i], quotas[i], took[i].Load())
		}
		fromPool += shared
	}
	if len(q.Channels) != crowdChannels || fromPool != min(pool, beyond) || q.Shared != pool-fromPool {
		t.Errorf("%s: %d of a pool of %d are left, %d were drawn on %d channels", w.product, q.Shared, pool, fromPool, len(q.Channels))
	}
}

// rebalanced shares out the remaining units again and again while the crowd buys, until every unit
// is sold.
func (w *quotaCrowd) rebalanced(stock int64) {
	t := w.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	var mu sync.Mutex
	soldOut, next := false, make(chan struct{}) // closed when what remains was shared again
	// wait waits for the next sharing, and reports false when there is nothing left.
	wait := func() bool {
		mu.Lock()
		over, shared := soldOut, next
		mu.Unlock()
		if over {
			return false
		}
		select {
		case <-shared:
		case <-ctx.Done():
			return false
		}
		return true
	}
	var all sync.WaitGroup
	all.Go(func() { w.killer(ctx) })
	all.Go(func() {
		for over := false; !over && ctx.Err() == nil; {
			r, err := w.c.call(ctx, "POST", w.s.url("/v1/quotas/"+w.product+"/allot"), "", object{"mode": "rebalance"})
			if err == nil && r.status != http.StatusOK {
				err = fmt.Errorf("rebalance: %d %s", r.status, r.body)
			}
			var answer struct{ Stock crowdShares }
			if err == nil {
				err = json.Unmarshal(r.body, &answer)
			}
			if err != nil {
				t.Error(err)
			}
			over = err != nil || answer.Stock.Available == 0
			mu.Lock()
			soldOut = over
			close(next)
			next = make(chan struct{})
			mu.Unlock()
		}
	})
	for buyer := range crowdBuyers {
		all.Go(func() {
			// Half of all are on the first channel, half of the others on the next.
			channel := 0
			for n := buyer; n%2 == 1 && channel < crowdChannels-1; n /= 2 {
				channel++
			}
			for n, try := 0, 0; ; try++ {
				got, err := w.buy(ctx, channel, fmt.Sprintf("%s-%d-%d", w.product, buyer, n), false, try%4 == 0, n%2 == 0)
				switch {
				case err != nil:
					t.Error(err)
					return
				case got:
					n++
				case !wait():
					return
				}
			}
		})
	}
	all.Wait()
	if got := w.granted.Load(); got != stock {
		t.Errorf("%s: %d of %d units are sold", w.product, got, stock)
	}
	q := w.shares()
	var sold int64
	for _, c := range q.Channels {
		sold += c.Held + c.Sold + c.HeldFromPool + c.SoldFromPool
	}
	if q.Available != 0 || q.Shared != 0 || sold != stock {
		t.Errorf("%s: %+v after %d units", w.product, q, stock)
	}
}

// 256 buyers on eight channels get the units that the quotas and the pool have for them, exactly,
// whichever comes first and whenever the server is killed. When the remaining units are shared out
// anew all the time, every unit is sold.
func TestACrowdOnManyChannelsGetsItsQuotasAndThePool(t *testing.T) {
	t.Parallel()
	runs := 3
	if f := rounds(1); f > 1 {
		runs = 5 * f
	}
	s := newServer(t)
	c := newCaller(adminKey)
	random := rand.New(rand.NewPCG(5, 8))
	for run := range runs {
		skewed := run%2 == 1
		demand, quotas := crowdDemand(skewed), make([]int64, crowdChannels)
		pool := int64(random.IntN(crowdBuyers))
		stock := pool
		for i := range quotas {
			quotas[i] = int64(random.IntN(2 * crowdBuyers / crowdChannels))
			stock += quotas[i]
		}
		fatal := 1 + int64(random.IntN(100))
		openCrowd(t, c, s, fmt.Sprint("p", run), stock, quotas, fatal).oneRun(demand, quotas, pool, random)
		openCrowd(t, c, s, fmt.Sprint("r", run), stock, quotas, fatal).rebalanced(stock)
		s.verify()
		if t.Failed() {
			return
		}
	}
	s.stop()
	s.verify()
	t.Logf("%d runs of each kind, the server killed in each", runs)
}
