package bench

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"sync"
)

// gate stands between a node and its database. While it is shut nothing gets
// through in either direction, as when the process of the node is paused.
type gate struct {
	ln net.Listener
	to string
	// moving are the goroutines that carry bytes.
	moving sync.WaitGroup

	mu    sync.Mutex
	open  chan struct{} // closed while the gate is open
	conns []net.Conn
	over  bool
}

// newGate opens a gate; through leads a DSN through it.
func newGate(ctx context.Context) (*gate, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &gate{ln: ln, open: make(chan struct{})}
	close(g.open)
	return g, nil
}

// through returns the DSN with the address of the gate. It is for one server.
func (g *gate) through(dsn string) (string, error) {
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

func (g *gate) accept() {
	for {
		node, err := g.ln.Accept()
		if err != nil {
			return // it is closed
		}
		server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", g.to)
		if err != nil || !g.keep(node, server) {
			_ = node.Close() // the node finds out
			if server != nil {
				_ = server.Close()
			}
			continue
		}
		g.moving.Go(func() { g.carry(server, node) })
		g.moving.Go(func() { g.carry(node, server) })
	}
}

func (g *gate) keep(conns ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conns = append(g.conns, conns...)
	return !g.over
}

// carry takes bytes to one side, in order, when the gate is open.
func (g *gate) carry(to, from net.Conn) {
	defer to.Close() //nolint:errcheck // the other side has ended it
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		<-g.opened()
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				_ = from.Close()
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (g *gate) opened() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}

// shut lets nothing through any more.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = make(chan struct{})
}

// lift lets through what has come meanwhile, and all that follows.
func (g *gate) lift() {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.open:
	default:
		close(g.open)
	}
}

// close ends all connections.
func (g *gate) close() error {
	err := g.ln.Close()
	g.lift()
	g.mu.Lock()
	g.over = true
	for _, c := range g.conns {
		_ = c.Close() // one side may have ended it
	}
	g.mu.Unlock()
	g.moving.Wait()
	return err
}
