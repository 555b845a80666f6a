package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/transcode"

	"google.golang.org/protobuf/proto"
)

// usualBody is how large a REST body may be where the definition sets no bound.
const usualBody = 1 << 20

// rest answers REST calls.
type rest struct {
	server *Server
	router *transcode.Router
	codec  *transcode.Codec
}

// maxPooled bounds the buffers that are kept for reuse.
const maxPooled = 1 << 20

var buffers = sync.Pool{New: func() any {
	b := make([]byte, 0, 4096)
	return &b
}}

// ServeHTTP answers a call of the contract, or one of the few other paths.
func (h *rest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	buf := buffers.Get().(*[]byte)
	defer func() {
		if cap(*buf) <= maxPooled {
			*buf = (*buf)[:0]
			buffers.Put(buf)
		}
	}()
	r = h.server.paths.stripPrefix(r)
	path := r.URL.EscapedPath()
	h.server.guard(w.Header())
	match, allow := h.router.Find(r.Method, path)
	if h.server.origins != nil && !isConsole(path) && !isStore(path) && h.crossOrigin(w, r, path, allow) {
		return
	}
	if match.Route == nil {
		h.server.guardPage(w.Header(), path)
		if plain, _ := h.server.plainAt(path); plain != nil {
			plain(w, r)
			return
		}
		h.refuseUnknown(w, r, path, allow, buf)
		return
	}
	m := h.server.methods[string(match.Route.Method.Name())]
	if m.Watch != nil {
		buffers.Put(buf) // not kept for the length of a watch
		buf = new([]byte)
		h.events(w, r, &match)
		return
	}
	e := h.server.restEnvelope(r)
	e.query, e.dryRun = takeDryRun(r.URL.RawQuery)
	c := kit.Call{Method: m, RequestID: requestID(e.requestID)}
	ending := ending{transport: "rest", stats: &m.Rest, began: time.Now(), address: e.address}
	if h.server.tracer != nil {
		r, ending.span = h.server.tracer.rest(r, match.Route)
	}
	if m.Rule.GetSeconds() > 0 {
		answerSlowly(w, h.server.patience(m))
	}
	h.server.inFlight.Inc()
	answer, err := h.call(r, m, &match, &e, &c, buf)
	h.server.inFlight.Dec()
	if err == nil {
		h.answer(w, &c, answer, buf)
		h.server.finish(r.Context(), &ending, &c, nil)
		return
	}
	p := kit.ProblemOf(err)
	h.problem(w, &c, p, buf)
	h.server.finish(r.Context(), &ending, &c, p)
}

// crossOrigin says what a page of another origin may do, and answers when the request
// asks nothing more.
func (h *rest) crossOrigin(w http.ResponseWriter, r *http.Request, path string, methods []string) bool {
	allowed := h.server.origins.admit(w.Header(), r.Header)
	plain, takes := h.server.plainAt(path)
	if !preflight(r) || plain == nil && len(methods) == 0 {
		return false
	}
	if len(methods) == 0 {
		methods = takes
	}
	h.server.origins.answer(w, allowed, methods)
	return true
}

// refuseUnknown answers where there is no endpoint, or not for this method.
func (h *rest) refuseUnknown(w http.ResponseWriter, r *http.Request, path string, allow []string, buf *[]byte) {
	c := kit.Call{RequestID: requestID(header(r, "X-Request-Id"))}
	p := kit.Refuse(kit.CodeNotFound, "there is nothing at this path")
	if path == "/" {
		p.Detail = "the API lies below /v1, its documents at /docs/"
	}
	if len(allow) > 0 {
		p = kit.Refuse(kit.CodeMethod, "this path takes %s", strings.Join(allow, ", "))
		p.Allow = allow
	}
	h.problem(w, &c, p, buf)
	h.server.lost.Note(p.Code, 0)
}

func (h *rest) call(r *http.Request, m *kit.Method, match *transcode.Match, e *envelope, c *kit.Call, buf *[]byte) (answer proto.Message, err error) {
	defer func() {
		if v := recover(); v != nil {
			answer, err = nil, h.server.panicked(r.Context(), v)
		}
	}()
	ctx, cancel := context.WithTimeout(r.Context(), h.server.patience(m))
	defer cancel()
	if err := h.server.admit(ctx, m, e, c); err != nil {
		return nil, err
	}
	var body []byte
	if match.Route.TakesBody() {
		if body, err = jsonBody(r, m, buf); err != nil {
			return nil, err
		}
	}
	request := m.Fresh()
	err = h.codec.Bind(*match, e.query, body, request)
	if faulty, ok := errors.AsType[transcode.CommandsError](err); ok {
		c.Faulty = faulty
	} else if err != nil {
		return nil, err
	}
	return m.Do(ctx, c, request)
}

// jsonBody reads the body of a call that has one.
func jsonBody(r *http.Request, m *kit.Method, buf *[]byte) ([]byte, error) {
	if err := kit.IsJSON(r); err != nil {
		return nil, err
	}
	if err := kit.IsPlain(r); err != nil {
		return nil, err
	}
	limit := m.Rule.GetBodyLimit()
	if limit == 0 {
		limit = usualBody
	}
	return kit.ReadBody(r, limit, buf)
}

// answer writes a success: always 200, in one piece with its length.
func (h *rest) answer(w http.ResponseWriter, c *kit.Call, m proto.Message, buf *[]byte) {
	*buf = h.codec.Append((*buf)[:0], m)
	head := w.Header()
	head["Content-Type"] = typeJSON
	if c.Wrote {
		head["Holdfast-Position"] = []string{h.server.core.PositionText(c)}
	}
	if c.Replayed {
		head["Idempotency-Replayed"] = yes
	}
	if c.Stale {
		head["Holdfast-Stale"] = one
	}
	h.write(w, c, http.StatusOK, *buf)
}

// json answers with JSON that has no message.
func (h *rest) json(w http.ResponseWriter, c *kit.Call, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	head := w.Header()
	head["Content-Type"] = typeJSON
	if c.Replayed {
		head["Idempotency-Replayed"] = yes
	}
	h.write(w, c, http.StatusOK, body)
	return nil
}

func (h *rest) problem(w http.ResponseWriter, c *kit.Call, p *kit.Problem, buf *[]byte) {
	*buf = h.codec.Append((*buf)[:0], p.Message(c.RequestID))
	head := w.Header()
	head["Content-Type"] = typeProblem
	if p.RetryAfter > 0 {
		head["Retry-After"] = []string{kit.Itoa(p.RetryAfter)}
	}
	if len(p.Allow) > 0 {
		head["Allow"] = []string{strings.Join(p.Allow, ", ")}
	}
	if p.Code == kit.CodeUnauthenticated {
		head["Www-Authenticate"] = challenge
	}
	if c.Replayed {
		head["Idempotency-Replayed"] = yes
	}
	if c.Wrote {
		head["Holdfast-Position"] = []string{h.server.core.PositionText(c)}
	}
	h.write(w, c, p.Code.HTTP, *buf)
}

func (h *rest) write(w http.ResponseWriter, c *kit.Call, status int, body []byte) {
	head := w.Header()
	head["X-Request-Id"] = []string{c.RequestID}
	head["Content-Length"] = []string{kit.Itoa(len(body))}
	w.WriteHeader(status)
	// An error here means that the caller is gone: there is nobody to report it to.
	_, _ = w.Write(body)
}

// Values of headers that are always the same. They are never changed.
var (
	typeJSON    = []string{"application/json"}
	typeProblem = []string{"application/problem+json"}
	challenge   = []string{"Bearer"}
	yes         = []string{"true"}
	one         = []string{"1"}
)

func (s *Server) restEnvelope(r *http.Request) envelope {
	return envelope{
		authorization: header(r, "Authorization"),
		tenant:        header(r, "X-Holdfast-Tenant"),
		key:           header(r, "Idempotency-Key"),
		operator:      header(r, "X-Holdfast-Operator"),
		after:         header(r, "Holdfast-After"),
		requestID:     header(r, "X-Request-Id"),
		misnamed:      slices.ContainsFunc(dryRunHeaders, func(name string) bool { return header(r, name).there }),
		browser:       s.paths.browserOf(r),
		address:       func() string { return s.paths.proxies.client(r.RemoteAddr, r.Header["X-Forwarded-For"]) },
	}
}

// header reads a header by its canonical name.
func header(r *http.Request, name string) value {
	v := r.Header[name]
	if len(v) == 0 {
		return value{}
	}
	return value{text: v[0], there: true, twice: len(v) > 1}
}

// kit.RequestID is the caller's id of the call if it is usable, otherwise a
// new one.
func requestID(given value) string {
	if given.there && !given.twice && kit.Visible(given.text, maxRequestID) {
		return given.text
	}
	const digits = "0123456789abcdef"
	var b [16]byte
	for i, r := 0, rand.Uint64(); i < len(b); i, r = i+1, r>>4 {
		b[i] = digits[r&15]
	}
	return string(b[:])
}

// panicked turns a panic into an error that does not describe it.
func (s *Server) panicked(ctx context.Context, v any) error {
	s.core.Log.ErrorContext(ctx, "call panicked", "panic", v, "stack", string(debug.Stack()))
	return kit.Refuse(kit.CodeInternal, "the server failed; the request id names this in its log")
}

// report logs what an operator must know about a call that had no answer. If a room is
// unavailable, the room reports it, once and not for each call.
func (s *Server) report(ctx context.Context, c *kit.Call, p *kit.Problem) {
	level := slog.LevelWarn
	switch {
	case errors.Is(p.Cause, context.Canceled):
		return
	case p.Code == kit.CodeUnavailable:
		level = slog.LevelDebug
	case p.Code != kit.CodeInternal:
		return
	}
	s.core.Log.Log(ctx, level, "call not answered", "method", c.Method.Name, "code", p.Code.Name, "request_id", c.RequestID, "err", p.Cause)
}
