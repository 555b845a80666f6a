package hot_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// counter passes on what clients say to a server, and counts its scripts and the greetings
// of new connections: for each a caller waits.
type counter struct {
	listener net.Listener
	server   string
	calls    atomic.Int64
	all      sync.WaitGroup
}

func countCalls(t *testing.T, server string) *counter {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{listener: l, server: server}
	c.all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			c.all.Go(func() { c.pass(client) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		c.all.Wait()
	})
	return c
}

func (c *counter) pass(client net.Conn) {
	defer client.Close()
	server, err := (&net.Dialer{}).Dial("tcp", c.server)
	if err != nil {
		return
	}
	defer server.Close()
	c.all.Go(func() {
		_, _ = io.Copy(client, server) // it ends with either connection
		_ = client.Close()
	})
	for r := bufio.NewReader(client); ; {
		line, err := r.ReadString('\n')
		if strings.HasPrefix(line, "EVAL") || strings.HasPrefix(line, "HELLO") {
			c.calls.Add(1)
		}
		if _, gone := io.WriteString(server, line); err != nil || gone != nil {
			return
		}
	}
}

// A Redis that is stopped is asked from time to time, and all other callers get an answer
// without it. When it resumes, it executes the requests that it received meanwhile, and no
// units are lost.
func TestNobodyWaitsForARedisThatIsStopped(t *testing.T) {
	t.Parallel()
	server := dbtest.StartRedis(t, "--appendfsync", "no").Servers[0]
	counted := countCalls(t, server.Addr())
	redis, err := hot.Connect("redis://" + counted.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(redis.Close)
	store, err := task.Open(t.Context(), dbtest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	books := openBooks(t, memory.New())
	const items, callers, units = 4, 64, 40
	var ahead atomic.Int64
	begin := time.Now()
	road := hot.NewRoad(redis, store, books, hot.WithClock(func() time.Time { return begin.Add(time.Duration(ahead.Load())) }))
	var all [items]stock.ItemKey
	for n := range all {
		all[n] = stock.ItemKey{Tenant: "t", Product: fmt.Sprint("p", n), Location: "shop"}
		open := stock.OpenItem{Item: all[n], Bucket: stock.BucketOf("t", "shop"), Qty: units, Tracked: true}
		if err := errors.Join(books.Submit(t.Context(), ledger.Request{Command: open})[0].Err, turnOn(t.Context(), road, all[n], 0)); err != nil {
			t.Fatal(err)
		}
	}
	var orders int
	var granted atomic.Int64
	volley := func() (reached int64) {
		before := counted.calls.Load()
		var wg sync.WaitGroup
		for range callers {
			orders++
			c := hot.Reservation{Item: all[orders%items], Order: fmt.Sprint("v", orders), Qty: 1, Deadline: stock.Time(begin.Add(time.Hour).UnixMilli())}
			wg.Go(func() {
				switch err := road.Reserve(t.Context(), c); {
				case err == nil:
					granted.Add(1)
				case !errors.Is(err, hot.ErrBusy):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		return counted.calls.Load() - before
	}
	server.Pause()
	if reached := volley(); reached > items {
		t.Errorf("when it stops %d calls reach it, want at most one for each item", reached)
	}
	for range 3 {
		if reached := volley(); reached > 0 {
			t.Errorf("%d calls reach a Redis that is known to be stopped", reached)
		}
		ahead.Add(int64(hot.RestFor))
		if reached := volley(); reached != 1 {
			t.Errorf("%d calls reach it when it may be tried again, want 1", reached)
		}
	}
	if n := granted.Load(); n > 0 {
		t.Errorf("%d orders were granted while Redis was stopped", n)
	}
	server.Resume()
	for granted.Load() == 0 {
		ahead.Add(int64(hot.RestFor))
		if volley(); t.Context().Err() != nil {
			t.Fatal("it is never asked again")
		}
	}
	ahead.Add(2 * int64(hot.ScanAge))
	road.Tend(t.Context()) // which gives back what it did for callers who had gone
	held := stock.Qty(0)
	for _, k := range all {
		l, err := road.Look(t.Context(), k)
		if err == nil {
			var d *hot.Difference
			if d, err = road.Compare(t.Context(), l); d != nil {
				t.Errorf("Redis and the books differ: %+v", *d)
			}
		}
		levels, _, e := books.Items(t.Context(), []stock.ItemKey{k})
		if err = errors.Join(err, e); err != nil {
			t.Fatal(err)
		}
		held += levels[0].Item.Of(stock.Held)
	}
	if int64(held) != granted.Load() {
		t.Errorf("the books hold %d units, %d were granted", held, granted.Load())
	}
}
