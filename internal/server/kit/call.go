package kit

import (
	"context"
	"errors"
	"fmt"
	"iter"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/transcode"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Call is what is known about a call in addition to its request, and what is sent
// in addition to its answer.
type Call struct {
	Method    *Method
	RequestID string

	Rights
	Settings catalog.Settings
	Operator string
	Key      string
	After    feed.Cursors // the books must be at least there; nil: anywhere

	reasons *catalog.ReasonList // of the tenant; nil: they were not asked for

	position ledger.Position     // what shows the write
	places   everywhere          // what shows the writes in several slots
	shown    string              // what showed the write of a replayed answer, as it traveled
	Wrote    bool                // position counts
	Dry      bool                // its writes are decided, and not stored
	preview  *holdfastv1.Preview // of a dry run
	Replayed bool
	Stale    bool
	// Weigh spends the rate of a caller without a credential for the lines of a call, and reports whether it was
	// enough; nil: nothing is spent.
	Weigh func(lines int) bool
	// Faulty is what is wrong with commands of a batch where their messages do not
	// show it.
	Faulty transcode.CommandsError
}

// Rights are what a caller's credential gives.
type Rights struct {
	Tenant   string
	Scopes   catalog.Scopes // 0: there is no credential
	KeyID    string
	Role     catalog.Role  // "": its scopes alone count
	SignedIn bool          // a session is the credential
	Bounds   *stock.Bounds // nil: it is bound to nothing
	Till     string        // whose it is; "": no till's
	Page     string        // that its device shows; "": no device's
}

// Take takes over the rights of a credential.
func (c *Call) Take(who catalog.Credential) {
	c.Tenant, c.Scopes, c.Operator, c.KeyID = who.Tenant, who.Scopes, who.KeyName, who.KeyID
	c.Bounds, c.Role, c.Till, c.Page = who.Bounds, who.Role, who.Till, who.Page
}

// Method is one call of the definition and the function that carries it out.
type Method struct {
	Name  string
	Rule  *holdfastv1.MethodRule
	Desc  protoreflect.MethodDescriptor
	Fresh func() proto.Message
	Do    func(context.Context, *Call, proto.Message) (proto.Message, error)
	// Stream is set in place of fresh and do where the caller streams.
	Stream bool
	// Watch is set in place of do where only the answers are streamed.
	Watch func(ctx context.Context, c *Call, q proto.Message, field string) (Following, error)
	// Write is the write in a request: a batch may have it as a command. Show puts its outcome into the
	// result there; nil: the result is the changed item.
	Write func(proto.Message) Write
	Show  func(context.Context, *Job, *holdfastv1.CommandResult) error
	// Unattended reports that a call of the method does not prove that a person is there.
	Unattended bool
	// OwnKeys reports that idempotency keys are in the request: one in the header is
	// ignored.
	OwnKeys bool
	Rest    Stats
	GRPC    Stats
}

// Need is the scope that the credential must allow.
func (m *Method) Need() (scopes catalog.Scopes, known bool) {
	switch m.Rule.GetScope() {
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

// Unary makes a method of a plain function.
func Unary[Q any, R proto.Message, P interface {
	*Q
	proto.Message
}](f func(context.Context, *Call, P) (R, error)) Method {
	return Method{
		Fresh: func() proto.Message { return P(new(Q)) },
		Do: func(ctx context.Context, c *Call, q proto.Message) (proto.Message, error) {
			r, err := f(ctx, c, q.(P))
			if err != nil {
				return nil, err
			}
			return r, nil
		},
	}
}

// Streaming makes a method of a function that starts a stream. The field is where
// the caller has named the position to continue from.
func Streaming[Q any, P interface {
	*Q
	proto.Message
}](begin func(context.Context, *Call, P, string) (Following, error)) Method {
	return Method{
		Fresh: func() proto.Message { return P(new(Q)) },
		Watch: func(ctx context.Context, c *Call, q proto.Message, field string) (Following, error) {
			if err := c.Bind(c.Method, q); err != nil {
				return nil, err
			}
			return begin(ctx, c, q.(P), field)
		},
	}
}

// Writing makes a method of a write in a request, and of the function that carries it
// out and shows its outcome.
func Writing[Q any, W Write, R proto.Message, P interface {
	*Q
	proto.Message
}](carryOut func(context.Context, *Call, W) (R, error), of func(P) W) Method {
	m := Unary(func(ctx context.Context, c *Call, q P) (R, error) { return carryOut(ctx, c, of(q)) })
	m.Write = func(q proto.Message) Write { return of(q.(P)) }
	return m
}

// Shown sets how the outcome of a method's write is shown in a batch.
func Shown[W Write](m Method, show func(context.Context, W, *intake.Outcome, *holdfastv1.CommandResult) error) Method {
	m.Show = func(ctx context.Context, j *Job, out *holdfastv1.CommandResult) error {
		return show(ctx, j.Write.(W), j.Result, out)
	}
	return m
}

// Methods joins the services' functions with the definition. A method of the
// definition without a scope, roles, what a bound key may do with it, or a function
// is an error, and so is a function without a method.
func Methods(services []protoreflect.ServiceDescriptor, functions map[string]Method) (map[string]*Method, error) {
	all := map[string]*Method{}
	for md := range Definitions(services) {
		name := string(md.Name())
		m, ok := functions[name]
		if !ok {
			return nil, fmt.Errorf("method %s has no function", name)
		}
		m.Name, m.Desc, m.Rule = name, md, transcode.Method(md)
		if m.Rule.GetScope() == holdfastv1.Scope_SCOPE_UNSPECIFIED {
			return nil, fmt.Errorf("method %s declares no scope", name)
		}
		if len(m.Rule.GetRoles()) == 0 {
			return nil, fmt.Errorf("method %s does not say which roles may call it", name)
		}
		if m.Rule.GetBound() == holdfastv1.Bound_BOUND_UNSPECIFIED {
			return nil, fmt.Errorf("method %s does not say what a bound key may do with it", name)
		}
		if m.Rule.GetDryRun() && md.Output().Fields().ByName(dryRunField) == nil {
			return nil, fmt.Errorf("the answer of method %s does not show that it was a dry run", name)
		}
		m.Stream = md.IsStreamingClient()
		if do := m.Do; do != nil {
			m.Do = func(ctx context.Context, c *Call, q proto.Message) (proto.Message, error) {
				if err := c.Bind(c.Method, q); err != nil {
					return nil, err
				}
				answer, err := do(ctx, c, q)
				if c.Dry && err == nil {
					showDryRun(answer, c.preview)
				}
				return answer, err
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

// Definitions are the methods of the services.
func Definitions(services []protoreflect.ServiceDescriptor) iter.Seq[protoreflect.MethodDescriptor] {
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

// Following is a stream that has started. It is for one goroutine.
type Following interface {
	// Tell sends events until the watcher is gone or must end. It returns the watcher's
	// position, and the reason for the end.
	Tell(ctx context.Context, c *Call, out Outlet) (at feed.Cursors, err error)
	Close()
}

// Outlet is how a transport sends events to a watcher. An error means that the
// watcher is gone, or it is ErrTooSlow.
type Outlet interface {
	// Begin sends where the watch starts.
	Begin(at feed.Cursors) error
	// Send moves at past the events while it names the position of each.
	Send(ctx context.Context, at feed.Cursors, events []*feed.Event) error
	Beat(ctx context.Context, at feed.Cursors) error
	// Frame sends the state at a position. Nothing has to be sent before it.
	Frame(ctx context.Context, at feed.Cursors, m proto.Message) error
}

// ErrTooSlow says that a watcher did not read a piece within sendWait.
var ErrTooSlow = errors.New("the watcher is too slow")

// AtOnce is always ready.
var AtOnce = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
