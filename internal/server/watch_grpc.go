package server

import (
	"context"
	"errors"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/tills"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// overGRPC answers calls such as WatchStock until one side ends them.
func (s *watchChapter) overGRPC(m *kit.Method, stream grpc.ServerStream) error {
	ctx, cancel := context.WithCancelCause(stream.Context())
	defer cancel(nil)
	e := s.server.grpcEnvelope(ctx)
	c := kit.Call{Method: m, RequestID: requestID(e.requestID)}
	end := ending{transport: "grpc", stats: &m.GRPC, began: time.Now(), address: e.address}
	at, started, err := s.watchStream(ctx, cancel, stream, &e, &c)
	switch ended := endOf(ctx); {
	case ended != nil && started:
		err = watchEnd(ended, at)
	case ended != nil:
		err = ended
	case err == nil, ctx.Err() != nil, errors.Is(err, errGone):
		s.server.finish(ctx, &end, &c, nil)
		return ctx.Err()
	case started:
		err = watchEnd(err, at)
	}
	p := kit.ProblemOf(err)
	s.server.finish(ctx, &end, &c, p)
	return grpcStatus(p, c.RequestID)
}

func (s *watchChapter) watchStream(ctx context.Context, cancel context.CancelCauseFunc, stream grpc.ServerStream, e *envelope, c *kit.Call) (at feed.Cursors, started bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = s.server.panicked(ctx, v)
		}
	}()
	if err := s.server.admit(ctx, c.Method, e, c); err != nil {
		return at, false, err
	}
	leave, err := s.server.stays.enter(ctx, e, c, cancel)
	if err != nil {
		return at, false, err
	}
	defer leave()
	request := c.Method.Fresh()
	if err := stream.RecvMsg(request); err != nil {
		return at, false, kit.Invalid("", "the message cannot be read")
	}
	if err := s.watching.enter(c.Tenant); err != nil {
		return at, false, err
	}
	defer s.watching.leave(c.Tenant)
	w, err := c.Method.Watch(ctx, c, request, "after")
	if err != nil {
		return at, false, err
	}
	defer w.Close()
	s.watchers.grpc.Inc()
	defer s.watchers.grpc.Dec()
	s.server.sendHeader(ctx, c, e.requestID.there)
	at, err = w.Tell(ctx, c, &watchOutlet{stream: stream, sent: s.watchers.grpcEvents})
	return at, true, err
}

// watchOutlet sends to a gRPC stream.
type watchOutlet struct {
	stream grpc.ServerStream
	sent   interface{ Add(float64) }
}

func (o *watchOutlet) Begin(at feed.Cursors) error { return o.Beat(o.stream.Context(), at) }

func (o *watchOutlet) Beat(ctx context.Context, at feed.Cursors) error {
	return o.sendInTime(ctx, func() error { return o.stream.SendMsg(&holdfastv1.WatchStockResponse{Position: at.String()}) })
}

func (o *watchOutlet) sendTerms(ctx context.Context, at feed.Cursors, terms *catalog.TillTerms) error {
	return o.sendInTime(ctx, func() error {
		return o.stream.SendMsg(&holdfastv1.WatchStockResponse{Position: at.String(), TillPolicy: tills.RenderTerms(terms)})
	})
}

func (o *watchOutlet) Frame(ctx context.Context, _ feed.Cursors, m proto.Message) error {
	return o.sendInTime(ctx, func() error { return o.stream.SendMsg(m) })
}

func (o *watchOutlet) Send(ctx context.Context, at feed.Cursors, events []*feed.Event) error {
	o.sent.Add(float64(len(events)))
	return o.sendInTime(ctx, func() error {
		for _, e := range events {
			at.Pass(e)
			m, err := o.message(at, e)
			if err != nil {
				return err
			}
			if err := o.stream.SendMsg(m); err != nil {
				return err
			}
		}
		return nil
	})
}

// message returns the message of the event. With one slot it is the same for all
// watchers. With several slots it has this watcher's position in each of them.
func (o *watchOutlet) message(at feed.Cursors, e *feed.Event) (any, error) {
	if len(at) == 1 {
		return e.Encoded(asGRPC, o.encode)
	}
	event, err := e.Encoded(asProto, func(e *feed.Event) (any, error) { return stockEvent(e), nil })
	if err != nil {
		return nil, err
	}
	return &holdfastv1.WatchStockResponse{Position: at.String(), Event: event.(*holdfastv1.StockEvent)}, nil
}

// encode encodes the message as the first watcher's stream does; all streams of
// a server encode alike.
func (o *watchOutlet) encode(e *feed.Event) (any, error) {
	m := &holdfastv1.WatchStockResponse{Position: e.ID.String(), Event: stockEvent(e)}
	prepared := &grpc.PreparedMsg{}
	if err := prepared.Encode(o.stream, m); err != nil {
		return nil, err
	}
	return prepared, nil
}

// sendInTime sends, and gives up when that takes too long. grpc has no deadline for a single
// message, so a goroutine sends it and ends with it. If the handler returns meanwhile,
// the end of the stream ends the send.
func (o *watchOutlet) sendInTime(ctx context.Context, send func() error) error {
	done := make(chan error, 1)
	go func() { done <- send() }()
	late := time.NewTimer(sendWait)
	defer late.Stop()
	select {
	case err := <-done:
		if err != nil {
			return errGone
		}
		return nil
	case <-late.C:
		return kit.ErrTooSlow
	case <-ctx.Done():
		return ctx.Err()
	}
}
