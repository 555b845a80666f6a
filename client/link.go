package client

import (
	"context"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// link is the connection to the server. Calls wait for it before they are sent. So
// a caller that gives up while the server is away knows that nothing has happened.
type link struct {
	conn *grpc.ClientConn
	why  atomic.Pointer[string] // why there was no connection at the last check
}

// isReady reports whether a call can be sent now.
func (l *link) isReady() bool { return sends(l.conn.GetState()) }

// sends reports that a call in this state is sent, or fails at once with the reason.
func sends(state connectivity.State) bool {
	return state == connectivity.Ready || state == connectivity.Shutdown
}

// wait waits until a call can be sent and reports whether it can; false when
// ctx has ended.
func (l *link) wait(ctx context.Context) bool {
	for {
		// One check per round: a change after it ends the wait below.
		state := l.conn.GetState()
		switch {
		case sends(state):
			return true
		case state == connectivity.Idle:
			l.conn.Connect()
		case state == connectivity.TransientFailure:
			l.ask(ctx)
		}
		if !l.conn.WaitForStateChange(ctx, state) {
			return false
		}
	}
}

// ask finds out why there is no connection: gRPC reports the reason only to a call.
func (l *link) ask(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err := grpc_health_v1.NewHealthClient(l.conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err != nil && ctx.Err() == nil {
		why := status.Convert(err).Message()
		l.why.Store(&why)
	}
}

// newNotSent returns the error of a call whose context ended while it waited to be sent.
func (l *link) newNotSent() *Error {
	e := &Error{Code: CodeUnavailable, Detail: "nothing was sent: others came first", again: true}
	if l.isReady() {
		return e
	}
	e.Detail = "nothing was sent: no connection to the server"
	if why := l.why.Load(); why != nil {
		e.Detail += " (" + *why + ")"
	}
	return e
}
