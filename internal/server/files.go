package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/server/imports"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/sheet"
)

// files serves the calls about files. They are plain HTTP, because files may have any
// size. Credentials, scopes, limits and errors are the same as for every call.
type files struct {
	server  *Server
	chapter *imports.Chapter // nil: there are no files
	desk    *sheet.Desk
}

// WithFiles sets the desk that imports and exports files; the server runs it. Without
// one there are no imports and exports.
func WithFiles(d *sheet.Desk) Option { return func(o *options) { o.desk = d } }

func newFiles(s *Server, desk *sheet.Desk) *files {
	f := &files{server: s, desk: desk}
	if desk != nil {
		f.chapter = imports.New(s.core, desk)
	}
	return f
}

// methods are the calls that are counted and timed.
func (f *files) methods() []*kit.Method {
	if f.chapter == nil {
		return nil
	}
	return f.chapter.Methods()
}

// findHandler returns the handler for a path, and its methods.
func (f *files) findHandler(path string) (answer http.HandlerFunc, verbs []string) {
	if f.chapter == nil {
		return nil, nil
	}
	calls := f.chapter.Find(path)
	if calls == nil {
		return nil, nil
	}
	for i := range calls {
		verbs = append(verbs, calls[i].Verb)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		f.handle(w, r, verbs, &calls[max(0, slices.Index(verbs, r.Method))])
	}, verbs
}

// plainAt returns the handler for a path outside the API's definition, nil when there is
// none, and its methods.
func (s *Server) plainAt(path string) (http.HandlerFunc, []string) {
	if plain := s.plain[path]; plain != nil {
		return plain, []string{http.MethodGet, http.MethodHead}
	}
	if answer, verbs := s.signing.findHandler(path); answer != nil {
		return answer, verbs
	}
	if answer, verbs := s.console.findHandler(path); answer != nil {
		return answer, verbs
	}
	if answer, verbs := s.store.findHandler(path); answer != nil {
		return answer, verbs
	}
	return s.files.findHandler(path)
}

// handle wraps every call about files. The path takes the verbs.
func (f *files) handle(w http.ResponseWriter, r *http.Request, verbs []string, call *kit.FileCall) {
	s, m := f.server, call.Method
	e := s.restEnvelope(r)
	c := kit.Call{Method: m, RequestID: requestID(e.requestID)}
	ending := ending{transport: "rest", stats: &m.Rest, began: time.Now(), address: e.address}
	s.inFlight.Inc()
	answerBy(w, 0)
	sent, err := f.call(w, r, verbs, call, &e, &c)
	s.inFlight.Dec()
	if err == nil {
		s.finish(r.Context(), &ending, &c, nil)
		return
	}
	p := f.explain(err)
	if !sent { // else the connection ends before the length that was announced
		answerBy(w, answerWait)
		s.handler.problem(w, &c, p, new([]byte))
	}
	s.finish(r.Context(), &ending, &c, p)
}

// call answers a call about files. Callers stay while a file is on its way, in either direction: one that may not stay
// is cut off. sent reports that the answer had begun.
func (f *files) call(w http.ResponseWriter, r *http.Request, verbs []string, call *kit.FileCall, e *envelope, c *kit.Call) (sent bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = f.server.panicked(r.Context(), v)
		}
	}()
	if r.Method != call.Verb {
		p := kit.Refuse(kit.CodeMethod, "this path takes %s", strings.Join(verbs, " and "))
		p.Allow = verbs
		return false, p
	}
	if err := f.server.admit(r.Context(), c.Method, e, c); err != nil {
		return false, err
	}
	if err := c.Bind(c.Method, nil); err != nil {
		return false, err
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	leave, err := f.server.stays.enter(ctx, e, c, cancel)
	if err != nil {
		return false, err
	}
	defer leave()
	conn := http.NewResponseController(w)
	defer hurrying(ctx, func() { // a caller that neither sends nor reads
		_ = conn.SetReadDeadline(time.Now()) // a connection without deadlines has none to set
		answerBy(w, endWait)
	})()
	if err := f.server.core.Await(ctx, c); err != nil {
		return false, err
	}
	r = r.WithContext(ctx)
	r.Body = &unhurried{r.Body, ctx, conn}
	to := &steady{ResponseWriter: w, ctx: ctx}
	answer, err := call.Do(to, r, c)
	to.limit(answerWait) // for what is left in buffers
	if p := endOf(ctx); p != nil && (err != nil || to.failed) {
		return to.sent, p
	}
	if answer == nil || err != nil {
		return to.sent, err
	}
	return true, f.server.handler.json(w, c, answer)
}

// explain turns an error about a file into the problem that the caller gets.
func (f *files) explain(err error) *kit.Problem {
	p := f.chapter.Explain(err)
	switch {
	case p != nil:
		return p
	case errors.Is(err, errCutOff):
		return kit.Invalid("", "the body ends before its length; nothing was taken in")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return kit.Refuse(kit.CodeTimeout, "the body came too slowly; nothing was taken in")
	}
	return kit.ProblemOf(err)
}

// errCutOff says that a body ended too early.
var errCutOff = errors.New("the body ends before its announced length")

// answerBy sets how long the answer may take from now on; 0 is no bound. The server's own
// bound starts at the head of the request, but the time of a file depends on its size.
func answerBy(w http.ResponseWriter, d time.Duration) {
	var by time.Time
	if d > 0 {
		by = time.Now().Add(d)
	}
	_ = http.NewResponseController(w).SetWriteDeadline(by) // a writer without deadlines has none to set
}

// answerSlowly gives a call this much time in place of the usual. It also extends the deadline for reading: when
// that passes, net/http ends the call as if the caller had gone.
func answerSlowly(w http.ResponseWriter, d time.Duration) {
	answerBy(w, d+answerWait)
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(d + answerWait)) // as with the one for writing
}

// unhurried is a body that may take any time while it makes progress: each piece has the
// time that other requests have in all.
type unhurried struct {
	io.ReadCloser
	ctx   context.Context //nolint:containedctx // that of the call whose body it is
	limit *http.ResponseController
}

// Read implements io.Reader.
func (u *unhurried) Read(p []byte) (int, error) {
	if err := u.limit.SetReadDeadline(time.Now().Add(requestWait)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	if u.ctx.Err() != nil { // after the deadline is set: the end of ctx sets another one
		return 0, context.Cause(u.ctx)
	}
	n, err := u.ReadCloser.Read(p)
	if err != nil && endOf(u.ctx) != nil {
		return n, context.Cause(u.ctx)
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrDeadlineExceeded) {
		err = errors.Join(errCutOff, err)
	}
	return n, err
}

// steady writes an answer that may take any time while the caller reads it.
type steady struct {
	http.ResponseWriter
	ctx          context.Context //nolint:containedctx // that of the call whose answer it is
	sent, failed bool
}

// WriteHeader implements http.ResponseWriter.
func (s *steady) WriteHeader(status int) {
	s.sent = true
	s.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (s *steady) Write(p []byte) (n int, err error) {
	s.limit(answerWait)
	if s.ctx.Err() != nil { // after the deadline is set: the end of ctx sets another one
		err = context.Cause(s.ctx)
	} else {
		n, err = s.ResponseWriter.Write(p)
	}
	s.limit(0) // HTTP/2 ends a stream when its deadline passes, also while nothing is written
	s.failed = s.failed || err != nil
	return n, err
}

// limit sets how long writing may take from now on, 0 is no bound; endWait when the caller may not stay.
func (s *steady) limit(d time.Duration) {
	answerBy(s.ResponseWriter, d)
	if endOf(s.ctx) != nil { // after the deadline is set: the end of ctx sets another one
		answerBy(s.ResponseWriter, endWait)
	}
}

// run runs the desk. A failed desk does not end the server.
func (f *files) run(ctx context.Context) error {
	if f.desk == nil {
		return nil
	}
	return f.desk.Run(ctx)
}
