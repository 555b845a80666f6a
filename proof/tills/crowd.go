// Package tills measures a centre with many connected tills, all in this process and each with
// its own gRPC connection. The tills that return are real ones, with their books in memory. The
// others are light: they speak the same protocol, and keep nothing but their log.
package tills

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/stock"
)

// Config says what is measured.
type Config struct {
	// Address is the centre's gRPC address, Key the key of an admin.
	Address, Key string
	// PID is the process of the centre, whose processor time and memory are read.
	PID int
	// Tills are connected, each at a location of its own. Returning of them are real tills, which are
	// disconnected and return with Backlog orders each.
	Tills, Returning, Backlog int
	// Rate is how many orders a second each till takes in the steady part.
	Rate float64
	// Within is the time in which they return, one after another; 0: all at once.
	Within time.Duration
	// Spell is the least length of each of the measurements.
	Spell time.Duration
	// Dir is a folder for the state of the tills.
	Dir string
}

// Result is the measured figures.
type Result struct {
	Tills int `json:"tills"`
	// Changes are orders made at tills per second. Cores and MiB are the use of the centre.
	Changes float64 `json:"changes_per_second"`
	// Booked is how many orders had reached the books of the centre, and Lost how often a connection had
	// to be restarted, in the steady part.
	Booked float64 `json:"booked_per_second"`
	Lost   int     `json:"lines_lost"`
	// Own is the use of processors by the tills themselves.
	Own   float64 `json:"own_cores"`
	Cores float64 `json:"cores"`
	MiB   int     `json:"mib"`
	// Quiet and Busy are the times of the slowest hundredth of reservations online: with no other load,
	// and while tills return. Back is the time from the return until the last of their orders was in the
	// books of the centre.
	Quiet time.Duration `json:"quiet_p99_ns"`
	Busy  time.Duration `json:"busy_p99_ns"`
	Back  time.Duration `json:"back_ns"`
}

// tillCrowd is a centre and its tills.
type tillCrowd struct {
	cfg   Config
	admin *client.Client
	tills []anyTill
	real  []*till // those of them that come back
}

// anyTill is a till, real or light. It is used by one goroutine.
type anyTill interface {
	pair(ctx context.Context, admin *client.Client) error
	start(ctx context.Context, centre string) error
	order(ctx context.Context) error
	has(ctx context.Context) stock.Qty
	// progress returns how many records of its log are in the books of the centre, and how often its
	// connection was lost.
	progress() (booked uint64, lost int)
	end()
}

// web is the location at which orders are made online.
const web = "web"

// pairingWait is how long a call may take: an address may try 5 codes a second, so tills are paired
// one after another.
const pairingWait = 2 * time.Minute

// abreast is how many calls run at a time during the setup.
const abreast = 16

// Run measures.
func Run(ctx context.Context, cfg Config, say func(string)) (r Result, err error) {
	admin, err := client.New(cfg.Address, client.WithKey(cfg.Key), client.WithTimeout(pairingWait))
	if err != nil {
		return r, err
	}
	defer admin.Close() //nolint:errcheck // nothing is left to be done
	c := &tillCrowd{cfg: cfg, admin: admin}
	ctx, stop := context.WithCancel(ctx)
	defer c.end()
	defer stop()
	say(fmt.Sprintf("%d tills are paired", cfg.Tills))
	if err := c.open(ctx); err != nil {
		return r, err
	}
	say(fmt.Sprintf("each till takes %g orders a second", cfg.Rate))
	if err := c.takeOrdersAtRate(ctx, &r); err != nil {
		return r, err
	}
	say(fmt.Sprintf("%d tills come back with %d orders each, within %s", cfg.Returning, cfg.Backlog, cfg.Within))
	return r, c.comeBack(ctx, &r)
}

// each calls fn for every till, some at a time.
func each[T any](all []T, fn func(T) error) error {
	var mu sync.Mutex
	var first error
	var calls sync.WaitGroup
	places := make(chan struct{}, abreast)
	for _, m := range all {
		places <- struct{}{}
		calls.Go(func() {
			defer func() { <-places }()
			if err := fn(m); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if first == nil {
					first = err
				}
			}
		})
	}
	calls.Wait()
	return first
}

func (c *tillCrowd) open(ctx context.Context) error {
	if _, err := c.admin.Create(ctx, client.Create{ProductID: product, LocationID: web, AvailableStock: 1e9}); err != nil {
		return err
	}
	for n := range c.cfg.Tills {
		id, location := fmt.Sprintf("till-%d", n), fmt.Sprintf("store-%d", n)
		if n >= c.cfg.Returning {
			c.tills = append(c.tills, newLight(id, location))
			continue
		}
		m := &till{id: id, location: location, file: filepath.Join(c.cfg.Dir, id+".till")}
		c.tills, c.real = append(c.tills, m), append(c.real, m)
	}
	if err := each(c.tills, func(m anyTill) error { return m.pair(ctx, c.admin) }); err != nil {
		return err
	}
	for _, m := range c.tills {
		if err := m.start(ctx, c.cfg.Address); err != nil {
			return err
		}
	}
	return wait(ctx, c.tills, func(m anyTill) bool { return m.has(ctx) > 0 })
}

func (c *tillCrowd) end() {
	for _, m := range c.tills {
		m.end()
	}
}

// wait returns when a condition holds for all tills.
func wait[T any](ctx context.Context, all []T, is func(T) bool) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for _, m := range all {
		for !is(m) {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
		}
	}
	return nil
}

// sum is what all tills have done.
func (c *tillCrowd) sum() (booked uint64, lost int) {
	for _, m := range c.tills {
		b, l := m.progress()
		booked, lost = booked+b, lost+l
	}
	return booked, lost
}

// takeOrdersAtRate lets each till take orders at the rate. When this process is late, it catches up.
func (c *tillCrowd) takeOrdersAtRate(ctx context.Context, r *Result) error {
	before, _, err := usage(c.cfg.PID)
	if err != nil {
		return err
	}
	own, _, err := usage(os.Getpid())
	if err != nil {
		return err
	}
	booked, lost := c.sum()
	begun, orders := time.Now(), 0
	tick := time.NewTicker(steadyTick)
	defer tick.Stop()
	for time.Since(begun) < c.cfg.Spell {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		for due := int(time.Since(begun).Seconds() * c.cfg.Rate * float64(len(c.tills))); orders < due; orders++ {
			if err := c.tills[orders%len(c.tills)].order(ctx); err != nil {
				return err
			}
		}
	}
	took := time.Since(begun).Seconds()
	r.Tills, r.Changes = len(c.tills), float64(orders)/took
	bookedNow, lostNow := c.sum()
	r.Booked, r.Lost = float64(bookedNow-booked)/took, lostNow-lost
	after, mib, err := usage(c.cfg.PID)
	if err != nil {
		return err
	}
	r.Cores, r.MiB = (after-before).Seconds()/took, mib
	ownNow, _, err := usage(os.Getpid())
	r.Own = (ownNow - own).Seconds() / took
	return err
}

// steadyTick is how often the process checks which tills take an order.
const steadyTick = 5 * time.Millisecond

// comeBack disconnects tills, and measures reservations online without and with their return.
func (c *tillCrowd) comeBack(ctx context.Context, r *Result) error {
	some := c.real
	if len(some) == 0 {
		return nil
	}
	for _, m := range some {
		m.cut()
	}
	for _, m := range some {
		for range c.cfg.Backlog {
			if err := m.order(ctx); err != nil {
				return err
			}
		}
	}
	quiet, err := c.online(ctx, func(since time.Duration) bool { return since > c.cfg.Spell })
	if err != nil {
		return err
	}
	begun := time.Now()
	back := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Go(func() {
		defer close(back)
		c.connect(ctx, some)
		_ = wait(ctx, some, func(m *till) bool { return m.reported(ctx) }) // the end of ctx ends the rest too
		r.Back = time.Since(begun)
	})
	busy, err := c.online(ctx, func(time.Duration) bool {
		select {
		case <-back:
			return true
		default:
			return false
		}
	})
	waiting.Wait()
	r.Quiet, r.Busy = quiet, busy
	return err
}

// connect starts the connections of tills, evenly within the time for it.
func (c *tillCrowd) connect(ctx context.Context, some []*till) {
	tick := time.NewTicker(max(1, c.cfg.Within/time.Duration(len(some))))
	defer tick.Stop()
	for _, m := range some {
		m.connect(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// pace is how often an order is made online.
const pace = 5 * time.Millisecond

// online makes orders until enough returns true, and returns the slowest hundredth of their times.
func (c *tillCrowd) online(ctx context.Context, enough func(time.Duration) bool) (time.Duration, error) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	var mu sync.Mutex
	var times []time.Duration
	var first error
	var calls sync.WaitGroup
	for begun, n := time.Now(), 0; !enough(time.Since(begun)) && ctx.Err() == nil; n++ {
		<-tick.C
		calls.Go(func() {
			at := time.Now()
			_, err := c.admin.Reserve(ctx, client.Reserve{
				OrderID: fmt.Sprintf("web-%d-%d", begun.UnixNano(), n), Items: []client.Item{{ProductID: product, LocationID: web, Quantity: 1}},
			})
			mu.Lock()
			defer mu.Unlock()
			if times = append(times, time.Since(at)); err != nil && first == nil {
				first = err
			}
		})
	}
	calls.Wait()
	if len(times) == 0 {
		return 0, first
	}
	slices.Sort(times)
	return times[len(times)*99/100], first
}
