package server

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/grpc"
)

// streamWindow is how many requests of a stream are read ahead: requests that arrive
// while the books are busy are carried out together.
const streamWindow = 64

// stream answers ExecuteStream. Requests take effect, and get their answers, in the order
// in which they were sent.
func (s *Server) stream(m *kit.Method, stream grpc.ServerStream) error {
	ctx := stream.Context()
	e := s.grpcEnvelope(ctx)
	c := kit.Call{Method: m, RequestID: requestID(e.requestID)}
	ending := ending{transport: "grpc", stats: &m.GRPC, began: time.Now(), address: e.address}
	if s.tracer != nil {
		ctx, ending.span = s.tracer.grpc(ctx, m)
	}
	s.inFlight.Inc()
	defer s.inFlight.Dec()
	err := s.admit(ctx, m, &e, &c)
	if err == nil {
		err = s.stayStreaming(ctx, &e, &c, stream)
	}
	if err == nil {
		s.finish(ctx, &ending, &c, nil)
		return nil
	}
	p := kit.ProblemOf(err)
	s.finish(ctx, &ending, &c, p)
	return grpcStatus(p, c.RequestID)
}

// stayStreaming pumps until the stream is over, or its caller may not stay: then requests that are being carried
// out are answered, and none after them is taken. Only a caller that does not read its answers loses them.
func (s *Server) stayStreaming(ctx context.Context, e *envelope, c *kit.Call, stream grpc.ServerStream) error {
	stays, end := context.WithCancelCause(ctx)
	defer end(nil)
	leave, err := s.stays.enter(ctx, e, c, end)
	if err != nil {
		return err
	}
	defer leave()
	p := pump{server: s, envelope: e.kept(), caller: *c, stream: stream}
	over := make(chan error, 1)
	go func() { over <- p.safely(ctx, stays) }()
	select {
	case err := <-over:
		return err
	case <-stays.Done():
	}
	late := time.NewTicker(endWait)
	defer late.Stop()
	for {
		select {
		case err := <-over:
			if p := endOf(stays); p != nil {
				return p
			}
			return err
		case <-late.C:
			if p.sending.Load() { // with the return of the handler, the send ends
				return endOf(stays)
			}
		}
	}
}

// pump carries out the requests of a stream.
type pump struct {
	server   *Server
	envelope envelope
	caller   kit.Call // as it was let in
	stream   grpc.ServerStream
	sending  atomic.Bool // an answer is on its way to the caller
}

// safely is run, but turns a panic into an error.
func (p *pump) safely(ctx, stays context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = p.server.panicked(ctx, v)
		}
	}()
	return p.run(ctx, stays)
}

// run reads in a goroutine of its own and carries out requests in this one, until stays ends.
func (p *pump) run(ctx, stays context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	requests := make(chan *holdfastv1.ExecuteStreamRequest, streamWindow)
	ended := make(chan error, 1)
	go func() {
		defer close(requests)
		ended <- readAhead(ctx, p.stream, requests)
	}()
	for {
		var r *holdfastv1.ExecuteStreamRequest
		var more bool
		select {
		case r, more = <-requests:
		case <-stays.Done():
			return context.Cause(stays)
		}
		if !more {
			break
		}
		waiting := gather(r, requests)
		if err := p.answer(ctx, waiting); err != nil {
			return err
		}
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// again returns the call with which the next requests are carried out. They are let in as calls of their own are:
// with the key and the settings of now.
func (p *pump) again(ctx context.Context) (*kit.Call, error) {
	next := kit.Call{RequestID: p.caller.RequestID, After: p.caller.After}
	if err := readmit(ctx, p.server, &p.envelope, p.caller.Method, &p.caller.Rights, &next); err != nil {
		return nil, err
	}
	next.Operator = p.caller.Operator // a header may name another than the key
	return &next, nil
}

func readAhead(ctx context.Context, stream grpc.ServerStream, to chan<- *holdfastv1.ExecuteStreamRequest) error {
	for {
		r := new(holdfastv1.ExecuteStreamRequest)
		if err := stream.RecvMsg(r); err != nil {
			return err
		}
		select {
		case to <- r:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// gather adds the following requests to the first one, as long as they fit into one batch
// together.
func gather(first *holdfastv1.ExecuteStreamRequest, waiting <-chan *holdfastv1.ExecuteStreamRequest) []*holdfastv1.ExecuteStreamRequest {
	all := []*holdfastv1.ExecuteStreamRequest{first}
	n := len(first.Commands)
	for n <= maxCommands/2 {
		select {
		case r, ok := <-waiting:
			if !ok {
				return all
			}
			all = append(all, r)
			n += len(r.Commands)
		default:
			return all
		}
	}
	return all
}

// answer carries out requests together and answers them.
func (p *pump) answer(ctx context.Context, waiting []*holdfastv1.ExecuteStreamRequest) error {
	s := p.server
	within, cancel := context.WithTimeout(ctx, s.deadline)
	defer cancel()
	c, err := p.again(within)
	if err != nil {
		return err
	}
	var jobs []kit.Job
	for _, r := range waiting {
		if err := boundBatch(r.Commands); err != nil {
			return err
		}
		for _, command := range r.Commands {
			jobs = append(jobs, s.batches.job(c, command))
		}
	}
	results, err := s.batches.resultsOf(within, c, jobs)
	if err != nil {
		return err
	}
	p.sending.Store(true)
	defer p.sending.Store(false)
	for _, r := range waiting {
		n := len(r.Commands)
		answer := &holdfastv1.ExecuteStreamResponse{Results: results[:n:n]}
		results = results[n:]
		if err := p.stream.SendMsg(answer); err != nil {
			return err
		}
	}
	return nil
}
