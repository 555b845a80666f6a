package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// PostgreSQL with asynchronous replication loses the records that a standby lacks when it becomes
// the primary. The nodes name the loss: the acknowledged orders that are gone are exactly those at
// the positions they name. The rest is there, nothing is sold twice afterwards, and no node needs
// help.
func TestWhatAnAsynchronousFailoverLosesIsNamed(t *testing.T) {
	if os.Getenv("SOAK") == "" {
		return
	}
	p := dbtest.StartPatroni(t, dbtest.Async)
	c := newCluster(t, plan{nodes: 3, direct: []string{p.DSN(t)}})
	k := newKiosk(c)
	halt, done := make(chan struct{}), make(chan struct{})
	go func() {
		k.run(16, halt)
		close(done)
	}()
	const some = 200
	sold := func() bool {
		before := k.acked()
		return k.await("orders", func() bool { return k.acked() >= before+some })
	}
	for range min(max(rounds(1), 2), 5) {
		if !sold() {
			break
		}
		old := p.FailOverWithout(func() { sold() })
		p.StartAgain(old)
		p.WaitHealthy()
	}
	sold()
	close(halt)
	<-done
	k.sellOut()
	gone := k.audit()
	k.stop()
	if found := k.verify(); found != "" {
		t.Errorf("verify: %s", found)
	}
	var logs []string
	for _, n := range k.nodes {
		logs = append(logs, n.log.String())
	}
	k.compare(gone, lostRanges(logs))
	for _, wrong := range append(k.wrong, k.trouble.wrong...) {
		t.Error(wrong)
	}
	t.Logf("%d orders acknowledged, %d of them lost", k.acked(), len(gone))
	if len(gone) == 0 {
		t.Error("nothing was lost, so this means nothing")
	}
}

// lostRange is a part of a slot's log that a node names as lost. Epoch is the one
// that begins with the loss.
type lostRange struct {
	Slot     int
	From, To int64
	Epoch    string
}

// lostRanges are what the logs of the nodes name as lost, oldest first. More than one
// node may name the same.
func lostRanges(nodeLogs []string) []lostRange {
	said := map[lostRange]time.Time{}
	for _, log := range nodeLogs {
		for text := range strings.Lines(log) {
			var line struct {
				Time time.Time
				Msg  string
				lostRange
			}
			if json.Unmarshal([]byte(text), &line) != nil || line.Msg != "acknowledged records were lost" {
				continue
			}
			if first, ok := said[line.lostRange]; !ok || line.Time.Before(first) {
				said[line.lostRange] = line.Time
			}
		}
	}
	return slices.SortedFunc(maps.Keys(said), func(a, b lostRange) int { return said[a].Compare(said[b]) })
}

// place is where a write is in the log.
type place struct {
	slot   int
	record int64
	epoch  string
}

var positionForm = regexp.MustCompile(`^(?:v\d+\.)?(\d+)(?:\.([0-9a-z]+))?-(\d+)`)

// placeOf reads a position. To callers a position is opaque; this test must read it.
func placeOf(position string) (p place, ok bool) {
	found := positionForm.FindStringSubmatch(position)
	if found == nil {
		return p, false
	}
	p.slot, _ = strconv.Atoi(found[1])
	p.epoch = found[2]
	record, err := strconv.ParseInt(found[3], 10, 64)
	p.record = record
	return p, err == nil
}

// within says whether one of the ranges has the place: of an epoch before the one
// that begins with the loss.
func (p place) within(all []lostRange) bool {
	born := -1 // the range that the place's epoch began with
	for i, r := range all {
		if r.Slot == p.slot && r.Epoch == p.epoch {
			born = i
		}
	}
	for i, r := range all {
		if i > born && r.Slot == p.slot && r.From <= p.record && p.record <= r.To {
			return true
		}
	}
	return false
}

// kiosk sells a few items, one unit to an order, and remembers where in the log each
// order was booked.
type kiosk struct {
	*failovers
	sold []sale
	n    int
}

// sale is an order that was acknowledged.
type sale struct{ order, product, position string }

// A kiosk has more units of each of its products than it can sell in a long time.
const (
	kioskProducts = 8
	kioskUnits    = 20_000
)

func kioskProduct(n int) string { return fmt.Sprintf("paper-%d", n) }

func newKiosk(c *cluster) *kiosk {
	w := &market{cluster: c, caller: newCaller(adminKey), begun: time.Now(), patience: hang}
	w.caller.http.Timeout = 2 * time.Second
	var opening []object
	for n := range kioskProducts {
		opening = append(opening, object{"create": object{"product_id": kioskProduct(n), "available_stock": kioskUnits}})
	}
	newCaller(adminKey).batch(c.t, c.nodes[0].server, opening, nil)
	return &kiosk{failovers: &failovers{market: w, trouble: newTrouble(c), stalls: newStalls()}}
}

// run lets that many callers sell until halt is closed.
func (k *kiosk) run(callers int, halt <-chan struct{}) {
	var all sync.WaitGroup
	for id := range callers {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(id), 12))
			for {
				select {
				case <-halt:
					return
				default:
				}
				if _, ok := k.sell(r, kioskProduct(r.IntN(kioskProducts)), 1); !ok {
					return
				}
			}
		})
	}
	all.Wait()
}

// sell sells that many units. It is false when there will be no outcome.
func (k *kiosk) sell(r *rand.Rand, product string, units int64) (*reply, bool) {
	k.mu.Lock()
	k.n++
	order := fmt.Sprint("k-", k.n)
	k.mu.Unlock()
	said, _, err := k.ask(r, "POST", "/inventory/reserve", "reserve-"+order, object{"order_id": order, "product_id": product, "quantity": units})
	if err != nil {
		return nil, false
	}
	switch {
	case said.status == http.StatusOK:
		k.granted()
		k.mu.Lock()
		k.sold = append(k.sold, sale{order, product, said.position})
		k.mu.Unlock()
	case said.code != "INSUFFICIENT_STOCK":
		k.violation("reserve %s: %d %s", order, said.status, said.body)
	}
	return said, true
}

// sellOut sells all units that are left.
func (k *kiosk) sellOut() {
	r := rand.New(rand.NewPCG(1, 13))
	for n := range kioskProducts {
		for units := int64(kioskUnits); units > 0; {
			said, ok := k.sell(r, kioskProduct(n), units)
			if !ok {
				return
			}
			if short := said.shortages(); len(short) > 0 {
				units = min(units-1, short[0].Available)
			}
		}
	}
}

// audit looks every order up and returns those that are gone. The units of the others add up to all
// there were: nothing was sold twice, and nothing vanished.
func (k *kiosk) audit() (gone []sale) {
	r := rand.New(rand.NewPCG(1, 14))
	units := map[string]int64{}
	for _, s := range k.sold {
		said, _, err := k.ask(r, "GET", "/inventory/orders/"+s.order, "", nil)
		if err != nil {
			return gone
		}
		var answer struct {
			Reservations []struct {
				State     string
				Requested int64
			}
		}
		switch {
		case said.status == http.StatusNotFound:
			gone = append(gone, s)
		case said.status != http.StatusOK || json.Unmarshal(said.body, &answer) != nil || len(answer.Reservations) != 1 || answer.Reservations[0].State != "active":
			k.violation("order %s: %d %s", s.order, said.status, said.body)
		default:
			units[s.product] += answer.Reservations[0].Requested
		}
	}
	for n := range kioskProducts {
		if product := kioskProduct(n); units[product] != kioskUnits {
			k.violation("orders have %d units of %s, of which there were %d", units[product], product, kioskUnits)
		}
	}
	return gone
}

// compare wants the orders that are gone to be those that were named.
func (k *kiosk) compare(gone []sale, named []lostRange) {
	unnamed, kept := 0, 0
	for _, s := range k.sold {
		at, ok := placeOf(s.position)
		if !ok {
			k.violation("order %s is at the position %q", s.order, s.position)
			continue
		}
		lost := slices.Contains(gone, s)
		switch named := at.within(named); {
		case lost && !named:
			unnamed++
		case !lost && named:
			kept++
		}
	}
	if unnamed > 0 || kept > 0 {
		k.violation("%d orders are gone that were not named, %d were named and are there; named is %+v", unnamed, kept, named)
	}
}

func TestWhatIsNamedAsLostIsRead(t *testing.T) {
	t.Parallel()
	named := lostRanges([]string{
		"a line of text\n" + `{"time":"2026-01-01T00:02:00Z","msg":"acknowledged records were lost","slot":0,"from":20,"to":21,"epoch":"bb"}` + "\n",
		`{"time":"2026-01-01T00:01:00Z","msg":"acknowledged records were lost","slot":0,"from":10,"to":14,"epoch":"aa"}` + "\n" +
			`{"time":"2026-01-01T00:02:01Z","msg":"acknowledged records were lost","slot":0,"from":20,"to":21,"epoch":"bb"}` + "\n",
	})
	if want := []lostRange{{0, 10, 14, "aa"}, {0, 20, 21, "bb"}}; !slices.Equal(named, want) {
		t.Errorf("named is %+v, want %+v", named, want)
	}
	for position, lost := range map[string]bool{
		"0-9": false, "0-10-1-0": true, "0-14-0-0": true, "0-15-0-0": false,
		"0.aa-12-0-0": false, "0.aa-20-0-0": true, "v3.0.bb-20-0-0": false, "1-12-0-0": false,
	} {
		if at, ok := placeOf(position); !ok || at.within(named) != lost {
			t.Errorf("%s is %+v, %v: want it lost: %v", position, at, ok, lost)
		}
	}
}
