package test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// crowd is many clients that watch products at one server while two servers on one database change
// them.
type crowd struct {
	t        *testing.T
	a, b     *server // everybody watches at a
	products int
	all      []*watcher
	writes   atomic.Int64
	begun    sync.WaitGroup
	done     sync.WaitGroup
}

// newCrowd opens the products and starts n watchers over each transport.
func newCrowd(t *testing.T, products, n int) *crowd {
	t.Helper()
	path := filepath.Join(t.TempDir(), "holdfast.db")
	c := &crowd{t: t, a: newServerOn(t, path), b: newServerOn(t, path), products: products}
	var opened []object
	for p := range products {
		opened = append(opened, object{"create": object{"product_id": product(p)}})
	}
	newCaller(adminKey).batch(t, c.a, opened, nil)
	sse := overSSE(c.a.http)
	rpc, end, err := overGRPC(c.a.grpc, 1+n/250)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(func() {
		stop()
		c.done.Wait()
		end()
	})
	c.begun.Add(2 * n)
	for i := range 2 * n {
		w := &watcher{product: product(i / 2 % products), open: sse}
		if i%2 == 1 {
			w.open = rpc
		}
		c.all = append(c.all, w)
		c.done.Go(func() { w.watch(ctx, c.begun.Done) })
	}
	c.begun.Wait()
	return c
}

func product(p int) string { return fmt.Sprint("watched-", p) }

// change changes products for the time, about that many times a second, by
// turns at both servers, each change until it is acknowledged.
func (c *crowd) change(forTime time.Duration, perSecond int) {
	c.t.Helper()
	const writers = 20
	ctx, cancel := context.WithTimeout(c.t.Context(), forTime)
	defer cancel()
	var all sync.WaitGroup
	for id := range writers {
		all.Go(func() {
			caller := newCaller(adminKey)
			tick := time.NewTicker(time.Second * writers / time.Duration(perSecond))
			defer tick.Stop()
			for n := 0; ; n++ {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				i := c.writes.Add(1)
				at := []*server{c.a, c.b}[(id+n)%2]
				r, err := caller.call(c.t.Context(), "POST", at.url("/inventory/restock"), fmt.Sprint("change-", i),
					object{"product_id": product(int(i) * 7 % c.products), "quantity": 1})
				if err != nil || r.status != 200 {
					c.t.Errorf("change %d: %+v %v", i, r, err)
					return
				}
			}
		})
	}
	all.Wait()
}

// compare waits until every watcher has as many events as the journal has of its product, and wants
// them to be the same ones in the same order.
func (c *crowd) compare() {
	c.t.Helper()
	want := map[string][]string{}
	for p := range c.products {
		want[product(p)] = c.journal(product(p))
	}
	deadline := time.Now().Add(60 * time.Second)
	bad := 0
	for i, w := range c.all {
		ids := want[w.product]
		for w.count() < len(ids) && time.Now().Before(deadline) {
			<-time.After(5 * time.Millisecond)
		}
		w.mu.Lock()
		if bad < 5 && (!slices.Equal(w.ids, ids) || len(w.odd) > 0) {
			bad++
			c.t.Errorf("watcher %d of %s, opened %d times, has %d events and not the journal's %d\nhas  %s\nwant %s\nodd %v",
				i, w.product, w.opens, len(w.ids), len(ids), clipped(w.ids), clipped(ids), w.odd)
		}
		w.mu.Unlock()
	}
}

func clipped(ids []string) string {
	s := strings.Join(ids, " ")
	return s[:min(len(s), 500)]
}

// journal returns the entries of a product behind its opening, oldest first.
func (c *crowd) journal(product string) []string {
	c.t.Helper()
	var ids []string
	token := ""
	for {
		var page struct {
			Items []struct {
				ID        string `json:"entry_id"`
				Operation string
			}
			Next string `json:"next_page_token"`
		}
		newCaller(adminKey).must(c.t, "GET", c.b.url("/inventory/logs/"+product+"?page_size=500&page_token="+token), "", nil, &page)
		for _, e := range page.Items {
			if e.Operation != "create" {
				ids = append(ids, e.ID)
			}
		}
		if token = page.Next; token == "" {
			slices.Reverse(ids)
			return ids
		}
	}
}

// figures prints what the watched server needed and how late events came.
func (c *crowd) figures(what string, from []int) {
	c.t.Helper()
	var late []time.Duration
	for i, w := range c.all {
		w.mu.Lock()
		late = append(late, w.late[from[i]:]...)
		w.mu.Unlock()
	}
	slices.Sort(late)
	at := func(q float64) time.Duration {
		if len(late) == 0 {
			return 0
		}
		return late[int(q*float64(len(late)-1))].Round(100 * time.Microsecond)
	}
	now, most := memoryOf(c.t, c.a)
	c.t.Logf("%s: %d watchers, %d events delivered, booked to received p50 %v p99 %v max %v; server RSS %d MB, at most %d MB",
		what, len(c.all), len(late), at(.5), at(.99), at(1), now>>20, most>>20)
}

// counts returns how many events each watcher has.
func (c *crowd) counts() []int {
	n := make([]int, len(c.all))
	for i, w := range c.all {
		n[i] = w.count()
	}
	return n
}

// memoryOf reads the resident memory of a server, now and at most, in bytes.
func memoryOf(t *testing.T, s *server) (now, most int64) {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Logf("resident memory is not known here: %v", err)
		return 0, 0
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "VmRSS:" && f[0] != "VmHWM:" {
			continue
		}
		kb, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if f[0] == "VmRSS:" {
			now = kb << 10
		} else {
			most = kb << 10
		}
	}
	return now, most
}

// Watchers over both transports get every event of their product once and in
// order, whoever commits it, across two deaths of the server they watch at.
func TestWatchersMissNothingAcrossRestarts(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 20, 100)
	for range rounds(2) {
		var writing sync.WaitGroup
		writing.Go(func() { c.change(2*time.Second, 200) })
		<-time.After(700 * time.Millisecond)
		c.a.kill()
		<-time.After(200 * time.Millisecond)
		c.a.start()
		writing.Wait()
	}
	c.compare()
	c.figures("two restarts", make([]int, len(c.all)))
	c.a.stop()
	c.b.stop()
	c.b.verify()
}

// Ten thousand watchers, each of one of a thousand products: SOAK=1 go test
// -run WatchersTenThousand -v ./test prints what they cost. Without SOAK there
// are two hundred, and they see no restart.
func TestWatchersTenThousand(t *testing.T) {
	products, each, forTime, rate := 20, 100, 2*time.Second, 100
	if os.Getenv("SOAK") != "" {
		products, each, forTime, rate = 1000, 5000, 30*time.Second, 500
	} else {
		t.Parallel()
	}
	c := newCrowd(t, products, each)
	c.figures("idle", c.counts())
	before := c.counts()
	c.change(forTime, rate)
	c.compare()
	c.figures(fmt.Sprintf("%d changes a second", rate), before)
	for restart := range rounds(2) {
		if products < 1000 {
			break
		}
		before = c.counts()
		var writing sync.WaitGroup
		writing.Go(func() { c.change(15*time.Second, rate) })
		<-time.After(3 * time.Second)
		c.a.kill()
		c.a.start()
		writing.Wait()
		c.compare()
		c.figures(fmt.Sprint("restart ", restart+1), before)
	}
	c.a.stop()
	c.b.stop()
	c.b.verify()
}
