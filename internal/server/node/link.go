package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"google.golang.org/grpc"

	nodev1 "holdfast.dev/holdfast/api/holdfast/node/v1"
	"holdfast.dev/holdfast/internal/ledger"
)

// link is the connection to a node with its idle streams. A stream carries one group after the other:
// headers, timers and goroutines on both sides, most of the cost of a call, are made once.
type link struct {
	conn *grpc.ClientConn

	mu     sync.Mutex
	idle   []*stream
	closed bool
}

type stream struct {
	nodev1.NodeService_ForwardClient
	end context.CancelFunc
}

// ask sends a group and waits for its outcome, which proven checks. An error means
// that the outcome is unknown, unless it is ledger.ErrNotSent. The reason for which
// the other side ends a stream is not signed, so nothing follows from it.
func (l *link) ask(ctx context.Context, r *nodev1.ForwardRequest, proven func(*nodev1.ForwardResponse) error) (*nodev1.ForwardResponse, error) {
	s := l.take()
	if s == nil {
		var err error
		if s, err = l.open(ctx); err != nil {
			return nil, fmt.Errorf("%w: %w", ledger.ErrNotSent, err)
		}
	}
	over := context.AfterFunc(ctx, s.end)
	a, err := s.ask(r)
	whole := over()
	if err == nil {
		err = proven(a) // after an unproven answer, the next may be another group's
	}
	switch {
	case err == nil && whole:
		l.giveBack(s)
		return a, nil
	case err == nil:
		return a, nil // in the last moment: the stream is ending
	}
	s.end()
	l.drop() // the cause has usually broken the other streams too
	if !whole {
		err = errors.Join(ctx.Err(), err)
	}
	return nil, err
}

func (s *stream) ask(r *nodev1.ForwardRequest) (*nodev1.ForwardResponse, error) {
	// After io.EOF the answer is why the stream has ended.
	if err := s.Send(r); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return s.Recv()
}

// open begins a stream. The stream outlives ctx, which bounds the beginning.
func (l *link) open(ctx context.Context) (*stream, error) {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	over := context.AfterFunc(ctx, end)
	s, err := nodev1.NewNodeServiceClient(l.conn).Forward(life)
	if !over() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		end()
		return nil, err
	}
	return &stream{NodeService_ForwardClient: s, end: end}, nil
}

// take returns an idle stream, nil when there is none.
func (l *link) take() *stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := len(l.idle) - 1
	if last < 0 {
		return nil
	}
	s := l.idle[last]
	l.idle = l.idle[:last]
	return s
}

func (l *link) giveBack(s *stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		s.end()
		return
	}
	l.idle = append(l.idle, s)
}

// drop ends the idle streams.
func (l *link) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.idle {
		s.end()
	}
	l.idle = nil
}

// close ends all streams, for good.
func (l *link) close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.drop()
	return l.conn.Close()
}
