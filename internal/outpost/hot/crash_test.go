package hot_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
)

// answers are what children wrote.
type answers struct {
	mu      sync.Mutex
	ended   map[string]int // of orders that were acknowledged: how many endings were
	refused int
	busy    int
}

// read reads the output of a child. A line that the kill cut off does not count.
func (a *answers) read(out io.Reader) {
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		word, order, _ := strings.Cut(strings.TrimSpace(line), " ")
		a.mu.Lock()
		switch word {
		case "held":
			a.ended[order] = 0
		case "ended":
			a.ended[order]++
		case "refused":
			a.refused++
		case "busy":
			a.busy++
		}
		a.mu.Unlock()
	}
}

func (a *answers) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.ended)
}

func (a *answers) refusals() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refused
}

// waitBusy waits until callers have been told a hundred times more that nobody can decide.
func (a *answers) waitBusy(t *testing.T) {
	t.Helper()
	begin, late := -1, time.After(10*time.Minute)
	for {
		a.mu.Lock()
		now := a.busy
		a.mu.Unlock()
		if begin < 0 {
			begin = now
		}
		if now >= begin+100 {
			return
		}
		select {
		case <-late:
			t.Errorf("callers were told %d times that nobody can decide", now-begin)
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// trial is an item that sells through Redis while processes and servers die.
type trial struct {
	t     *testing.T
	dsn   string
	redis *dbtest.Redis
	a     answers
	given stock.Qty // to the item, in all
	runs  int
}

// newTrial opens the item and lets Redis sell it.
func newTrial(t *testing.T, dsn string, redis *dbtest.Redis) *trial {
	t.Helper()
	c := &trial{t: t, dsn: dsn, redis: redis, a: answers{ended: map[string]int{}}, given: 150}
	p := mustOpen(t, dsn, redis.URL)
	defer p.close()
	bucket := stock.BucketOf(crashItem.Tenant, crashItem.Location)
	if err := p.do(t.Context(), "", stock.OpenItem{Item: crashItem, Bucket: bucket, Qty: c.given, Tracked: true}); err != nil {
		t.Fatal(err)
	}
	if err := turnOn(t.Context(), p.road, crashItem, 0); err != nil {
		t.Fatal(err)
	}
	return c
}

// restock brings units to the item.
func (c *trial) restock(qty stock.Qty) {
	c.t.Helper()
	p := mustOpen(c.t, c.dsn, c.redis.URL)
	defer p.close()
	c.given += qty
	cmd := stock.Restock{Item: crashItem, Bucket: stock.BucketOf(crashItem.Tenant, crashItem.Location), Qty: qty}
	err := errors.New("not asked")
	for n := 0; n < 20 && err != nil; n++ { // a busy database may not answer in time
		err = p.do(c.t.Context(), fmt.Sprint("restock-", c.given), cmd)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// run starts a child, has faults come after equal parts of so many answers, and kills it.
func (c *trial) run(more int, faults ...func()) {
	c.t.Helper()
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	c.runs++
	cmd := exec.CommandContext(c.t.Context(), self)
	cmd.Env = append(os.Environ(), childBooks+"="+c.dsn, childRedis+"="+c.redis.URL, childName+"="+strconv.Itoa(c.runs))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		c.a.read(out)
	}()
	begin := c.a.count()
	for n, fault := range faults {
		c.wait(begin+more*(n+1)/(len(faults)+1), more, read)
		fault()
	}
	c.wait(begin+more, more, read)
	_ = cmd.Process.Kill()
	<-read
	_ = cmd.Wait() // it was killed
}

// wait waits until children have had so many answers. Units come when many were refused, so
// that there are always few.
func (c *trial) wait(until, more int, ended <-chan struct{}) {
	c.t.Helper()
	late := time.After(10 * time.Minute)
	for refused := c.a.refusals(); c.a.count() < until; {
		if now := c.a.refusals(); now > refused+20 {
			c.restock(stock.Qty(max(50, more/4)))
			refused = c.a.refusals()
		}
		select {
		case <-ended:
			c.t.Fatalf("child %d ended by itself", c.runs)
		case <-late:
			c.t.Fatalf("child %d: %d answers, want %d", c.runs, c.a.count(), until)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// crash runs one child after another, each with a fault, and kills it.
func (c *trial) crash(faults ...func()) {
	c.t.Helper()
	more := 200
	if os.Getenv("SOAK") != "" {
		more = 20_000
	}
	for _, fault := range faults {
		c.run(more, fault)
	}
}

// judge turns the item off and compares the books with what callers heard.
func (c *trial) judge() {
	t := c.t
	t.Helper()
	p := mustOpen(t, c.dsn, c.redis.URL)
	if err := p.road.Off(t.Context(), crashItem); err != nil {
		t.Fatal(err)
	}
	lost, doubled := c.judgeOrders(p)
	levels, _, err := p.books.Items(t.Context(), []stock.ItemKey{crashItem})
	if err != nil {
		t.Fatal(err)
	}
	it := levels[0].Item
	if sum := it.Of(stock.Shared) + it.Of(stock.Held) + it.Of(stock.Customer); sum != c.given || it.Of(stock.Oversold) != 0 || lost+doubled > 0 {
		t.Errorf("pool, held and sold are %d units, want %d", sum, c.given)
	}
	t.Logf("%d orders were acknowledged in %d processes that were killed, %d refused: %d lost, %d doubled, %d units oversold",
		len(c.a.ended), c.runs, c.a.refused, lost, doubled, it.Of(stock.Oversold))
	p.close()
	e, err := openEngine(t.Context(), c.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if r, err := audit.CheckSlot(t.Context(), e, audit.Options{}); err != nil || !r.OK() {
		t.Errorf("the books are not sound: %v %+v", err, r)
	}
}

// judgeOrders counts orders of which the books have less or more than callers heard.
func (c *trial) judgeOrders(p *process) (lost, doubled int) {
	t := c.t
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	orders := make(chan string, 64)
	for range 8 {
		wg.Go(func() {
			for order := range orders {
				holds, _, err := p.books.Order(t.Context(), stock.OrderKey{Tenant: crashItem.Tenant, Order: order})
				if err != nil {
					t.Error(err)
					continue
				}
				_, line := stock.LineOf(holds, crashItem)
				less, more := compare(order, c.a.ended[order], line)
				mu.Lock()
				if less {
					lost++
				}
				if more {
					doubled++
				}
				mu.Unlock()
				if less || more {
					t.Errorf("order %s: %d endings were acknowledged, the books have %+v", order, c.a.ended[order], line)
				}
			}
		})
	}
	for order := range c.a.ended {
		orders <- order
	}
	close(orders)
	wg.Wait()
	return lost, doubled
}

// compare reports whether the line has less than was acknowledged, or more than was asked for:
// the ending that follows those that were acknowledged may be in the books or not.
func compare(order string, ended int, line *stock.Line) (less, more bool) {
	if line == nil {
		return true, false
	}
	n, _ := strconv.Atoi(order[strings.LastIndex(order, "-")+1:])
	plan := planOf(n)
	sums := func(plan []ending) (back, sold stock.Qty) {
		for _, e := range plan {
			if e.kind == stock.GivenBack {
				back += e.qty
			} else {
				sold += e.qty
			}
		}
		return back, sold
	}
	back, sold := sums(plan[:ended])
	mostBack, mostSold := sums(plan[:min(ended+1, len(plan))])
	all := line.Quantity() + line.Confirmed + line.Released
	less = line.Released < back || line.Confirmed < sold || all < perOrder
	more = line.Released > mostBack || line.Confirmed > mostSold || all > perOrder || line.Requested != perOrder
	return less, more
}

// Redis and the server die and stop in turns, with each way of Redis to write to its disk.
// Everything that was acknowledged is in the books, once, and nothing is sold twice.
func TestNothingIsLostWhenRedisAndTheServerDie(t *testing.T) {
	t.Parallel()
	dsn := dbtest.Postgres(t)
	for _, fsync := range []string{"always", "everysec", "off"} {
		t.Run(fsync, func(t *testing.T) {
			settings := []string{"--appendfsync", fsync}
			if fsync == "off" {
				settings = []string{"--appendonly", "no"}
			}
			redis := dbtest.StartRedis(t, settings...)
			server := redis.Servers[0]
			c := newTrial(t, dsn+"&set="+strconv.Itoa(len(fsync)), redis)
			c.crash(
				func() {},
				func() { server.Kill(); server.Start() },
				func() { redis.Flush(t) },
				func() { server.Pause(); c.a.waitBusy(t); server.Resume() },
				func() { server.Kill(); server.Start() },
			)
			c.judge()
		})
	}
}
