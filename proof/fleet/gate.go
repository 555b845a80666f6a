package fleet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"

	"golang.org/x/sync/errgroup"
)

// databaseGate is between a node and its database. While it is shut, nothing passes in either
// direction, as when the process of the node is paused.
type databaseGate struct {
	ln net.Listener
	to string
	// moving are the goroutines that carry bytes.
	moving errgroup.Group

	mu    sync.Mutex
	open  chan struct{} // closed while the gate is open
	conns []net.Conn
	over  bool
}

// newGate opens a gate; through leads a DSN through it.
func newGate(ctx context.Context) (*databaseGate, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &databaseGate{ln: ln, open: make(chan struct{})}
	close(g.open)
	return g, nil
}

// dsnThroughGate returns the DSN with the address of the gate. It is for one server.
func (g *databaseGate) dsnThroughGate(dsn string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", err
	}
	if g.to, err = address(u); err != nil {
		return "", fmt.Errorf("pause a node: %w", err)
	}
	u.Host = g.ln.Addr().String()
	g.moving.Go(g.accept)
	return u.String(), nil
}

func (g *databaseGate) accept() error {
	for {
		node, err := g.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", g.to)
		if err != nil {
			if err := hangUp(node); err != nil { // so the node finds out
				return err
			}
			continue
		}
		if !g.keep(node, server) {
			return hangUp(node, server)
		}
		g.moving.Go(func() error { return g.carry(server, node) })
		g.moving.Go(func() error { return g.carry(node, server) })
	}
}

// keep records the connections for close; false when the gate is closed.
func (g *databaseGate) keep(conns ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.over {
		g.conns = append(g.conns, conns...)
	}
	return !g.over
}

// carry copies bytes to one side, in order, when the gate is open. When one side ends, so does
// the other.
func (g *databaseGate) carry(to, from net.Conn) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		<-g.opened()
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return hangUp(to, from)
			}
		}
		if err != nil {
			return hangUp(to)
		}
	}
}

// hangUp closes connections, which may have been closed already.
func hangUp(conns ...net.Conn) error {
	var errs []error
	for _, c := range conns {
		if err := c.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (g *databaseGate) opened() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}

// shut lets nothing through from then on.
func (g *databaseGate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = make(chan struct{})
}

// lift lets everything pass, including what has arrived meanwhile.
func (g *databaseGate) lift() {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.open:
	default:
		close(g.open)
	}
}

// close ends all connections.
func (g *databaseGate) close() error {
	err := g.ln.Close()
	g.lift()
	g.mu.Lock()
	g.over = true
	err = errors.Join(err, hangUp(g.conns...))
	g.mu.Unlock()
	return errors.Join(err, g.moving.Wait())
}
