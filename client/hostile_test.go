package client_test

import (
	"context"
	"net"
	"sync"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// hostile is a server that follows a test's instructions: it answers late, not at all, with
// nonsense, or breaks the connection.
type hostile struct {
	holdfastv1.UnimplementedInventoryServiceServer
	address string
	// batch answers the n-th batch, from 1; nil is yes.
	batch func(ctx context.Context, n int, r *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error)
	// check answers the n-th check; nil is nothing.
	check func(ctx context.Context, n int) (*holdfastv1.Availability, error)

	mu      sync.Mutex
	conns   map[net.Conn]bool
	tls     credentials.TransportCredentials  // nil: none
	batches []*holdfastv1.ExecuteBatchRequest // all that came
	checks  int
}

// newHostile starts a hostile server. tell sets it up before the first call.
func newHostile(t *testing.T, tell func(*hostile)) *hostile {
	t.Helper()
	ear, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{address: ear.Addr().String(), conns: map[net.Conn]bool{}}
	if tell != nil {
		tell(h)
	}
	opts := []grpc.ServerOption{grpc.MaxRecvMsgSize(64 << 20)}
	if h.tls != nil {
		opts = append(opts, grpc.Creds(h.tls))
	}
	s := grpc.NewServer(opts...)
	holdfastv1.RegisterInventoryServiceServer(s, h)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Serve(&counted{Listener: ear, h: h}) //nolint:errcheck // it ends when it is stopped
	}()
	t.Cleanup(func() {
		s.Stop()
		<-done
	})
	return h
}

// counted keeps the connections, so that they can be broken.
type counted struct {
	net.Listener
	h *hostile
}

func (l *counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.h.mu.Lock()
		l.h.conns[c] = true
		l.h.mu.Unlock()
	}
	return c, err
}

// hangUp resets every connection.
func (h *hostile) hangUp() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0) //nolint:errcheck // then it ends politely
		}
		c.Close()
		delete(h.conns, c)
	}
}

// seen are the batches that arrived.
func (h *hostile) seen() []*holdfastv1.ExecuteBatchRequest {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]*holdfastv1.ExecuteBatchRequest(nil), h.batches...)
}

// asked is how many checks arrived.
func (h *hostile) asked() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.checks
}

func (h *hostile) ExecuteBatch(ctx context.Context, r *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
	h.mu.Lock()
	h.batches = append(h.batches, r)
	n := len(h.batches)
	h.mu.Unlock()
	if h.batch == nil {
		return yes(r), nil
	}
	return h.batch(ctx, n, r)
}

func (h *hostile) CheckAvailability(ctx context.Context, _ *holdfastv1.CheckAvailabilityRequest) (*holdfastv1.Availability, error) {
	h.mu.Lock()
	h.checks++
	n := h.checks
	h.mu.Unlock()
	if h.check == nil {
		return &holdfastv1.Availability{}, nil
	}
	return h.check(ctx, n)
}

// yes answers every command of the batch with what its caller can tell.
func yes(r *holdfastv1.ExecuteBatchRequest) *holdfastv1.ExecuteBatchResponse {
	out := &holdfastv1.ExecuteBatchResponse{}
	for _, c := range r.Commands {
		result := &holdfastv1.CommandResult{Ok: true}
		if v := c.GetReserve(); v != nil {
			result.OrderId = &v.OrderId
		} else {
			result.Inventory = &holdfastv1.Inventory{ProductId: c.GetRestock().GetProductId()}
		}
		out.Results = append(out.Results, result)
	}
	return out
}

// no answers every command of the batch with the error.
func no(r *holdfastv1.ExecuteBatchRequest, code string) *holdfastv1.ExecuteBatchResponse {
	out := &holdfastv1.ExecuteBatchResponse{}
	for range r.Commands {
		out.Results = append(out.Results, &holdfastv1.CommandResult{Error: &holdfastv1.CommandError{Code: code, Detail: "because"}})
	}
	return out
}

// problem is an error in the form of a Holdfast.
func problem(grpcCode codes.Code, code string, retryAfter *durationpb.Duration) error {
	s := status.New(grpcCode, "because")
	s, err := s.WithDetails(&holdfastv1.Problem{Code: code, Detail: "because", RequestId: "r-1"})
	if err == nil && retryAfter != nil {
		s, err = s.WithDetails(&errdetails.RetryInfo{RetryDelay: retryAfter})
	}
	if err != nil {
		panic(err)
	}
	return s.Err()
}
