package server

import (
	"context"
	"fmt"
	"iter"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/transcode"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// call is what is known about a call in addition to its request, and what is sent
// in addition to its answer.
type call struct {
	method    *method
	requestID string

	rights
	settings catalog.Settings
	operator string
	key      string
	after    feed.Cursors // the books must be at least there; nil: anywhere

	reasons *catalog.ReasonList // of the tenant; nil: they were not asked for

	position ledger.Position // what shows the write
	places   everywhere      // what shows the writes in several slots
	shown    string          // what showed the write of a replayed answer, as it traveled
	wrote    bool            // position counts
	replayed bool
	stale    bool
	// faulty is what is wrong with commands of a batch where their messages do not
	// show it.
	faulty transcode.CommandsError
}

// rights are what a caller's credential gives.
type rights struct {
	tenant   string
	scopes   catalog.Scopes // 0: there is no credential
	keyID    string
	role     catalog.Role  // "": its scopes alone count
	signedIn bool          // a session is the credential
	bounds   *stock.Bounds // nil: it is bound to nothing
	till     string        // whose it is; "": no till's
	page     string        // that its device shows; "": no device's
}

// method is one call of the definition and the function that carries it out.
type method struct {
	name  string
	rule  *holdfastv1.MethodRule
	desc  protoreflect.MethodDescriptor
	fresh func() proto.Message
	do    func(context.Context, *call, proto.Message) (proto.Message, error)
	// stream is set in place of fresh and do where the caller streams.
	stream bool
	// watch is set in place of do where only the answers are streamed.
	watch func(ctx context.Context, c *call, q proto.Message, field string) (following, error)
	// unattended reports that a call of the method does not prove that a person is there.
	unattended bool
	// ownKeys reports that idempotency keys are in the request: one in the header is
	// ignored.
	ownKeys bool
	rest    stats
	grpc    stats
}

// need is the scope that the credential must allow.
func (m *method) need() (scopes catalog.Scopes, known bool) {
	switch m.rule.GetScope() {
	case holdfastv1.Scope_SCOPE_READ:
		return catalog.ScopeRead, true
	case holdfastv1.Scope_SCOPE_INTERNAL:
		return catalog.ScopeInternal, true
	case holdfastv1.Scope_SCOPE_ADMIN:
		return catalog.ScopeAdmin, true
	case holdfastv1.Scope_SCOPE_RELAY:
		return catalog.ScopeRelay, true
	case holdfastv1.Scope_SCOPE_TILL:
		return catalog.ScopeTill, true
	default:
		return 0, false
	}
}

// unary makes a method of a plain function.
func unary[Q any, R proto.Message, P interface {
	*Q
	proto.Message
}](f func(context.Context, *call, P) (R, error)) method {
	return method{
		fresh: func() proto.Message { return P(new(Q)) },
		do: func(ctx context.Context, c *call, q proto.Message) (proto.Message, error) {
			r, err := f(ctx, c, q.(P))
			if err != nil {
				return nil, err
			}
			return r, nil
		},
	}
}

// streaming makes a method of a function that starts a stream. The field is where
// the caller has named the position to continue from.
func streaming[Q any, P interface {
	*Q
	proto.Message
}](begin func(context.Context, *call, P, string) (following, error)) method {
	return method{
		fresh: func() proto.Message { return P(new(Q)) },
		watch: func(ctx context.Context, c *call, q proto.Message, field string) (following, error) {
			if err := c.bind(c.method, q); err != nil {
				return nil, err
			}
			return begin(ctx, c, q.(P), field)
		},
	}
}

// writing makes a method of a write in a request, and of the function that carries it
// out and shows its outcome.
func writing[Q any, W write, R proto.Message, P interface {
	*Q
	proto.Message
}](carryOut func(context.Context, *call, W) (R, error), of func(P) W) method {
	return unary(func(ctx context.Context, c *call, q P) (R, error) { return carryOut(ctx, c, of(q)) })
}

// methods joins the services' functions with the definition. A method of the
// definition without a scope, without what a bound key may do with it, or without a
// function is an error, and so is a function without a method.
func methods(services []protoreflect.ServiceDescriptor, functions map[string]method) (map[string]*method, error) {
	all := map[string]*method{}
	for md := range definitions(services) {
		name := string(md.Name())
		m, ok := functions[name]
		if !ok {
			return nil, fmt.Errorf("method %s has no function", name)
		}
		m.name, m.desc, m.rule = name, md, transcode.Method(md)
		if m.rule.GetScope() == holdfastv1.Scope_SCOPE_UNSPECIFIED {
			return nil, fmt.Errorf("method %s declares no scope", name)
		}
		if m.rule.GetBound() == holdfastv1.Bound_BOUND_UNSPECIFIED {
			return nil, fmt.Errorf("method %s does not say what a bound key may do with it", name)
		}
		m.stream = md.IsStreamingClient()
		if do := m.do; do != nil {
			m.do = func(ctx context.Context, c *call, q proto.Message) (proto.Message, error) {
				if err := c.bind(c.method, q); err != nil {
					return nil, err
				}
				return do(ctx, c, q)
			}
		}
		all[name] = &m
	}
	for name := range functions {
		if all[name] == nil {
			return nil, fmt.Errorf("function %s is no method of a service", name)
		}
	}
	return all, nil
}

// definitions are the methods of the services.
func definitions(services []protoreflect.ServiceDescriptor) iter.Seq[protoreflect.MethodDescriptor] {
	return func(yield func(protoreflect.MethodDescriptor) bool) {
		for _, service := range services {
			for i := range service.Methods().Len() {
				if !yield(service.Methods().Get(i)) {
					return
				}
			}
		}
	}
}
