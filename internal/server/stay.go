package server

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/server/kit"
)

const (
	// rereadSessions is how often the sessions of open streams are read again: other processes end them without
	// a word. With the time that it takes, streams end within 2 s.
	rereadSessions = time.Second
	// lookMost bounds a look at whether callers may stay.
	lookMost = time.Second
	// endWait is how long a stream that must end may take to send the rest of what it has begun to send.
	endWait = 500 * time.Millisecond
)

// stays are the callers that were let in and stay: those of streams, and of files on their way. One place hears
// that keys, sessions, roles, tenants or settings have changed, asks for each of them whether it would be let in
// again, and ends those that would not.
type stays struct {
	server *Server

	mu   sync.Mutex
	open map[*stay]struct{}
}

// stay is a caller that was let in and stays.
type stay struct {
	envelope envelope
	method   *kit.Method
	rights   kit.Rights // with which it was let in
	end      context.CancelCauseFunc
}

func newStays(s *Server) *stays { return &stays{server: s, open: map[*stay]struct{}{}} }

// enter has end called, with a *problem, when the caller c would not be let in again with the envelope. It returns
// the problem if that is so already. leave must be called when the caller is gone.
func (s *stays) enter(ctx context.Context, e *envelope, c *kit.Call, end context.CancelCauseFunc) (leave func(), err error) {
	st := &stay{envelope: e.kept(), end: end}
	st.method, st.rights = c.Method, c.Rights
	s.mu.Lock()
	s.open[st] = struct{}{}
	s.mu.Unlock()
	leave = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, st)
	}
	// Nobody else looks for a change between admit and here.
	if err := st.again(ctx, s.server); err != nil && !isUnavailable(err) {
		leave()
		return nil, err
	}
	return leave, nil
}

// run asks for all callers after each change, and for those with sessions now and then, until ctx ends.
func (s *stays) run(ctx context.Context) error {
	if s.server.keys == nil { // nobody is let in
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(rereadSessions)
	defer tick.Stop()
	asked := false // whether there was an answer for all since the last change
	changed := s.server.keys.AccessChanged()
	for {
		asked = s.look(ctx, !asked)
		select {
		case <-changed:
			changed = s.server.keys.AccessChanged() // before the look: a change during it rings
			asked = false
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// look asks for all callers, or for those with sessions. It reports whether there was an answer for all of them.
func (s *stays) look(ctx context.Context, all bool) bool {
	ctx, cancel := context.WithTimeout(ctx, lookMost)
	defer cancel()
	asked := s.pick(all)
	var tokens []string
	for _, st := range asked {
		if st.rights.SignedIn {
			tokens = append(tokens, st.envelope.browser.token)
		}
	}
	answered := true
	if len(tokens) > 0 {
		answered = s.server.sessions.RereadSessions(ctx, tokens) == nil
	}
	for _, st := range asked {
		if st.rights.SignedIn && !answered {
			continue
		}
		err := st.again(ctx, s.server)
		if err != nil && isUnavailable(err) {
			// Unknown is no end: a database that is away for a while does not end all streams. The other
			// callers would wait for it one after the other.
			return false
		}
		if err != nil {
			st.end(err)
		}
	}
	return answered
}

// pick returns all callers, or those with sessions.
func (s *stays) pick(all bool) []*stay {
	s.mu.Lock()
	defer s.mu.Unlock()
	var some []*stay
	for st := range s.open {
		if all || st.rights.SignedIn {
			some = append(some, st)
		}
	}
	return some
}

// readmit lets a caller in again that was let in with these rights. It returns the problem if it would not be let
// in, or with other rights.
func readmit(ctx context.Context, s *Server, e *envelope, m *kit.Method, was *kit.Rights, now *kit.Call) error {
	err := s.allow(ctx, m, e, now)
	if err == nil && !sameRights(&now.Rights, was) {
		return kit.Refuse(kit.CodeDenied, "what the %s may do has changed: begin again", credential(now))
	}
	if err == nil || isUnavailable(err) {
		return err
	}
	p := *kit.ProblemOf(err)
	switch {
	case p.Code == kit.CodeUnauthenticated && !was.SignedIn:
		p.Detail = "the key is no longer valid: begin again with a valid key"
	case p.Code == kit.CodeDenied:
		p.Detail = "what the caller may do has changed, " + p.Detail + ": begin again"
	}
	return &p
}

// equal reports whether two credentials give the same.
func sameRights(r *kit.Rights, other *kit.Rights) bool {
	return r.Bounds == other.Bounds && *r == *other || reflect.DeepEqual(r, other)
}

// again is readmit.
func (st *stay) again(ctx context.Context, s *Server) error {
	return readmit(ctx, s, &st.envelope, st.method, &st.rights, new(kit.Call))
}

func isUnavailable(err error) bool {
	return kit.ProblemOf(err).Code == kit.CodeUnavailable || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// endOf is the problem for which a caller may not stay; nil: ctx has not ended, or for another reason.
func endOf(ctx context.Context) *kit.Problem {
	p, _ := errors.AsType[*kit.Problem](context.Cause(ctx))
	return p
}

// hurrying calls hurry when ctx ends because its caller may not stay. The function that it returns must be called
// before what hurry uses is gone: it waits for a call under way.
func hurrying(ctx context.Context, hurry func()) (stop func()) {
	done := make(chan struct{})
	unused := context.AfterFunc(ctx, func() {
		defer close(done)
		if endOf(ctx) != nil {
			hurry()
		}
	})
	return func() {
		if !unused() {
			<-done
		}
	}
}

// kept is what readmit needs of an envelope, without the rest of its request.
func (e *envelope) kept() envelope {
	address := ""
	if e.address != nil {
		address = e.address()
	}
	clone := func(v value) value { return value{text: strings.Clone(v.text), there: v.there, twice: v.twice} }
	return envelope{
		authorization: clone(e.authorization), tenant: clone(e.tenant),
		browser: browser{token: strings.Clone(e.browser.token), still: true},
		address: func() string { return address },
		again:   true,
	}
}
