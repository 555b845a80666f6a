package postgres_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// proxy stands between an engine and its server. It can keep back the bytes of
// either side, cut the engine off, and pass on much later what it has kept.
type proxy struct {
	tb     testing.TB
	listen net.Listener
	target string
	direct string // the DSN that does not lead through it

	mu    sync.Mutex
	links []*link
}

// newProxy returns a proxy and the DSN that leads through it.
func newProxy(tb testing.TB, dsn string) (*proxy, string) {
	tb.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		tb.Fatal(err)
	}
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &proxy{tb: tb, listen: listen, target: u.Host, direct: dsn}
	u.Host = listen.Addr().String()
	var serving sync.WaitGroup
	serving.Go(func() { p.serve(&serving) })
	tb.Cleanup(func() {
		listen.Close()
		for _, l := range p.all() {
			l.close()
		}
		serving.Wait()
	})
	return p, u.String()
}

// waitStored waits until the server has stored the group.
func (p *proxy) waitStored(t *testing.T, seq engine.Seq) {
	t.Helper()
	e := open(t, p.direct)
	defer e.Close()
	for look := time.Tick(time.Millisecond); ; <-look {
		head, err := e.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if head >= seq {
			return
		}
	}
}

func (p *proxy) serve(serving *sync.WaitGroup) {
	for {
		client, err := p.listen.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		l := &link{client: client, server: server, over: make(chan struct{})}
		l.up = &stream{from: client, to: server, kept: make(chan struct{})}
		l.down = &stream{from: server, to: client, kept: make(chan struct{})}
		p.mu.Lock()
		p.links = append(p.links, l)
		p.mu.Unlock()
		serving.Go(l.up.run)
		serving.Go(func() {
			defer close(l.over)
			l.down.run()
		})
	}
}

func (p *proxy) all() []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*link{}, p.links...)
}

// link is one connection through the proxy.
type link struct {
	client, server net.Conn
	up, down       *stream
	over           chan struct{} // the server has ended it
}

func (l *link) close() {
	l.client.Close()
	l.server.Close()
	l.up.release()
	l.down.release()
}

// stream is one direction of a link.
type stream struct {
	from, to net.Conn
	kept     chan struct{} // closed when something has been kept back

	mu      sync.Mutex
	keeping bool
	bytes   []byte
	ended   bool // from has said all
}

func (s *stream) run() {
	buf := make([]byte, 64<<10)
	for {
		n, err := s.from.Read(buf)
		s.mu.Lock()
		switch {
		case s.keeping && n > 0:
			if len(s.bytes) == 0 {
				close(s.kept)
			}
			s.bytes = append(s.bytes, buf[:n]...)
		case n > 0:
			_, _ = s.to.Write(buf[:n]) // the next read finds a peer that is gone
		}
		if err != nil {
			s.ended = true
			if !s.keeping {
				s.end()
			}
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
	}
}

func (s *stream) end() {
	if c, ok := s.to.(*net.TCPConn); ok {
		_ = c.CloseWrite() // a peer that is gone needs no notice
	}
}

func (s *stream) keep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keeping = true
}

// release passes on what was kept, and the end if that has come.
func (s *stream) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.keeping {
		return
	}
	s.keeping = false
	_, _ = s.to.Write(s.bytes) // the next read finds a peer that is gone meanwhile
	if s.ended {
		s.end()
	}
}

// keepUp keeps back from now on the bytes of the engine on its present
// connections; keepDown those of the server. They return those connections.
func (p *proxy) keepUp() links {
	all := p.all()
	for _, l := range all {
		l.up.keep()
	}
	return all
}

func (p *proxy) keepDown() links {
	all := p.all()
	for _, l := range all {
		l.down.keep()
	}
	return all
}

type links []*link

// waitUp waits until something has been kept back on the way up, waitDown on
// the way down, and return the connection.
func (ls links) waitUp(tb testing.TB) *link {
	return ls.wait(tb, func(l *link) *stream { return l.up })
}

func (ls links) waitDown(tb testing.TB) *link {
	return ls.wait(tb, func(l *link) *stream { return l.down })
}

func (ls links) wait(tb testing.TB, side func(*link) *stream) *link {
	tb.Helper()
	first := make(chan *link, len(ls))
	for _, l := range ls {
		go func() {
			select {
			case <-side(l).kept:
				first <- l
			case <-tb.Context().Done():
			}
		}()
	}
	return <-first
}

// cut ends the connections for the engine; the server does not hear of it.
func (ls links) cut() {
	for _, l := range ls {
		l.client.Close()
	}
}

// release passes on what was kept back, and waits until the server has dealt
// with it and ended the session.
func (l *link) release(tb testing.TB) {
	tb.Helper()
	l.down.release()
	l.up.release()
	<-l.over
	if _, err := l.server.Read(make([]byte, 1)); err == nil || errors.Is(err, io.ErrNoProgress) {
		tb.Errorf("the server goes on after the end of the connection")
	}
}
