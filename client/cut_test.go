package client_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/client"
)

// cutter forwards connections to a server. It breaks each one in the middle of
// a request or of an answer, until spare is set.
type cutter struct {
	ear   net.Listener
	to    string
	spare atomic.Bool
	cuts  atomic.Int64
	all   sync.WaitGroup
}

func newCutter(t *testing.T, to string) *cutter {
	t.Helper()
	ear, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{ear: ear, to: to}
	c.all.Go(func() {
		random := rand.New(rand.NewPCG(3, 5))
		for {
			in, err := ear.Accept()
			if err != nil {
				return
			}
			there, back := 20_000+random.Int64N(200_000), 20_000+random.Int64N(200_000)
			c.all.Go(func() { c.pass(in, there, back) })
		}
	})
	t.Cleanup(func() {
		ear.Close()
		c.all.Wait()
	})
	return c
}

// pass carries at most so many bytes each way before it breaks both ends.
func (c *cutter) pass(in net.Conn, there, back int64) {
	defer in.Close()
	out, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	defer out.Close()
	var both sync.WaitGroup
	carry := func(to, from net.Conn, most int64) {
		if _, err := io.CopyN(to, from, most); err == nil && c.spare.Load() {
			io.Copy(to, from) //nolint:errcheck // it ends when a side does
		} else if err == nil {
			c.cuts.Add(1)
		}
		in.(*net.TCPConn).SetLinger(0)  //nolint:errcheck // a reset, not an end
		out.(*net.TCPConn).SetLinger(0) //nolint:errcheck // a reset, not an end
		in.Close()
		out.Close()
	}
	both.Go(func() { carry(out, in, there) })
	both.Go(func() { carry(in, out, back) })
	both.Wait()
}

// Connections that break anywhere, often, lose nothing and do nothing twice.
func TestConnectionsThatBreakAnywhereLoseNothing(t *testing.T) {
	t.Parallel()
	const callers, each = 32, 60
	h := newHouse(t)
	cut := newCutter(t, h.address)
	c := open(t, cut.ear.Addr().String(), client.WithKey(h.admin))
	ctx := t.Context()
	if _, err := c.Create(ctx, client.Create{ProductID: "p", AvailableStock: 1_000_000}); err != nil {
		t.Fatal(err)
	}
	var held, stocked atomic.Int64
	var all sync.WaitGroup
	for id := range callers {
		all.Go(func() {
			for n := range each {
				order := fmt.Sprintf("o-%d-%d", id, n)
				if _, err := c.Reserve(ctx, client.Reserve{OrderID: order, ProductID: "p", Quantity: 3}); err != nil {
					t.Error(err)
					return
				}
				if _, err := c.Release(ctx, client.Release{OrderID: order, ProductID: "p", Quantity: 1}); err != nil {
					t.Error(err)
					return
				}
				if _, err := c.Restock(ctx, client.Restock{ProductID: "p", Quantity: 1}); err != nil {
					t.Error(err)
					return
				}
				held.Add(2)
				stocked.Add(1)
			}
		})
	}
	all.Wait()
	cut.spare.Store(true)
	p, err := open(t, h.address, client.WithKey(h.admin)).Product(ctx, "p")
	if err != nil || p.ReservedStock != held.Load() || p.TotalStock != 1_000_000+stocked.Load() {
		t.Errorf("the shelf shows %+v %v, want %d held and %d more", p, err, held.Load(), stocked.Load())
	}
	if cut.cuts.Load() == 0 {
		t.Error("no connection broke: the test shows nothing")
	}
	t.Logf("%d connections broke", cut.cuts.Load())
}
