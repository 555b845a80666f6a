package main

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// line carries connections to an address, and can be cut. It simulates the connection between
// a store and its centre.
type line struct {
	ln     net.Listener
	target string
	all    sync.WaitGroup

	mu   sync.Mutex
	down bool
	open map[net.Conn]bool
}

// listenLine returns a line to the target on a free port of this machine. It is open until
// Close, but makes no new connections once ctx ends.
func listenLine(ctx context.Context, target string) (*line, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &line{ln: ln, target: target, open: map[net.Conn]bool{}}
	l.all.Go(func() { l.accept(ctx) })
	return l, nil
}

// Address is where the line begins.
func (l *line) Address() string { return l.ln.Addr().String() }

func (l *line) accept(ctx context.Context) {
	for {
		near, err := l.ln.Accept()
		if err != nil {
			return
		}
		l.all.Go(func() { l.carry(ctx, near) })
	}
}

// dialMost is how long a connection to the target may take.
const dialMost = 5 * time.Second

// carry copies in both directions until one of them ends.
func (l *line) carry(ctx context.Context, near net.Conn) {
	defer near.Close()
	far, err := (&net.Dialer{Timeout: dialMost}).DialContext(ctx, "tcp", l.target)
	if err != nil {
		return
	}
	defer far.Close()
	if !l.keep(near, far) {
		return
	}
	defer l.forget(near, far)
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(near, far)
		_ = near.Close()
	})
	_, _ = io.Copy(far, near)
	_ = far.Close()
	back.Wait()
}

// keep records connections that Cut must close. It returns false while the line is down.
func (l *line) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		if !l.down {
			l.open[c] = true
		}
	}
	return !l.down
}

func (l *line) forget(conns ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		delete(l.open, c)
	}
}

// Cut closes the open connections and blocks new ones until Mend.
func (l *line) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = true
	for c := range l.open {
		_ = c.Close()
	}
}

// Mend lets connections through again.
func (l *line) Mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = false
}

// Close ends the line.
func (l *line) Close() error {
	err := l.ln.Close()
	l.Cut()
	l.all.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
