package server

import (
	"context"
	"errors"
	"io"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/grpc"
)

// streamWindow is how many requests of a stream are read ahead: requests that arrive
// while the books are busy are carried out together.
const streamWindow = 64

// stream answers ExecuteStream. Requests take effect, and get their answers, in the order
// in which they were sent.
func (s *Server) stream(m *method, stream grpc.ServerStream) error {
	ctx := stream.Context()
	e := s.grpcEnvelope(ctx)
	c := call{method: m, requestID: requestID(e.requestID)}
	ending := ending{transport: "grpc", stats: &m.grpc, began: time.Now(), address: e.address}
	if s.tracer != nil {
		ctx, ending.span = s.tracer.grpc(ctx, m)
	}
	s.inFlight.Inc()
	defer s.inFlight.Dec()
	err := s.admit(ctx, m, &e, &c)
	if err == nil {
		err = s.pump(ctx, &c, stream)
	}
	if err == nil {
		s.finish(ctx, &ending, &c, nil)
		return nil
	}
	p := problemOf(err)
	s.finish(ctx, &ending, &c, p)
	return p.status(c.requestID)
}

// pump reads in a goroutine of its own and carries out requests in this one.
func (s *Server) pump(ctx context.Context, c *call, stream grpc.ServerStream) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	requests := make(chan *holdfastv1.ExecuteStreamRequest, streamWindow)
	ended := make(chan error, 1)
	go func() {
		defer close(requests)
		ended <- readAhead(ctx, stream, requests)
	}()
	for r := range requests {
		waiting := gather(r, requests)
		if err := s.answerStream(ctx, c, stream, waiting); err != nil {
			return err
		}
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		return err
	}
	return nil
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

func (s *Server) answerStream(ctx context.Context, c *call, stream grpc.ServerStream, waiting []*holdfastv1.ExecuteStreamRequest) error {
	var jobs []job
	for _, r := range waiting {
		if err := boundBatch(r.Commands); err != nil {
			return err
		}
		for _, command := range r.Commands {
			jobs = append(jobs, s.batches.job(c, command))
		}
	}
	within, cancel := context.WithTimeout(ctx, s.deadline)
	defer cancel()
	results, err := s.batches.resultsOf(within, c, jobs)
	if err != nil {
		return err
	}
	for _, r := range waiting {
		n := len(r.Commands)
		answer := &holdfastv1.ExecuteStreamResponse{Results: results[:n:n]}
		results = results[n:]
		if err := stream.SendMsg(answer); err != nil {
			return err
		}
	}
	return nil
}
