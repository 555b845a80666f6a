package test

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
)

// balancer stands in front of the nodes of a cluster, as in production. It
// passes each call to one of them, once.
type balancer struct {
	t    *testing.T
	mu   sync.Mutex
	calm *sync.Cond // signals that a node has a call less
	in   []*behind
	next int
}

// behind is a node behind the balancer.
type behind struct {
	*node
	proxy     *httputil.ReverseProxy
	transport *http.Transport
	busy      int // calls under way
}

// newBalancer returns a node that answers for all of them.
func newBalancer(t *testing.T, nodes []*node) (*balancer, *node) {
	t.Helper()
	b := &balancer{t: t}
	b.calm = sync.NewCond(&b.mu)
	for _, n := range nodes {
		b.take(n)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	front := &http.Server{Handler: b}
	ended := make(chan error, 1)
	go func() { ended <- front.Serve(listener) }()
	t.Cleanup(func() {
		if err := front.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return b, &node{server: &server{t: t, http: listener.Addr().String()}}
}

// take puts a node that is ready behind the balancer.
func (b *balancer) take(n *node) {
	to, err := url.Parse(n.url(""))
	if err != nil {
		b.t.Fatal(err)
	}
	one := &behind{node: n, transport: &http.Transport{MaxIdleConnsPerHost: 100, DisableCompression: true}}
	one.proxy = httputil.NewSingleHostReverseProxy(to)
	one.proxy.Transport = one.transport
	one.proxy.ErrorHandler = func(w http.ResponseWriter, r *http.Request, err error) {
		if r.Context().Err() == nil { // else the caller has gone
			b.t.Errorf("%s %s through the balancer: %v", r.Method, r.URL, err)
		}
		w.WriteHeader(http.StatusBadGateway)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.in = append(b.in, one)
}

// drop takes a node out, and returns when none of its calls is under way.
func (b *balancer) drop(n *node) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.in, func(one *behind) bool { return one.node == n })
	one := b.in[i]
	b.in = slices.Delete(b.in, i, i+1)
	for one.busy > 0 {
		b.calm.Wait()
	}
	one.transport.CloseIdleConnections()
}

// ServeHTTP passes a call on.
func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.next++
	one := b.in[b.next%len(b.in)]
	one.busy++
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		one.busy--
		b.calm.Broadcast()
	}()
	one.proxy.ServeHTTP(w, r)
}
