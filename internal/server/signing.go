package server

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/signin"
)

// signing serves the calls of browsers about their sessions.
type signing struct {
	server  *Server
	chapter *signin.Chapter
}

// WithSignOn sets where people can sign in to the console without a key. The default is nowhere.
func WithSignOn(p signin.SignOn) Option { return func(o *options) { o.signOn = p } }

func newSigning(s *Server, people signin.SignOn, publicRate float64) *signing {
	rate := float64(signin.Rate)
	if publicRate > 0 {
		rate = min(rate, publicRate)
	}
	return &signing{s, signin.New(s.core, s.keys, s.sessions, people, newVisitors(rate, maxVisitors).allow)}
}

// findHandler returns the handler for a path, nil when there is none, and its verbs.
func (g *signing) findHandler(path string) (http.HandlerFunc, []string) {
	if path == signin.OptionsPath {
		return g.options, readingVerbs
	}
	calls := g.chapter.Find(path)
	if calls == nil {
		return nil, nil
	}
	var verbs []string
	for i := range calls {
		verbs = append(verbs, calls[i].Verb)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		i := slices.Index(verbs, r.Method)
		switch {
		case i < 0:
			g.server.handler.refuseUnknown(w, r, path, verbs, new([]byte))
		case calls[i].Lead != nil:
			g.navigate(w, r, &calls[i])
		default:
			g.handle(w, r, calls[i].Method, func(ctx context.Context, w http.ResponseWriter, r *http.Request, e *envelope, c *kit.Call) (any, error) {
				return calls[i].Do(ctx, w, r, g.browser(r, e), c)
			})
		}
	}, verbs
}

// browser is what the chapter learns of a browser.
func (g *signing) browser(r *http.Request, e *envelope) *signin.Browser {
	p := &g.server.paths
	return &signin.Browser{
		Token: e.browser.token, Prefix: p.prefixOf(r), Host: cmp.Or(p.forwarded(r, "X-Forwarded-Host"), r.Host), Secure: p.secure(r), Known: p.knows(r), Address: e.address,
		Session: func(ctx context.Context) (catalog.Session, error) { return g.find(ctx, e) },
	}
}

// options lists the ways to sign in.
func (g *signing) options(w http.ResponseWriter, r *http.Request) {
	if reading(w, r) {
		g.answer(w, requestID(header(r, "X-Request-Id")), g.chapter.Options())
	}
}

// signCall answers a call about a session: with the value that it returns, with 204 when that is
// nil, or with an error.
type signCall func(ctx context.Context, w http.ResponseWriter, r *http.Request, e *envelope, c *kit.Call) (any, error)

// handle wraps every call about a session.
func (g *signing) handle(w http.ResponseWriter, r *http.Request, m *kit.Method, do signCall) {
	s := g.server
	e := s.restEnvelope(r)
	c := kit.Call{Method: m, RequestID: requestID(e.requestID)}
	ending := ending{transport: "rest", stats: &m.Rest, began: time.Now(), address: e.address}
	s.inFlight.Inc()
	answer, err := g.call(w, r, &e, &c, do)
	s.inFlight.Dec()
	if err != nil {
		p := kit.ProblemOf(err)
		s.handler.problem(w, &c, p, new([]byte))
		s.finish(r.Context(), &ending, &c, p)
		return
	}
	if answer == nil {
		w.Header()["X-Request-Id"] = []string{c.RequestID}
		w.WriteHeader(http.StatusNoContent)
	} else {
		g.answer(w, c.RequestID, answer)
	}
	s.finish(r.Context(), &ending, &c, nil)
}

func (g *signing) call(w http.ResponseWriter, r *http.Request, e *envelope, c *kit.Call, do signCall) (answer any, err error) {
	defer func() {
		if v := recover(); v != nil {
			answer, err = nil, g.server.panicked(r.Context(), v)
		}
	}()
	ctx, cancel := context.WithTimeout(r.Context(), g.server.deadline)
	defer cancel()
	if g.server.sessions == nil {
		return nil, kit.Unavailable("this server has no sessions", nil)
	}
	if !g.server.paths.ownOrigin(r) {
		return nil, kit.Refuse(kit.CodeDenied, "a page of another origin may not use the session")
	}
	return do(ctx, w, r, e, c)
}

func (g *signing) answer(w http.ResponseWriter, id string, answer any) {
	if err := g.server.handler.json(w, &kit.Call{RequestID: id}, answer); err != nil {
		panic(err) // they are texts and numbers
	}
}

// navigate wraps every navigation for a sign-in.
func (g *signing) navigate(w http.ResponseWriter, r *http.Request, call *signin.Call) {
	s, m := g.server, call.Method
	e := s.restEnvelope(r)
	b := g.browser(r, &e)
	c := kit.Call{Method: m, RequestID: requestID(e.requestID)}
	ending := ending{transport: "rest", stats: &m.Rest, began: time.Now(), address: e.address}
	s.inFlight.Inc()
	to, back, err := g.lead(w, r, b, &c, call)
	s.inFlight.Dec()
	w.Header()["Referrer-Policy"] = noReferrer // the address has a code
	w.Header()["X-Request-Id"] = []string{c.RequestID}
	if err == nil {
		http.Redirect(w, r, to, http.StatusFound)
		s.finish(r.Context(), &ending, &c, nil)
		return
	}
	code, page := g.chapter.Fault(w, r, b, &c, err, back)
	s.handler.write(w, &c, code.HTTP, page)
	p := &kit.Problem{Code: code, Detail: err.Error(), Cause: err}
	if code != kit.CodeDenied { // of which finish tells
		s.audit.noteRefusal(r.Context(), &ending, &c, p)
	}
	s.finish(r.Context(), &ending, &c, p)
}

func (g *signing) lead(w http.ResponseWriter, r *http.Request, b *signin.Browser, c *kit.Call, call *signin.Call) (to, back string, err error) {
	defer func() {
		if v := recover(); v != nil {
			to, back, err = "", "", g.server.panicked(r.Context(), v)
		}
	}()
	ctx, cancel := context.WithTimeout(r.Context(), g.server.deadline)
	defer cancel()
	return call.Lead(ctx, w, r, b, c)
}
