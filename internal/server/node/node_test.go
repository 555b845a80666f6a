package node

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
)

var secret = []byte("0123456789abcdef0123456789abcdef")

var tea = stock.ItemKey{Tenant: "t", Location: "default", Product: "tea"}

// peer is a node with its books, at work until the test ends.
type peer struct {
	*Node
	books *ledger.Ledger
	stop  context.CancelFunc // of the node
	left  chan struct{}      // closed when it has stopped
}

// start starts a node. Its books are on the engine.
func start(t *testing.T, id string, tab *table, e *memory.Engine, change func(*Config)) *peer {
	t.Helper()
	return startAs(t, id, tab, e, change, func(*Node) {})
}

// startAs starts a node with a false identity. No other node has seen it before.
func startAs(t *testing.T, id string, tab *table, e *memory.Engine, change func(*Config), lie func(*Node)) *peer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is there at once
	if err != nil {
		t.Fatal(err)
	}
	c := Config{
		Self:     catalog.Node{ID: id, Address: ln.Addr().String(), Started: time.Now()},
		Registry: tab, Secret: secret, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&c)
	}
	tab.bePatient()
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	lie(n)
	books, err := ledger.Open(t.Context(), e, ledger.WithPeers(n))
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{Node: n, books: books, left: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	keep, end := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() {
		if err := books.Run(keep); err != nil {
			t.Errorf("books of %s: %v", id, err)
		}
	})
	all.Go(func() {
		if err := n.Run(ctx, ln, books); err != nil {
			t.Errorf("node %s: %v", id, err)
		}
		close(p.left)
	})
	t.Cleanup(func() {
		stop()
		<-p.left
		end()
		all.Wait()
	})
	return p
}

// together waits until all know each other.
func together(t *testing.T, peers ...*peer) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for _, p := range peers {
		for len(p.Nodes()) < len(peers) {
			if err := p.fleet.beat(t.Context(), p.setNodes); err != nil {
				t.Fatal(err)
			}
			<-tick.C
		}
	}
}

// away returns the node of two that is not home of slot 0, and the other.
func away(a, b *peer) (from, home *peer) {
	if _, own := a.Home(0); own {
		return b, a
	}
	return a, b
}

func restock(t *testing.T, books *ledger.Ledger, n stock.Qty) error {
	t.Helper()
	return books.Submit(t.Context(), ledger.Request{Command: stock.Restock{
		Item: tea, Bucket: stock.BucketOf(tea.Tenant, tea.Location), Qty: n, Open: &stock.Opening{}, Note: stock.Note{Operator: "me"},
	}})[0].Err
}

func available(t *testing.T, books *ledger.Ledger) stock.Qty {
	t.Helper()
	levels, _, err := books.Items(t.Context(), []stock.ItemKey{tea})
	if err != nil {
		t.Fatal(err)
	}
	return levels[0].Figures().Available
}

// forward sends one restock from the node to another, past the books.
func forward(ctx context.Context, from, to *peer, qty stock.Qty) ([]ledger.Result, error) {
	f := &ledger.Forwarded{Writer: [16]byte{byte(qty)}, After: 1 << 40, Requests: []ledger.Request{{
		Command: stock.Restock{Item: tea, Qty: qty, Open: &stock.Opening{}},
	}}}
	return from.Forward(ctx, to.self.ID, f)
}

// answered repeats what did not leave: a busy machine may take longer to accept
// a connection than a node waits for it.
func answered(ctx context.Context, from, to *peer, qty stock.Qty) ([]ledger.Result, error) {
	for {
		results, err := forward(ctx, from, to, qty)
		if status.Code(err) != codes.Unavailable || !errors.Is(err, ledger.ErrNotSent) {
			return results, err
		}
	}
}

func TestTheHomeCarriesOutWhatOthersAreAsked(t *testing.T) {
	t.Parallel()
	files := withFiles(t, newAuthority(t), Name)
	for name, change := range map[string]func(*Config){
		"with a secret":     nil,
		"with certificates": files,
		"with both": func(c *Config) {
			files(c)
			c.Secret = secret
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tab table
			e := memory.New()
			a, b := start(t, "a", &tab, e, change), start(t, "b", &tab, e, change)
			together(t, a, b)
			from, home := away(a, b)
			// On a busy machine the sender may be impatient and do it itself.
			n := stock.Qty(0)
			for from.books.Stats().Forwarded < 20 {
				n++
				if err := restock(t, from.books, 1); err != nil {
					t.Fatal(err)
				}
				if got := available(t, from.books); got != n {
					t.Fatalf("%d available after %d", got, n)
				}
			}
			if got := home.books.Stats().Accepted; got < 20 {
				t.Errorf("the home has carried out %d", got)
			}
		})
	}
}

func TestAStopOfTheHomeFailsNobody(t *testing.T) {
	t.Parallel()
	var tab table
	e := memory.New()
	a, b := start(t, "a", &tab, e, nil), start(t, "b", &tab, e, nil)
	together(t, a, b)
	from, home := away(a, b)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				if err := restock(t, from.books, 1); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Go(func() {
		for from.books.Stats().Forwarded+from.books.Stats().Entries < 300 {
			<-time.After(time.Millisecond)
		}
		home.stop()
		<-home.left
	})
	all.Wait()
	if n := available(t, from.books); n != 1600 {
		t.Errorf("%d available, want 1600", n)
	}
	r, err := audit.CheckSlot(t.Context(), e, audit.Options{})
	if err != nil || !r.OK() {
		t.Errorf("%v %v", err, r)
	}
}

func TestWhoDoesNotBelongIsRefused(t *testing.T) {
	t.Parallel()
	var tab table
	e := memory.New()
	a, b := start(t, "a", &tab, e, nil), start(t, "b", &tab, e, nil)
	stranger := start(t, "c", &tab, memory.New(), func(c *Config) { c.Secret = bytes.Repeat([]byte("x"), 32) })
	together(t, a, b, stranger)
	if results, err := answered(t.Context(), a, b, 1); err != nil || results[0].Err != nil {
		t.Fatalf("a node: %v %v", results, err)
	}
	if _, err := answered(t.Context(), stranger, b, 2); status.Code(err) != codes.Unauthenticated {
		t.Errorf("another secret: %v", err)
	}
	if _, err := answered(t.Context(), b, stranger, 2); status.Code(err) != codes.Unauthenticated {
		t.Errorf("a home with another secret: %v", err)
	}
	if n := available(t, b.books); n != 1 {
		t.Errorf("%d available, want 1", n)
	}
}

func TestADeadNodeIsAnErrorInTime(t *testing.T) {
	t.Parallel()
	a, err := New(Config{Self: named("a")[0], Registry: &table{}, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	defer a.links.close()                           //nolint:errcheck // nothing is under way
	silent, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is there at once
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	a.fleet.take([]catalog.Node{
		{ID: "a", Address: a.self.Address}, {ID: "silent", Address: silent.Addr().String()}, {ID: "dead", Address: "127.0.0.1:1"},
	})
	for _, id := range []string{"silent", "dead"} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, err := a.Forward(ctx, id, &ledger.Forwarded{})
		cancel()
		if !errors.Is(err, ledger.ErrNotSent) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestResultsGoThere(t *testing.T) {
	t.Parallel()
	var tab table
	e := memory.New()
	a, b := start(t, "a", &tab, e, nil), start(t, "b", &tab, e, nil)
	together(t, a, b)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 20 {
				if results, err := answered(t.Context(), a, b, stock.Qty(i+1)); err != nil || results[0].Event.Items[0].Postings[0].Qty != stock.Qty(i+1) {
					t.Errorf("%v %v", results, err)
				}
			}
		})
	}
	all.Wait()
	if n := available(t, b.books); n != 20*(1+2+3+4) {
		t.Errorf("%d available", n)
	}
	a.links.mu.Lock()
	defer a.links.mu.Unlock()
	if len(a.links.open) != 1 {
		t.Errorf("%d connections to one node", len(a.links.open))
	}
}
