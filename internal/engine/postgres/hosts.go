package postgres

import (
	"context"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// hosts are the servers that the DSN names, one of which is the primary, and the
// newest history that was met on any of them.
type hosts struct {
	all []host

	mu     sync.Mutex
	first  int // of all, where the primary was seen last
	latest origin
}

// host is one server: the ways to connect to it, with and without TLS.
type host []*pgconn.FallbackConfig

func newHosts(c *pgx.ConnConfig) *hosts {
	h := &hosts{}
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

// several reports whether the DSN names more than one server.
func (h *hosts) several() bool { return len(h.all) > 1 }

// order makes the connection try the primary first.
func (h *hosts) order(c *pgx.ConnConfig) {
	if !h.several() {
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

// meet takes note of a history, and returns the newest and whether it has just
// become that.
func (h *hosts) meet(o origin) (newest origin, changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if o.standby {
		return h.latest, false
	}
	if changed = h.latest.system != o.system || h.latest.before(o); changed {
		h.latest = o
	}
	return h.latest, changed
}

func (h *hosts) newest() origin {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.latest
}

// probeWait is how long a host has to say whether it is the primary.
const probeWait = 2 * time.Second

// find looks at all hosts at once for the primary with the newest history, so
// that one that does not answer keeps nobody from the others. It returns when
// all have answered, or the time is up.
func (h *hosts) find(ctx context.Context, c *pgx.ConnConfig) {
	if !h.several() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	newest := h.newest()
	var mu sync.Mutex
	var all sync.WaitGroup
	for n := range h.all {
		all.Go(func() {
			o, err := probe(ctx, c, h.all[n])
			mu.Lock()
			defer mu.Unlock()
			if err != nil || o.standby || o.before(newest) {
				return
			}
			newest = o
			h.prefer(n)
		})
	}
	all.Wait()
}

// prefer notes where the primary is.
func (h *hosts) prefer(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.first = n
}

// probe asks one host for its history.
func probe(ctx context.Context, c *pgx.ConnConfig, at host) (origin, error) {
	c = c.Copy()
	lead(c, at)
	c.ValidateConnect = nil
	conn, err := pgx.ConnectConfig(connecting(ctx), c)
	if err != nil {
		return origin{}, err
	}
	defer func() { _ = conn.Close(ctx) }() // it has only been looked at
	return originOf(ctx, conn.PgConn())
}
