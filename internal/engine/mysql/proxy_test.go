package mysql_test

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"sync"
	"testing"
)

// fate is what a proxy does to the next COMMIT that comes along.
type fate int

const (
	passes fate = iota
	// cutBefore: the connection is cut, the server has not seen the bytes.
	cutBefore
	// cutAfter: the server has answered, the answer is lost.
	cutAfter
	// heldBack: the client is cut off, the bytes are kept and may reach the
	// server later, in the connection that it believes to be alive.
	heldBack
	// slowAnswer: of the next ROLLBACK instead, whose answer is kept until it
	// is delivered.
	slowAnswer
)

// proxy stands between an engine and its server.
type proxy struct {
	listener net.Listener
	server   string

	mu   sync.Mutex
	fate fate
	down bool
	// downThen says that the proxy is down when the fate has been met.
	downThen bool
	conns    map[net.Conn]bool
	// held are the bytes held back and where they belong.
	held   []byte
	heldTo net.Conn
	// slow is closed when a slow answer is delivered.
	slow chan struct{}
	// acted is closed when the fate has been met.
	acted chan struct{}
}

// between puts a proxy before the server of dsn and returns it with the DSN
// that leads through it.
func between(t *testing.T, dsn string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, server: u.Host, conns: map[net.Conn]bool{}}
	u.Host = l.Addr().String()
	var wg sync.WaitGroup
	wg.Go(func() { p.accept(&wg) })
	t.Cleanup(func() {
		_ = l.Close()
		p.cutAll(true)
		wg.Wait()
	})
	return p, u.String()
}

func (p *proxy) accept(wg *sync.WaitGroup) {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		var d net.Dialer
		server, err := d.DialContext(context.Background(), "tcp", p.server)
		if err != nil || !p.keep(client, server) {
			_ = client.Close()
			if err == nil {
				_ = server.Close()
			}
			continue
		}
		answered := make(chan struct{})
		muted := make(chan struct{})
		until := make(chan func(), 1)
		wg.Go(func() { p.forth(client, server, muted, answered, until) })
		wg.Go(func() { p.back(client, server, muted, answered, until) })
	}
}

func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return false
	}
	for _, c := range conns {
		p.conns[c] = true
	}
	return true
}

// forth carries what the client says.
func (p *proxy) forth(client, server net.Conn, muted, answered chan struct{}, until chan<- func()) {
	keepServer, met := false, func() {}
	defer func() {
		met()
		_ = client.Close()
		if !keepServer {
			_ = server.Close()
		}
	}()
	var said []byte
	b := make([]byte, 1<<16)
	for {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		said = append(said, b[:n]...)
		fate, acted, slow := p.meets(said)
		if fate != passes && fate != slowAnswer {
			met = func() { close(acted) }
		}
		switch fate {
		case passes:
		case slowAnswer:
			until <- func() {
				close(acted)
				<-slow
			}
		case cutBefore:
			return
		case heldBack:
			p.mu.Lock()
			p.held, p.heldTo = said, server
			p.mu.Unlock()
			keepServer = true
			return
		case cutAfter:
			close(muted)
			_, err := server.Write(said)
			if tcp, ok := server.(*net.TCPConn); ok && err == nil && tcp.CloseWrite() == nil {
				<-answered // the server is through with all of it and has hung up
			}
			return
		}
		if p.waits() && bytes.Contains(said, []byte("SET seq=IF(seq=")) {
			continue // for the end of a group
		}
		if _, err := server.Write(said); err != nil {
			return
		}
		said = said[:0]
	}
}

// back carries what the server says.
func (p *proxy) back(client, server net.Conn, muted, answered chan struct{}, until <-chan func()) {
	defer client.Close()
	defer close(answered)
	b := make([]byte, 1<<16)
	for {
		n, err := server.Read(b)
		if err != nil {
			return
		}
		select {
		case <-muted:
			continue
		case delivered := <-until:
			delivered()
		default:
		}
		if _, err := client.Write(b[:n]); err != nil {
			return
		}
	}
}

// meets returns the fate of the bytes said, and uses it up.
func (p *proxy) meets(said []byte) (f fate, acted, slow chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	word := "COMMIT"
	if p.fate == slowAnswer {
		word = "ROLLBACK"
	}
	if p.fate == passes || !bytes.Contains(said, []byte(word)) {
		return passes, nil, nil
	}
	f = p.fate
	p.fate, p.down = passes, p.down || p.downThen
	return f, p.acted, p.slow
}

func (p *proxy) waits() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fate != passes && p.fate != slowAnswer
}

// next sets the fate of the next COMMIT.
func (p *proxy) next(f fate) (acted <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fate, p.acted, p.slow = f, make(chan struct{}), make(chan struct{})
	p.downThen = false
	return p.acted
}

// nextAndDown is next, and no connection is let through afterwards.
func (p *proxy) nextAndDown(f fate) {
	p.next(f)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.downThen = true
}

// deliver lets the bytes held back reach the server, and a slow answer the
// client.
func (p *proxy) deliver() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.slow != nil {
		close(p.slow)
		p.slow = nil
	}
	if p.heldTo != nil {
		_, _ = p.heldTo.Write(p.held) // the server may have closed it
		_ = p.heldTo.Close()
		p.heldTo = nil
	}
}

// cutAll cuts all connections; while the proxy is down there are no new ones.
func (p *proxy) cutAll(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
	for c := range p.conns {
		_ = c.Close()
	}
	clear(p.conns)
}

// up lets connections through again.
func (p *proxy) up() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}
