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

	nodev1 "holdfast.dev/holdfast/api/holdfast/node/v1"
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

// startAs starts a node that lies about itself: nobody has seen it before.
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
			if err := p.fleet.beat(t.Context(), p.met); err != nil {
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
	if results, err := forward(t.Context(), a, b, 1); err != nil || results[0].Err != nil {
		t.Fatalf("a node: %v %v", results, err)
	}
	if _, err := forward(t.Context(), stranger, b, 2); status.Code(err) != codes.Unauthenticated {
		t.Errorf("another secret: %v", err)
	}
	if _, err := forward(t.Context(), b, stranger, 2); status.Code(err) != codes.Unauthenticated {
		t.Errorf("a home with another secret: %v", err)
	}
	if n := available(t, b.books); n != 1 {
		t.Errorf("%d available, want 1", n)
	}
}

// service of a node, to be asked without a connection.
func serviceOf(n *Node, books Acceptor) *service { return &service{node: n, books: books} }

// counted counts what comes through to the books.
type counted struct{ calls int }

func (c *counted) Accept(_ context.Context, f *ledger.Forwarded) []ledger.Result {
	c.calls++
	return make([]ledger.Result, len(f.Requests))
}

func TestAMessageIsTakenOnceAndSoon(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_700_000_000_000)
	self := catalog.Node{ID: "home", Address: "home:1", Started: now}
	n, err := New(Config{Self: self, Registry: &table{}, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	n.seal.now = func() time.Time { return now }
	group := ledger.AppendForwarded(nil, &ledger.Forwarded{Requests: []ledger.Request{{Command: stock.Cleanup{Tenant: "t"}}}})
	signed := func(nonce byte, change func(*nodev1.ForwardRequest)) *nodev1.ForwardRequest {
		r := &nodev1.ForwardRequest{Group: group, SentAt: now.UnixMilli(), Nonce: bytes.Repeat([]byte{nonce}, nonceSize)}
		r.Mac = n.seal.asked(&self, r)
		if change != nil {
			change(r)
		}
		return r
	}
	sign := func(r *nodev1.ForwardRequest) { r.Mac = n.seal.asked(&self, r) }
	elsewhere, restarted := self, self
	elsewhere.ID = "another"
	restarted.Started = now.Add(-time.Minute)
	books := &counted{}
	s := serviceOf(n, books)
	for i, c := range []struct {
		name string
		r    *nodev1.ForwardRequest
		want codes.Code
	}{
		{"a message", signed(1, nil), codes.OK},
		{"the same again", signed(1, nil), codes.Unauthenticated},
		{"another", signed(2, nil), codes.OK},
		{"one without a signature", signed(3, func(r *nodev1.ForwardRequest) { r.Mac = nil }), codes.Unauthenticated},
		{"one with half a signature", signed(3, func(r *nodev1.ForwardRequest) { r.Mac = r.Mac[:16] }), codes.Unauthenticated},
		{"one with another group", signed(3, func(r *nodev1.ForwardRequest) { r.Group = append(bytes.Clone(group), 0) }), codes.Unauthenticated},
		{"one with another time", signed(3, func(r *nodev1.ForwardRequest) { r.SentAt++ }), codes.Unauthenticated},
		{"one with another number", signed(3, func(r *nodev1.ForwardRequest) { r.Nonce[0]++ }), codes.Unauthenticated},
		{"one without a number", signed(3, func(r *nodev1.ForwardRequest) { r.Nonce = nil; sign(r) }), codes.Unauthenticated},
		{"one for another node", signed(3, func(r *nodev1.ForwardRequest) { r.Mac = n.seal.asked(&elsewhere, r) }), codes.Unauthenticated},
		{"one for the node before it was started anew", signed(3, func(r *nodev1.ForwardRequest) { r.Mac = n.seal.asked(&restarted, r) }), codes.Unauthenticated},
		{"one that is old", signed(4, func(r *nodev1.ForwardRequest) { r.SentAt -= 15_001; sign(r) }), codes.Unauthenticated},
		{"one from the future", signed(4, func(r *nodev1.ForwardRequest) { r.SentAt += 15_001; sign(r) }), codes.Unauthenticated},
		{"one from a clock that is behind", signed(5, func(r *nodev1.ForwardRequest) { r.SentAt -= 15_000; sign(r) }), codes.OK},
		{"one from a clock that is ahead", signed(6, func(r *nodev1.ForwardRequest) { r.SentAt += 15_000; sign(r) }), codes.OK},
		{"one of another version", signed(7, func(r *nodev1.ForwardRequest) { r.Group = append([]byte{2}, group[1:]...); sign(r) }), codes.InvalidArgument},
		{"one that makes no sense", signed(8, func(r *nodev1.ForwardRequest) { r.Group = []byte("hello"); sign(r) }), codes.InvalidArgument},
	} {
		before := books.calls
		a, err := s.carryOut(t.Context(), c.r)
		if status.Code(err) != c.want {
			t.Errorf("%d: %s: %v, want %v", i, c.name, err, c.want)
		}
		if took := books.calls - before; (took == 1) != (c.want == codes.OK) {
			t.Errorf("%s: carried out %d times", c.name, took)
		}
		if err == nil && !bytes.Equal(a.Mac, n.seal.answered(c.r, a)) {
			t.Errorf("%s: the answer is not signed", c.name)
		}
	}
	// As long as a message would be taken by its time it is known, later its
	// time is over.
	ahead := signed(9, func(r *nodev1.ForwardRequest) { r.SentAt += 15_000; sign(r) })
	if _, err := s.carryOut(t.Context(), ahead); err != nil {
		t.Fatal(err)
	}
	for range 40 {
		now = now.Add(time.Second)
		if _, err := s.carryOut(t.Context(), signed(byte(100+now.Second()), nil)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.carryOut(t.Context(), ahead); status.Code(err) != codes.Unauthenticated {
			t.Fatalf("%v later it is taken again: %v", now.Sub(self.Started), err)
		}
	}
	for range 3 { // what is forgotten is little
		now = now.Add(31 * time.Second)
		if err := n.seal.seen.add([nonceSize]byte{1, byte(now.Second())}, now); err != nil {
			t.Fatal(err)
		}
	}
	if size := len(n.seal.seen.young) + len(n.seal.seen.old); size != 2 {
		t.Errorf("%d numbers are remembered", size)
	}
}

func TestAnAnswerThatIsNotSignedIsNone(t *testing.T) {
	t.Parallel()
	n, err := New(Config{Self: named("a")[0], Registry: &table{}, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	r := &nodev1.ForwardRequest{Mac: []byte("of the request")}
	a := &nodev1.ForwardResponse{Results: []byte("results")}
	a.Mac = n.seal.answered(r, a)
	for name, other := range map[string][]byte{
		"other results":   n.seal.answered(r, &nodev1.ForwardResponse{Results: []byte("others")}),
		"another request": n.seal.answered(&nodev1.ForwardRequest{Mac: []byte("another")}, a),
	} {
		if bytes.Equal(a.Mac, other) {
			t.Errorf("%s: the same signature", name)
		}
	}
}

func TestAGroupThatIsTooLargeIsNotSent(t *testing.T) {
	t.Parallel()
	var tab table
	e := memory.New()
	a, b := start(t, "a", &tab, e, nil), start(t, "b", &tab, e, nil)
	together(t, a, b)
	f := &ledger.Forwarded{Requests: []ledger.Request{{
		Command: stock.Restock{Item: tea, Qty: 1, Note: stock.Note{Reason: string(make([]byte, maxMessage))}},
	}}}
	if _, err := a.Forward(t.Context(), "b", f); !errors.Is(err, ledger.ErrNotSent) {
		t.Errorf("%v", err)
	}
	if _, err := a.Forward(t.Context(), "nobody", f); !errors.Is(err, ledger.ErrNotSent) {
		t.Errorf("to a node that is gone: %v", err)
	}
	// One that is not counted before it leaves is refused by the other side.
	to, err := a.link(b.fleet.find("b"))
	if err != nil {
		t.Fatal(err)
	}
	huge := &nodev1.ForwardRequest{Group: make([]byte, maxMessage+1)}
	if _, err := to.ask(t.Context(), huge, nil); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("%v", err)
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

func TestThereIsNoPortWithoutProof(t *testing.T) {
	t.Parallel()
	good := newAuthority(t).files(t, Name)
	stranger := newAuthority(t).files(t, "shop.example")
	self := named("a")[0]
	for _, c := range []struct {
		name   string
		config Config
		good   bool
	}{
		{"nothing", Config{Self: self}, false},
		{"a secret", Config{Self: self, Secret: secret}, true},
		{"a short secret", Config{Self: self, Secret: secret[:15]}, false},
		{"certificates", Config{Self: self, Files: good}, true},
		{"a certificate without its key", Config{Self: self, Files: Files{Cert: good.Cert, CA: good.CA}}, false},
		{"certificates without the authority", Config{Self: self, Files: Files{Cert: good.Cert, Key: good.Key}}, false},
		{"a key that is not the certificate's", Config{Self: self, Files: Files{Cert: good.Cert, Key: stranger.Key, CA: good.CA}}, false},
		{"a certificate that is no node's", Config{Self: self, Files: stranger}, false},
		{"an authority without a certificate", Config{Self: self, Files: Files{Cert: good.Cert, Key: good.Key, CA: good.Key}}, false},
		{"files that are not there", Config{Self: self, Files: Files{Cert: "x", Key: "y", CA: "z"}}, false},
		{"no id", Config{Self: catalog.Node{Address: "a:1"}, Secret: secret}, false},
		{"no address", Config{Self: catalog.Node{ID: "a"}, Secret: secret}, false},
	} {
		c.config.Registry = &table{}
		if _, err := New(c.config); (err == nil) != c.good {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestOnlyCertificatesOfNodesAreTaken(t *testing.T) {
	t.Parallel()
	ours, theirs := newAuthority(t), newAuthority(t)
	var tab table
	e := memory.New()
	home := start(t, "home", &tab, e, withFiles(t, ours, Name))
	// One of the same authority that is no node, and one of another authority:
	// both are let through by their own checks first.
	client := ours.files(t, "shop.example")
	for name, change := range map[string]func(*Config){
		"another authority": func(c *Config) {
			c.Secret = nil
			c.Files = theirs.files(t, Name)
			c.Files.CA = ours.files(t, Name).CA
		},
		"no certificate": func(*Config) {},
	} {
		p := start(t, "x-"+name[:2], &tab, memory.New(), change)
		together(t, home, p)
		if results, err := forward(t.Context(), p, home, 1); err == nil {
			t.Errorf("%s: %v", name, results)
		}
		p.stop()
		<-p.left
		home.fleet.take(named("home"))
	}
	pair, _, err := good(client)
	if err != nil {
		t.Fatal(err)
	}
	p := startAs(t, "y", &tab, memory.New(), withFiles(t, ours, Name), func(n *Node) {
		n.identity.files.Cert, n.identity.files.Key = client.Cert, client.Key
		n.identity.pair = pair
	})
	together(t, home, p)
	if results, err := forward(t.Context(), p, home, 1); err == nil {
		t.Errorf("a certificate of a client: %v", results)
	}
	if n := available(t, home.books); n != 0 {
		t.Errorf("%d available", n)
	}
}

func TestRenewedCertificatesAreReadAgain(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t)
	files := ours.files(t, Name)
	i, err := newIdentity(files)
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := i.load()
	if err != nil {
		t.Fatal(err)
	}
	renewed := ours.files(t, Name)
	move(t, renewed.Cert, files.Cert)
	i.read = time.Time{}
	if half, _, err := i.load(); err != nil || !bytes.Equal(half.Certificate[0], first.Certificate[0]) {
		t.Errorf("with half of the files renewed: %v", err)
	}
	move(t, renewed.Key, files.Key)
	i.read = time.Time{}
	if next, _, err := i.load(); err != nil || bytes.Equal(next.Certificate[0], first.Certificate[0]) {
		t.Errorf("the renewed certificate is not used: %v", err)
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
				if results, err := forward(t.Context(), a, b, stock.Qty(i+1)); err != nil || results[0].Event.Items[0].Postings[0].Qty != stock.Qty(i+1) {
					t.Errorf("%v %v", results, err)
				}
			}
		})
	}
	all.Wait()
	if n := available(t, b.books); n != 20*(1+2+3+4) {
		t.Errorf("%d available", n)
	}
	if len(a.links.open) != 1 {
		t.Errorf("%d connections to one node", len(a.links.open))
	}
}
