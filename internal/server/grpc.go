package server

import (
	"context"
	"slices"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
)

// serviceDesc describes a service to grpc: all calls go through one handler.
func (s *Server) serviceDesc(service protoreflect.ServiceDescriptor) *grpc.ServiceDesc {
	d := &grpc.ServiceDesc{
		ServiceName: string(service.FullName()),
		HandlerType: (*any)(nil),
		Metadata:    service.ParentFile().Path(),
	}
	for i := range service.Methods().Len() {
		m := s.methods[string(service.Methods().Get(i).Name())]
		if m.Watch != nil {
			d.Streams = append(d.Streams, grpc.StreamDesc{
				StreamName: m.Name, ServerStreams: true,
				Handler: func(_ any, stream grpc.ServerStream) error { return s.watches.overGRPC(m, stream) },
			})
			continue
		}
		if m.Stream {
			d.Streams = append(d.Streams, grpc.StreamDesc{
				StreamName: m.Name, ServerStreams: true, ClientStreams: true,
				Handler: func(_ any, stream grpc.ServerStream) error { return s.stream(m, stream) },
			})
			continue
		}
		d.Methods = append(d.Methods, grpc.MethodDesc{
			MethodName: m.Name,
			Handler: func(_ any, ctx context.Context, read func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
				return s.unary(ctx, m, read)
			},
		})
	}
	return d
}

// unary answers one gRPC call.
func (s *Server) unary(ctx context.Context, m *kit.Method, read func(any) error) (any, error) {
	e := s.grpcEnvelope(ctx)
	c := kit.Call{Method: m, RequestID: requestID(e.requestID)}
	ending := ending{transport: "grpc", stats: &m.GRPC, began: time.Now(), address: e.address}
	if s.tracer != nil {
		ctx, ending.span = s.tracer.grpc(ctx, m)
	}
	s.inFlight.Inc()
	answer, err := s.unaryCall(ctx, m, &e, &c, read)
	s.inFlight.Dec()
	if err != nil {
		p := kit.ProblemOf(err)
		s.finish(ctx, &ending, &c, p)
		s.sendHeader(ctx, &c, e.requestID.there || p.Code == kit.CodeUnavailable)
		return nil, grpcStatus(p, c.RequestID)
	}
	s.finish(ctx, &ending, &c, nil)
	s.sendHeader(ctx, &c, e.requestID.there)
	return answer, nil
}

func (s *Server) unaryCall(ctx context.Context, m *kit.Method, e *envelope, c *kit.Call, read func(any) error) (answer proto.Message, err error) {
	defer func() {
		if v := recover(); v != nil {
			answer, err = nil, s.panicked(ctx, v)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, s.patience(m))
	defer cancel()
	if err := s.admit(ctx, m, e, c); err != nil {
		return nil, err
	}
	request := m.Fresh()
	if err := read(request); err != nil {
		return nil, kit.Invalid("", "the message cannot be read")
	}
	return m.Do(ctx, c, request)
}

// patience is how long a call of the method may take.
func (s *Server) patience(m *kit.Method) time.Duration {
	return max(s.deadline, time.Duration(m.Rule.GetSeconds())*time.Second)
}

// sendHeader puts the facts that accompany the answer into the header metadata.
func (s *Server) sendHeader(ctx context.Context, c *kit.Call, named bool) {
	if !c.Wrote && !c.Replayed && !c.Stale && !named {
		return
	}
	md := make(metadata.MD, 4)
	if c.Wrote {
		md["holdfast-position"] = []string{s.core.PositionText(c)}
	}
	if c.Replayed {
		md["idempotency-replayed"] = yes
	}
	if c.Stale {
		md["holdfast-stale"] = one
	}
	if named {
		md["x-request-id"] = []string{c.RequestID}
	}
	// It fails only when the stream is gone: then the caller does not read it anyway.
	_ = grpc.SetHeader(ctx, md)
}

func (s *Server) grpcEnvelope(ctx context.Context) envelope {
	return envelope{
		authorization: meta(ctx, "authorization"),
		tenant:        meta(ctx, "x-holdfast-tenant"),
		key:           meta(ctx, "idempotency-key"),
		operator:      meta(ctx, "x-holdfast-operator"),
		after:         meta(ctx, "holdfast-after"),
		requestID:     meta(ctx, "x-request-id"),
		dryRun:        meta(ctx, dryRunName),
		misnamed:      slices.ContainsFunc(dryRunMetadata, func(name string) bool { return meta(ctx, name).there }),
		address: func() string {
			if p, ok := peer.FromContext(ctx); ok {
				return s.paths.proxies.client(p.Addr.String(), metadata.ValueFromIncomingContext(ctx, "x-forwarded-for"))
			}
			return ""
		},
	}
}

func meta(ctx context.Context, name string) value {
	v := metadata.ValueFromIncomingContext(ctx, name)
	if len(v) == 0 {
		return value{}
	}
	return value{text: v[0], there: true, twice: len(v) > 1}
}

// domain identifies the source of the reasons in ErrorInfo.
const domain = "holdfast.dev"

// status is the problem as gRPC carries it: the same content as the body of a
// REST answer, and the usual detail messages for clients that know those.
func grpcStatus(p *kit.Problem, requestID string) error {
	info := &errdetails.ErrorInfo{Reason: p.Code.Name, Domain: domain, Metadata: map[string]string{
		"http_status": strconv.Itoa(p.Code.HTTP), "request_id": requestID,
	}}
	if p.State != "" {
		info.Metadata["state"] = p.State
	}
	details := []protoadapt.MessageV1{protoadapt.MessageV1Of(info), protoadapt.MessageV1Of(p.Message(requestID))}
	if len(p.Violations) > 0 {
		bad := &errdetails.BadRequest{}
		for _, v := range p.Violations {
			bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
				Field: v.GetField(), Description: v.GetReason(),
			})
		}
		details = append(details, protoadapt.MessageV1Of(bad))
	}
	if p.RetryAfter > 0 {
		details = append(details, protoadapt.MessageV1Of(&errdetails.RetryInfo{
			RetryDelay: durationpb.New(time.Duration(p.RetryAfter) * time.Second),
		}))
	}
	plain := status.New(p.Code.GRPC, p.Detail)
	with, err := plain.WithDetails(details...)
	if err != nil {
		return plain.Err()
	}
	return with.Err()
}
