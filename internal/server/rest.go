package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

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
	if m.watch != nil {
		buffers.Put(buf) // not kept for the length of a watch
		buf = new([]byte)
		h.events(w, r, &match)
		return
	}
	e := h.server.restEnvelope(r)
	c := call{method: m, requestID: requestID(e.requestID)}
	ending := ending{transport: "rest", stats: &m.rest, began: time.Now(), address: e.address}
	if h.server.tracer != nil {
		r, ending.span = h.server.tracer.rest(r, match.Route)
	}
	if m.rule.GetSeconds() > 0 {
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
	p := problemOf(err)
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
	c := call{requestID: requestID(header(r, "X-Request-Id"))}
	p := refuse(codeNotFound, "there is nothing at this path")
	if path == "/" {
		p.detail = "the API lies below /v1, its documents at /docs/"
	}
	if len(allow) > 0 {
		p = refuse(codeMethod, "this path takes %s", strings.Join(allow, ", "))
		p.allow = allow
	}
	h.problem(w, &c, p, buf)
	h.server.lost.note(p.code, 0)
}

func (h *rest) call(r *http.Request, m *method, match *transcode.Match, e *envelope, c *call, buf *[]byte) (answer proto.Message, err error) {
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
	request := m.fresh()
	err = h.codec.Bind(*match, r.URL.RawQuery, body, request)
	if faulty, ok := errors.AsType[transcode.CommandsError](err); ok {
		c.faulty = faulty
	} else if err != nil {
		return nil, err
	}
	return m.do(ctx, c, request)
}

// jsonBody reads the body of a call that has one.
func jsonBody(r *http.Request, m *method, buf *[]byte) ([]byte, error) {
	if err := isJSON(r); err != nil {
		return nil, err
	}
	if err := isPlain(r); err != nil {
		return nil, err
	}
	limit := m.rule.GetBodyLimit()
	if limit == 0 {
		limit = usualBody
	}
	return readBody(r, limit, buf)
}

// answer writes a success: always 200, in one piece with its length.
func (h *rest) answer(w http.ResponseWriter, c *call, m proto.Message, buf *[]byte) {
	*buf = h.codec.Append((*buf)[:0], m)
	head := w.Header()
	head["Content-Type"] = typeJSON
	if c.wrote {
		head["Holdfast-Position"] = []string{h.server.positionText(c)}
	}
	if c.replayed {
		head["Idempotency-Replayed"] = yes
	}
	if c.stale {
		head["Holdfast-Stale"] = one
	}
	h.write(w, c, http.StatusOK, *buf)
}

func (h *rest) problem(w http.ResponseWriter, c *call, p *problem, buf *[]byte) {
	*buf = h.codec.Append((*buf)[:0], p.message(c.requestID))
	head := w.Header()
	head["Content-Type"] = typeProblem
	if p.retryAfter > 0 {
		head["Retry-After"] = []string{itoa(p.retryAfter)}
	}
	if len(p.allow) > 0 {
		head["Allow"] = []string{strings.Join(p.allow, ", ")}
	}
	if p.code == codeUnauthenticated {
		head["Www-Authenticate"] = challenge
	}
	if c.replayed {
		head["Idempotency-Replayed"] = yes
	}
	if c.wrote {
		head["Holdfast-Position"] = []string{h.server.positionText(c)}
	}
	h.write(w, c, p.code.http, *buf)
}

func (h *rest) write(w http.ResponseWriter, c *call, status int, body []byte) {
	head := w.Header()
	head["X-Request-Id"] = []string{c.requestID}
	head["Content-Length"] = []string{itoa(len(body))}
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

// requestID is the caller's id of the call if it is usable, otherwise a
// new one.
func requestID(given value) string {
	if given.there && !given.twice && visible(given.text, maxRequestID) {
		return given.text
	}
	const digits = "0123456789abcdef"
	var b [16]byte
	for i, r := 0, rand.Uint64(); i < len(b); i, r = i+1, r>>4 {
		b[i] = digits[r&15]
	}
	return string(b[:])
}

// isJSON refuses bodies with another content type.
func isJSON(r *http.Request) error {
	v := header(r, "Content-Type")
	if !v.there || v.text == "application/json" {
		return nil
	}
	kind, parameters, _ := strings.Cut(v.text, ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/json") || v.twice {
		return refuse(codeMediaType, "Content-Type must be application/json")
	}
	for parameters != "" {
		var p string
		p, parameters, _ = strings.Cut(parameters, ";")
		name, set, _ := strings.Cut(strings.TrimSpace(p), "=")
		if set = strings.Trim(set, `"`); strings.EqualFold(name, "charset") && !strings.EqualFold(set, "utf-8") && !strings.EqualFold(set, "utf8") {
			return refuse(codeMediaType, "the charset must be utf-8")
		}
	}
	return nil
}

// isPlain refuses bodies that are marked as compressed: the server decompresses nothing,
// so limits hold for the bytes sent.
func isPlain(r *http.Request) error {
	v := header(r, "Content-Encoding")
	if !v.there || v.text == "" || !v.twice && strings.EqualFold(v.text, "identity") {
		return nil
	}
	return refuse(codeMediaType, "Content-Encoding must be left out: bodies are not unpacked")
}

// maxDrain is how much of a body that is too large is read and dropped. So a
// client that reads only after it has written gets its answer.
const maxDrain = 64 << 20

func readBody(r *http.Request, limit int64, buf *[]byte) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(r, limit)
	}
	b := (*buf)[:0]
	if n := int(r.ContentLength) + 1; n > cap(b) {
		b = make([]byte, 0, n) // one more, so that the end is seen without growing
	}
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		*buf = b
		if int64(len(b)) > limit {
			return nil, tooLarge(r, limit)
		}
		switch {
		case errors.Is(err, io.EOF):
			return b, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, refuse(codeTimeout, "the body came too slowly")
		case err != nil:
			return nil, invalid("", "the body ends before its length")
		}
	}
}

func tooLarge(r *http.Request, limit int64) error {
	if r.ContentLength <= maxDrain {
		// If the rest cannot be read, only the client loses by it.
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxDrain))
	}
	return refuse(codeTooLarge, "the body may have at most %d bytes", limit)
}

// panicked turns a panic into an error that does not describe it.
func (s *Server) panicked(ctx context.Context, v any) error {
	s.log.ErrorContext(ctx, "call panicked", "panic", v, "stack", string(debug.Stack()))
	return refuse(codeInternal, "the server failed; the request id names this in its log")
}

// report logs what an operator must know about a call that had no answer. If a room is
// unavailable, the room reports it, once and not for each call.
func (s *Server) report(ctx context.Context, c *call, p *problem) {
	level := slog.LevelWarn
	switch {
	case errors.Is(p.cause, context.Canceled):
		return
	case p.code == codeUnavailable:
		level = slog.LevelDebug
	case p.code != codeInternal:
		return
	}
	s.log.Log(ctx, level, "call not answered", "method", c.method.name, "code", p.code.name, "request_id", c.requestID, "err", p.cause)
}

func itoa(n int) string { return strconv.Itoa(n) }
