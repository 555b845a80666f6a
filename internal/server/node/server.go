package node

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	nodev1 "holdfast.dev/holdfast/api/holdfast/node/v1"
	"holdfast.dev/holdfast/internal/ledger/slot"
)

// Bounds on what another node may send.
const (
	maxMessage  = 32 << 20
	maxHeader   = 16 << 10
	window      = 1 << 20 // a group goes in one piece
	maxStreams  = 256
	helloWait   = 5 * time.Second
	pingAfter   = 5 * time.Second
	pingWait    = 2 * time.Second
	pingsBefore = time.Second
)

// server makes the server of the node's port. Idle streams end when stopping is
// closed.
func (n *Node) server(books Acceptor, stopping <-chan struct{}) *grpc.Server {
	with := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage),
		grpc.MaxHeaderListSize(maxHeader), grpc.MaxConcurrentStreams(maxStreams),
		grpc.ConnectionTimeout(helloWait),
		grpc.InitialWindowSize(window), grpc.InitialConnWindowSize(window),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingAfter, Timeout: pingWait}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingsBefore, PermitWithoutStream: true}),
	}
	if n.identity != nil {
		with = append(with, grpc.Creds(credentials.NewTLS(n.identity.server())))
	}
	g := grpc.NewServer(with...)
	nodev1.RegisterNodeServiceServer(g, &service{node: n, books: books, stopping: stopping})
	return g
}

// service answers other nodes.
type service struct {
	nodev1.UnimplementedNodeServiceServer
	node       *Node
	books      Acceptor
	stopping   <-chan struct{} // closed when it is
	complained atomic.Int64    // Unix seconds
}

// refuse logs now and then that a caller does not belong here: a persistent caller
// must not fill the log. A message for another process of the fleet, and one for
// which no caller waits any longer, are expected when nodes are killed.
func (s *service) refuse(ctx context.Context, err error) {
	if errors.Is(err, errElsewhere) || ctx.Err() != nil {
		s.node.log.DebugContext(ctx, "group of another node not taken", "err", err)
		return
	}
	now, before := time.Now().Unix(), s.complained.Load()
	if now-before >= int64(troubleEvery/time.Second) && s.complained.CompareAndSwap(before, now) {
		s.node.log.WarnContext(ctx, "group of another node refused", "err", err)
	}
}

// Forward carries out groups of another node, one after the other.
func (s *service) Forward(groups nodev1.NodeService_ForwardServer) error {
	var work shift
	ended := make(chan error, 1)
	go func() { ended <- s.serve(groups, &work) }()
	select {
	case err := <-ended:
		return err
	case <-s.stopping:
	}
	if work.end() {
		return errEnding
	}
	return <-ended
}

// serve carries out the groups until one is refused, the sender has no more or the work must
// end.
func (s *service) serve(groups nodev1.NodeService_ForwardServer, work *shift) error {
	sender := s.node.identity.trustOf(groups.Context())
	for {
		r, err := groups.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !work.begin() {
			return errEnding
		}
		if err := sender.check(time.Now()); err != nil {
			s.refuse(groups.Context(), err)
			return status.Error(codes.Unauthenticated, err.Error())
		}
		a, err := s.carryOut(groups.Context(), r)
		if err == nil {
			err = groups.Send(a)
		}
		if err != nil {
			return err
		}
		if !work.done() {
			return errEnding
		}
	}
}

// carryOut carries out one group.
func (s *service) carryOut(ctx context.Context, r *nodev1.ForwardRequest) (*nodev1.ForwardResponse, error) {
	if seal := s.node.seal; seal != nil {
		if err := seal.check(&s.node.self, r); err != nil {
			s.refuse(ctx, err)
			if errors.Is(err, errCrowded) {
				return nil, status.Error(codes.ResourceExhausted, err.Error())
			}
			return nil, status.Error(codes.Unauthenticated, err.Error())
		}
	}
	f, err := slot.ReadForwarded(r.Group)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	results, err := slot.AppendResults(nil, s.books.Accept(ctx, f))
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	a := &nodev1.ForwardResponse{Results: results}
	if s.node.seal != nil {
		a.Mac = s.node.seal.answered(r, a)
	}
	return a, nil
}
