package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

const (
	haulRate = 5000 // orders a second
	// perCall is how many orders the callers that do not watch the bucket send together.
	perCall = 10
	// ownCallers send one order per call, for the bucket: a fifth of the rate.
	ownCallers, otherCallers = 16, 16
	// scarce is the product that runs out.
	scarce = 5
)

// haul is order services at work while a bucket moves. No call is repeated.
type haul struct {
	t     *testing.T
	c     *caller
	s     *server
	sites []string // the first is in the bucket that moves
	usual time.Duration

	mu     sync.Mutex
	held   map[spot]int64 // by what was granted
	short  int
	failed int
	wrong  []string
	// answers are when calls for the bucket were answered.
	answers []time.Time

	halt chan struct{}
	all  sync.WaitGroup
}

const haulProducts = 20

// newHaul opens the items, at eight locations in both slots.
func newHaul(t *testing.T, s *server) *haul {
	t.Helper()
	h := &haul{t: t, c: newCaller(adminKey), s: s, held: map[spot]int64{}, halt: make(chan struct{})}
	h.c.http.Timeout = 30 * time.Second
	var opening []object
	for n := range 8 {
		site := fmt.Sprint("site-", n)
		h.sites = append(h.sites, site)
		for p := range haulProducts {
			opening = append(opening, object{"create": object{"product_id": fmt.Sprint("p", p), "location_id": site, "available_stock": loadStock}})
		}
		opening = append(opening, object{"create": object{"product_id": "scarce", "location_id": site, "available_stock": scarce}})
	}
	h.c.batch(t, s, opening, nil)
	return h
}

// run starts the callers.
func (h *haul) run() {
	const pace = time.Second * ownCallers * 5 / haulRate
	for id := range ownCallers {
		h.start(pace, func(n int) { h.own(fmt.Sprintf("own-%d-%d", id, n), n) })
	}
	const others = time.Second * otherCallers * perCall * 5 / 4 / haulRate
	for id := range otherCallers {
		h.start(others, func(n int) { h.others(fmt.Sprintf("other-%d-%d", id, n), n) })
	}
}

// start starts a caller that calls once per pace, or as soon as it has its answer when that is
// later.
func (h *haul) start(pace time.Duration, call func(n int)) {
	h.all.Go(func() {
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-h.halt:
				return
			case <-tick.C:
				call(n)
			}
		}
	})
}

// own sends an order for the bucket that moves.
func (h *haul) own(order string, n int) {
	at := h.spot(h.sites[0], n)
	r, err := h.c.once(h.t.Context(), "POST", h.s.url("/inventory/reserve"), "",
		object{"order_id": order, "product_id": at.product, "location_id": at.location, "quantity": 1})
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err != nil:
		h.fail("%s: %v", order, err)
	case r.status == http.StatusOK:
		h.held[at]++
		h.answers = append(h.answers, now)
	case r.code == "INSUFFICIENT_STOCK":
		h.answers = append(h.answers, now)
		h.isShort(at, r.shortages())
	default:
		h.fail("%s: %d %s", order, r.status, r.body)
	}
}

// others sends ten orders for other buckets.
func (h *haul) others(order string, n int) {
	var commands []object
	var spots []spot
	for i := range perCall {
		at := h.spot(h.sites[1+(n+i)%(len(h.sites)-1)], n*perCall+i)
		spots = append(spots, at)
		commands = append(commands, object{"reserve": object{"order_id": fmt.Sprint(order, "-", i), "product_id": at.product, "location_id": at.location, "quantity": 1}})
	}
	r, err := h.c.once(h.t.Context(), "POST", h.s.url("/v1/commands:batch"), "", object{"commands": commands})
	h.mu.Lock()
	defer h.mu.Unlock()
	var answer struct {
		Results []struct {
			OK    bool
			Error struct {
				Code      string
				Shortages []shortage
			}
		}
	}
	if err == nil && r.status == http.StatusOK {
		err = json.Unmarshal(r.body, &answer)
	}
	if err != nil || r.status != http.StatusOK || len(answer.Results) != perCall {
		h.fail("%s: %+v %v", order, r, err)
		return
	}
	for i, result := range answer.Results {
		switch {
		case result.OK:
			h.held[spots[i]]++
		case result.Error.Code == "INSUFFICIENT_STOCK":
			h.isShort(spots[i], result.Error.Shortages)
		default:
			h.fail("%s: %+v", order, result)
		}
	}
}

// spot is an item at the location; one in fifty runs out.
func (h *haul) spot(site string, n int) spot {
	if n%50 == 7 {
		return spot{"scarce", site}
	}
	return spot{fmt.Sprint("p", n%haulProducts), site}
}

// isShort counts a refusal, which must be right.
func (h *haul) isShort(at spot, missing []shortage) {
	h.short++
	if len(missing) != 1 || missing[0] != (shortage{at.product, at.location, 1, 0}) || at.product != "scarce" {
		h.fail("%v was refused with %+v", at, missing)
	}
}

func (h *haul) fail(format string, args ...any) {
	h.failed++
	const enough = 10
	if len(h.wrong) < enough {
		h.wrong = append(h.wrong, fmt.Sprintf(format, args...))
	}
}

// orders counts the orders that have an answer.
func (h *haul) orders() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.short
	for _, qty := range h.held {
		n += int(qty)
	}
	return n
}

// settled lets the load run without a move, and notes the longest gap.
func (h *haul) settled() {
	wait(500 * time.Millisecond)
	from := time.Now()
	wait(500 * time.Millisecond)
	h.usual = h.pause(from, time.Now())
}

// pause is the longest time without an answer to any of the bucket's callers
// that had an end or a beginning between the two moments.
func (h *haul) pause(from, to time.Time) (longest time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := 1; i < len(h.answers); i++ {
		if was, is := h.answers[i-1], h.answers[i]; is.After(from) && was.Before(to) {
			longest = max(longest, is.Sub(was))
		}
	}
	return longest
}

// end stops the callers.
func (h *haul) end() {
	close(h.halt)
	h.all.Wait()
	for _, wrong := range h.wrong {
		h.t.Error(wrong)
	}
	if more := h.failed - len(h.wrong); more > 0 {
		h.t.Errorf("and %d more", more)
	}
}

// audit wants every item to have what was granted, and no more.
func (h *haul) audit(s *server) {
	h.t.Helper()
	seen := 0
	for p := -1; p < haulProducts; p++ {
		product, opened := fmt.Sprint("p", p), int64(loadStock)
		if p < 0 {
			product, opened = "scarce", scarce
		}
		var answer struct {
			Locations []struct {
				figures
				Location string `json:"location_id"`
			}
		}
		h.c.must(h.t, "GET", s.url("/inventory/product/"+product), "", nil, &answer)
		for _, f := range answer.Locations {
			seen++
			held := h.held[spot{product, f.Location}]
			if f.Reserved != held || f.Available != opened-held {
				h.t.Errorf("%s at %s: %d held and %d free, want %d and %d", product, f.Location, f.Reserved, f.Available, held, opened-held)
			}
		}
	}
	if want := len(h.sites) * (haulProducts + 1); seen != want {
		h.t.Errorf("%d items are seen, want %d", seen, want)
	}
}
