// Package primary finds the primary of a PostgreSQL cluster, tells on which
// history it is, and makes connections to it on which no commit is cancelled.
package primary

import (
	"context"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Hosts are the servers that the DSN names, one of which is the primary.
type Hosts struct {
	all []host

	mu    sync.Mutex
	first int // of all, where the primary was seen last
}

// host is one server: the ways to connect to it, with and without TLS.
type host []*pgconn.FallbackConfig

// New reads the hosts of a configuration.
func New(c *pgx.ConnConfig) *Hosts {
	h := &Hosts{}
	place := map[string]int{}
	ways := append([]*pgconn.FallbackConfig{{Host: c.Host, Port: c.Port, TLSConfig: c.TLSConfig}}, c.Fallbacks...)
	for _, way := range ways {
		at := net.JoinHostPort(way.Host, strconv.Itoa(int(way.Port)))
		n, known := place[at]
		if !known {
			n = len(h.all)
			place[at] = n
			h.all = append(h.all, nil)
		}
		h.all[n] = append(h.all[n], way)
	}
	return h
}

// Several reports whether the DSN names more than one server.
func (h *Hosts) Several() bool { return len(h.all) > 1 }

// Order makes the connection try the primary first.
func (h *Hosts) Order(c *pgx.ConnConfig) {
	if !h.Several() {
		return
	}
	h.mu.Lock()
	first := h.first
	h.mu.Unlock()
	var ways host
	for i := range h.all {
		ways = append(ways, h.all[(first+i)%len(h.all)]...)
	}
	lead(c, ways)
}

// lead makes the connection try these ways, in their order.
func lead(c *pgx.ConnConfig, ways host) {
	c.Host, c.Port, c.TLSConfig, c.Fallbacks = ways[0].Host, ways[0].Port, ways[0].TLSConfig, ways[1:]
}

// probeWait is how long a host has to say whether it is the primary.
const probeWait = 2 * time.Second

// Find looks at all hosts at once for the primary, so that one that does not
// answer keeps nobody from the others. Of two the one on the newer timeline is
// meant: the other was replaced and does not know it. It returns when all have
// answered, or the time is up.
func (h *Hosts) Find(ctx context.Context, c *pgx.ConnConfig) {
	if !h.Several() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	var newest Origin
	var mu sync.Mutex
	var all sync.WaitGroup
	for n := range h.all {
		all.Go(func() {
			o, err := probe(ctx, c, h.all[n])
			mu.Lock()
			defer mu.Unlock()
			if err != nil || o.Standby || o.Timeline < newest.Timeline {
				return
			}
			newest = o
			h.prefer(n)
		})
	}
	all.Wait()
}

// prefer notes where the primary is.
func (h *Hosts) prefer(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.first = n
}

// probe asks one host for its history.
func probe(ctx context.Context, c *pgx.ConnConfig, at host) (Origin, error) {
	c = c.Copy()
	lead(c, at)
	c.ValidateConnect = nil
	conn, err := pgx.ConnectConfig(Connecting(ctx), c)
	if err != nil {
		return Origin{}, err
	}
	defer func() { _ = conn.Close(ctx) }() // it has only been looked at
	return Ask(ctx, conn.PgConn())
}
