package main

import (
	"context"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// answers keeps the server's last answer, for --json.
type answers struct {
	mu   sync.Mutex
	last proto.Message
	wait *hint // that there is none yet
}

func (a *answers) note(reply any) {
	m, ok := reply.(proto.Message)
	if !ok || m.ProtoReflect().Descriptor().ParentFile().Package() != "holdfast.v1" {
		return // of another service, such as health
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = m
	a.wait.end()
}

func (a *answers) unary(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	err := invoke(ctx, method, request, reply, conn, opts...)
	switch {
	case err == nil:
		a.note(reply)
	case status.Code(err) != codes.Unavailable:
		a.wait.end() // a refusal is an answer
	}
	return err
}

func (a *answers) stream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := open(ctx, desc, conn, method, opts...)
	if err != nil {
		return nil, err
	}
	return &notedStream{s, a}, nil
}

// notedStream records the answers of a stream.
type notedStream struct {
	grpc.ClientStream
	answers *answers
}

// RecvMsg is RecvMsg of the wrapped stream.
func (s *notedStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if err == nil {
		s.answers.note(m)
	}
	return err
}

// shaped is the last answer. The answer to a command comes as the result of a batch. It is
// converted to the answer of the command's own call; nil means an item.
func (a *answers) shaped(shape proto.Message) proto.Message {
	a.mu.Lock()
	defer a.mu.Unlock()
	batch, ok := a.last.(*holdfastv1.ExecuteBatchResponse)
	if !ok || len(batch.GetResults()) == 0 {
		return a.last
	}
	result := batch.GetResults()[0]
	if shape == nil {
		shape = &holdfastv1.Inventory{}
	}
	shape = fill(shape, result)
	if result.GetPreview() != nil {
		m := shape.ProtoReflect()
		m.Set(m.Descriptor().Fields().ByName("dry_run"), protoreflect.ValueOfBool(true))
		m.Set(m.Descriptor().Fields().ByName("preview"), protoreflect.ValueOfMessage(result.GetPreview().ProtoReflect()))
	}
	return shape
}

// fill is the part of a result that has the form of shape.
func fill(shape proto.Message, result *holdfastv1.CommandResult) proto.Message {
	from, to := result.ProtoReflect(), shape.ProtoReflect()
	if whole := fieldOf(from.Descriptor(), to.Descriptor()); whole != nil {
		return from.Get(whole).Message().Interface()
	}
	for i := range to.Descriptor().Fields().Len() {
		field := to.Descriptor().Fields().Get(i)
		of := from.Descriptor().Fields().ByName(field.Name())
		if of == nil && field.Message() != nil {
			of = fieldOf(from.Descriptor(), field.Message())
		}
		if of != nil && from.Has(of) {
			to.Set(field, from.Get(of))
		}
	}
	return shape
}

// fieldOf is the field of a message with that kind; nil when there is none.
func fieldOf(in, kind protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	for i := range in.Fields().Len() {
		if f := in.Fields().Get(i); f.Message() == kind && !f.IsList() {
			return f
		}
	}
	return nil
}
