package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Stream reaches a server over ExecuteStream. The calls of many workers share a stream; each call
// is a request, and the next is sent before the last is answered. Lists use plain gRPC
// calls.
type Stream struct {
	*GRPC
	pipes []*pipe
	turn  atomic.Uint64
	wait  sync.WaitGroup // for the flows' readers
}

var _ Target = (*Stream)(nil)

// NewStream returns a Target for the server at address (host:port). callers is
// how many calls will be under way at once.
func NewStream(address, key string, callers int, secure bool) (*Stream, error) {
	g, err := NewGRPC(address, key, callers, secure)
	if err != nil {
		return nil, err
	}
	s := &Stream{GRPC: g}
	for _, conn := range g.conns {
		s.pipes = append(s.pipes, &pipe{stream: s, client: holdfastv1.NewInventoryServiceClient(conn)})
	}
	return s, nil
}

// Close ends the streams and the connections.
func (s *Stream) Close() {
	for _, p := range s.pipes {
		p.close()
	}
	s.wait.Wait()
	s.GRPC.Close()
}

// Execute implements Target. A call without an answer in time breaks its stream: the callers of
// the other calls on it send them again.
func (s *Stream) Execute(ctx context.Context, commands []Command) ([]Result, error) {
	messages, err := messagesOf(commands)
	if err != nil {
		return nil, err
	}
	f, err := s.pipes[s.turn.Add(1)%uint64(len(s.pipes))].flow(ctx)
	if err != nil {
		return refused(commands, grpcError(err, &answered{}))
	}
	stop := context.AfterFunc(ctx, f.cancel)
	defer stop()
	answer := f.send(&holdfastv1.ExecuteStreamRequest{Commands: messages})
	got := <-answer
	if got.err != nil {
		return refused(commands, grpcError(got.err, &answered{}))
	}
	return checkCount(commands, resultsOf(got.response.GetResults()))
}

// pipe is one stream at a time over one connection.
type pipe struct {
	stream *Stream
	client holdfastv1.InventoryServiceClient

	mu     sync.Mutex
	now    *flow
	closed bool
}

// flow returns the open stream, or opens one. The stream outlives ctx.
func (p *pipe) flow(ctx context.Context) (*flow, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errors.New("the target is closed")
	}
	if p.now != nil && !p.now.isOver() {
		return p.now, nil
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	both, err := p.client.ExecuteStream(p.stream.outgoing(ctx, ""))
	if err != nil {
		cancel()
		return nil, err
	}
	f := &flow{both: both, cancel: cancel}
	p.now = f
	p.stream.wait.Go(f.read)
	return f, nil
}

func (p *pipe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.now != nil {
		p.now.cancel()
	}
}

// flow is an open stream and the callers that wait for its answers, in order.
type flow struct {
	both   grpc.BidiStreamingClient[holdfastv1.ExecuteStreamRequest, holdfastv1.ExecuteStreamResponse]
	cancel context.CancelFunc

	sending sync.Mutex // the order of sending is the order of waiting
	mu      sync.Mutex
	waiting []chan<- flowAnswer
	err     error // why it is over
}

type flowAnswer struct {
	response *holdfastv1.ExecuteStreamResponse
	err      error
}

// send sends a request and returns the channel of its answer.
func (f *flow) send(request *holdfastv1.ExecuteStreamRequest) <-chan flowAnswer {
	answer := make(chan flowAnswer, 1)
	f.sending.Lock()
	defer f.sending.Unlock()
	f.mu.Lock()
	if f.err != nil {
		answer <- flowAnswer{err: f.err}
		f.mu.Unlock()
		return answer
	}
	f.waiting = append(f.waiting, answer)
	f.mu.Unlock()
	// It waits while the server has enough to do. When the server has ended the
	// stream (io.EOF), the reader gets the reason.
	if err := f.both.Send(request); err != nil && !errors.Is(err, io.EOF) {
		f.end(fmt.Errorf("stream: %w", err))
	}
	return answer
}

// read delivers the answers until the stream ends, then its error.
func (f *flow) read() {
	defer f.cancel()
	for {
		response, err := f.both.Recv()
		if err != nil {
			f.end(fmt.Errorf("stream: %w", err))
			return
		}
		f.mu.Lock()
		if len(f.waiting) == 0 {
			f.mu.Unlock()
			f.end(errors.New("stream: an answer to nothing"))
			return
		}
		first := f.waiting[0]
		f.waiting = f.waiting[1:]
		f.mu.Unlock()
		first <- flowAnswer{response: response}
	}
}

func (f *flow) end(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
	for _, w := range f.waiting {
		w <- flowAnswer{err: err}
	}
	f.waiting = nil
}

func (f *flow) isOver() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err != nil
}
