package test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// history collects what happened, product by product.
type history struct {
	mu  sync.Mutex
	ops map[string][]porcupine.Operation
}

func (h *history) add(product string, op porcupine.Operation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops[product] = append(h.ops[product], op)
}

// do carries out one operation until it has an outcome, and notes it. The key
// makes its retries one operation.
func (h *history) do(ctx context.Context, c *caller, s *server, id int, product string, in input, key string, begun time.Time) error {
	op := porcupine.Operation{ClientId: id, Input: in, Call: time.Since(begun).Nanoseconds()}
	r, err := send(ctx, c, s, product, in, key)
	if err != nil {
		return err
	}
	out := output{ok: r.status == http.StatusOK, code: r.code}
	if in.op == "check" && out.ok {
		var answer struct{ Available int64 }
		if err := json.Unmarshal(r.body, &answer); err != nil {
			return err
		}
		out.available = answer.Available
	}
	op.Output, op.Return = out, time.Since(begun).Nanoseconds()
	h.add(product, op)
	return nil
}

func send(ctx context.Context, c *caller, s *server, product string, in input, key string) (*reply, error) {
	base := "http://" + s.http + "/inventory/"
	switch in.op {
	case "check":
		return c.call(ctx, "GET", base+"check/"+product+"?location_id=default", "", nil)
	case "reserve":
		return c.call(ctx, "POST", base+"reserve", key, object{"order_id": in.order, "product_id": product, "quantity": in.qty})
	}
	return c.call(ctx, "POST", base+in.op, key, object{"order_id": in.order, "product_id": product})
}

// Killed and paused at random moments under load, the server loses nothing it
// acknowledged and does nothing twice: every history is linearizable.
func TestHistoriesAreLinearizableUnderKillAndPause(t *testing.T) {
	const products, callers, stockEach = 4, 12, 25
	s := newServer(t)
	c := newCaller(adminKey)
	for p := range products {
		c.create(t, s, fmt.Sprint("p", p), stockEach)
	}
	h := &history{ops: map[string][]porcupine.Operation{}}
	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	stop := make(chan struct{})
	var all sync.WaitGroup
	for id := range callers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(7, uint64(id)))
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				product := fmt.Sprint("p", random.IntN(products))
				in := input{op: "check"}
				// Callers meet on few orders, so that repeats and races happen.
				order := fmt.Sprintf("o%d-%d", id/3, n/4)
				switch k := random.IntN(10); {
				case k < 5:
					in = input{op: "reserve", order: order, qty: 1 + int64(random.IntN(3))}
				case k < 7:
					in = input{op: "release", order: order}
				case k < 8:
					in = input{op: "deduct", order: order}
				}
				if err := h.do(ctx, c, s, id, product, in, fmt.Sprintf("k-%d-%d", id, n), begun); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	random := rand.New(rand.NewPCG(1, 2))
	for round := range rounds(8) {
		<-time.After(time.Duration(150+random.IntN(350)) * time.Millisecond)
		if round%4 == 3 {
			s.pause(500 * time.Millisecond)
			continue
		}
		s.kill()
		s.start()
	}
	close(stop)
	all.Wait()
	total := 0
	for product, ops := range h.ops {
		total += len(ops)
		switch porcupine.CheckOperationsTimeout(shelfModel(stockEach), ops, hang) {
		case porcupine.Illegal:
			t.Errorf("the history of %s is not linearizable:\n%s", product, tell(ops))
		case porcupine.Unknown:
			t.Errorf("the history of %s (%d operations) could not be checked in time", product, len(ops))
		}
	}
	t.Logf("%d operations checked", total)
	s.stop()
	s.verify()
}
