package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/nearest"
	"holdfast.dev/holdfast/internal/sheet"
)

// files serves imports and exports. They are plain HTTP, because files may have any
// size. Credentials, scopes, limits and errors are the same as for every call.
type files struct {
	server *Server
	desk   *sheet.Desk

	take, list, show, result, give *method
}

// WithFiles sets the desk that imports and exports files; the server runs it. Without
// one there are no imports and exports.
func WithFiles(d *sheet.Desk) Option { return func(o *options) { o.desk = d } }

func newFiles(s *Server, desk *sheet.Desk) *files {
	if desk == nil {
		return nil
	}
	admin := func(name string, write bool, bound holdfastv1.Bound) *method {
		return &method{name: name, rule: &holdfastv1.MethodRule{
			Scope: holdfastv1.Scope_SCOPE_ADMIN, Write: write, Bound: bound, Channels: bound == holdfastv1.Bound_BOUND_FILTER,
		}}
	}
	const refused, filter = holdfastv1.Bound_BOUND_REFUSED, holdfastv1.Bound_BOUND_FILTER
	return &files{
		server: s, desk: desk,
		take: admin("ImportFile", true, refused), list: admin("ListImports", false, refused), show: admin("GetImport", false, refused),
		result: admin("GetImportResult", false, refused), give: admin("ExportFile", false, filter),
	}
}

// methods are the calls that are counted and timed.
func (f *files) methods() []*method {
	if f == nil {
		return nil
	}
	return []*method{f.take, f.list, f.show, f.result, f.give}
}

// The paths of files.
const (
	importsPath = "/v1/imports"
	exportsPath = "/v1/exports"
)

// findHandler returns the handler for a path, and its methods.
func (f *files) findHandler(path string) (answer http.HandlerFunc, verbs []string) {
	if f == nil {
		return nil, nil
	}
	get := []string{http.MethodGet}
	id, under := strings.CutPrefix(path, importsPath+"/")
	id, ofResult := strings.CutSuffix(id, "/result")
	switch {
	case path == importsPath:
		verbs = []string{http.MethodPost, http.MethodGet}
		list, take := f.handle(get, f.list, f.listImports), f.handle(verbs, f.take, f.importFile)
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				list(w, r)
				return
			}
			take(w, r)
		}, verbs
	case path == exportsPath:
		return f.handle(get, f.give, f.exportFile), get
	case !under || id == "" || strings.Contains(id, "/"):
		return nil, nil
	case ofResult:
		return f.handle(get, f.result, f.importResult(id)), get
	}
	return f.handle(get, f.show, f.showImport(id)), get
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

// fileCall answers a call, or returns why not, before anything is written.
type fileCall func(w http.ResponseWriter, r *http.Request, c *call) error

// handle wraps every call about files. The first of the verbs is the call's; the path
// accepts the others too.
func (f *files) handle(verbs []string, m *method, do fileCall) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := f.server
		e := s.restEnvelope(r)
		c := call{method: m, requestID: requestID(e.requestID)}
		ending := ending{transport: "rest", stats: &m.rest, began: time.Now(), address: e.address}
		s.inFlight.Inc()
		answerBy(w, 0)
		sent, err := f.call(verbs, &e, do, w, r, &c)
		s.inFlight.Dec()
		if err == nil {
			s.finish(r.Context(), &ending, &c, nil)
			return
		}
		p := explainFile(err)
		if sent { // the connection ends before the length that was announced
			s.finish(r.Context(), &ending, &c, p)
			return
		}
		answerBy(w, answerWait)
		var buf []byte
		s.handler.problem(w, &c, p, &buf)
		s.finish(r.Context(), &ending, &c, p)
	}
}

// call answers a call about files. Callers stay while a file is on its way, in either direction: one that may not stay
// is cut off. sent reports that the answer had begun.
func (f *files) call(verbs []string, e *envelope, do fileCall, w http.ResponseWriter, r *http.Request, c *call) (sent bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = f.server.panicked(r.Context(), v)
		}
	}()
	if r.Method != verbs[0] {
		p := refuse(codeMethod, "this path takes %s", strings.Join(verbs, " and "))
		p.allow = verbs
		return false, p
	}
	if err := f.server.admit(r.Context(), c.method, e, c); err != nil {
		return false, err
	}
	if err := c.bind(c.method, nil); err != nil {
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
		_ = conn.SetWriteDeadline(time.Now().Add(endWait))
	})()
	if err := f.server.await(ctx, c); err != nil {
		return false, err
	}
	began := &begun{ResponseWriter: w}
	err = do(began, r.WithContext(ctx), c)
	if p := endOf(ctx); p != nil && err != nil {
		err = p
	}
	return began.sent, err
}

// begun notices that an answer has begun.
type begun struct {
	http.ResponseWriter
	sent bool
}

func (b *begun) WriteHeader(status int) {
	b.sent = true
	b.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find what it needs.
func (b *begun) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// explainFile turns an error about a file into the problem that the caller gets.
func explainFile(err error) *problem {
	var flaw *sheet.Flaw
	switch {
	case errors.As(err, &flaw):
		return invalid("", "%s", flaw.Error())
	case errors.Is(err, sheet.ErrTooLarge):
		return refuse(codeTooLarge, "the file may have at most %d bytes", int64(sheet.MaxBody))
	case errors.Is(err, sheet.ErrConflict):
		return refuse(codeKeyReused, "the Idempotency-Key was used for another import")
	case errors.Is(err, sheet.ErrInProgress):
		return refuse(codeInProgress, "the import is under way")
	case errors.Is(err, sheet.ErrUnknown):
		return refuse(codeNotFound, "there is no such import, or its result is not kept any more")
	case errors.Is(err, sheet.ErrTooMany):
		p := refuse(codeRate, "%s", err)
		p.retryAfter = 5
		return p
	case errors.Is(err, sheet.ErrChanging):
		return unavailable(err.Error(), err)
	case errors.Is(err, errCutOff):
		return invalid("", "the body ends before its length; nothing was taken in")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(codeTimeout, "the body came too slowly; nothing was taken in")
	}
	return problemOf(err)
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
	ctx   context.Context //nolint:containedctx // that of the call whose body it is
	body  io.Reader
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
	n, err := u.body.Read(p)
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
	ctx context.Context //nolint:containedctx // that of the call whose answer it is
	to  http.ResponseWriter
}

// Write implements io.Writer.
func (s steady) Write(p []byte) (int, error) {
	answerBy(s.to, answerWait)
	if s.ctx.Err() != nil { // after the deadline is set: the end of ctx sets another one
		return 0, context.Cause(s.ctx)
	}
	return s.to.Write(p)
}

// parameters reads the query of a call about files.
type parameters struct {
	values url.Values
	f      requestForm
}

// readParameters refuses unknown and repeated parameters.
func readParameters(r *http.Request, known ...string) (*parameters, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalid("", "the query cannot be read")
	}
	p := &parameters{values: values}
	for name, list := range values {
		switch {
		case !slices.Contains(known, name):
			p.f.refuse(name, "is no parameter of this path"+nearest.Hint(name, known)+"; the known ones are "+strings.Join(known, ", "))
		case len(list) > 1:
			p.f.refuse(name, "is there twice")
		}
	}
	return p, p.f.err()
}

// pick returns one of the allowed words. When none is given and none is required, it
// returns the first of them.
func pick[T ~string](p *parameters, name string, required bool, allowed ...T) T {
	given := p.values.Get(name)
	words := make([]string, len(allowed))
	for i, a := range allowed {
		if words[i] = string(a); given == words[i] {
			return a
		}
	}
	if given != "" || required {
		p.f.refuse(name, mustBe(given, slices.DeleteFunc(words, func(w string) bool { return w == "" })))
	}
	return allowed[0]
}

// moment is a time in RFC 3339; 0 for none.
func (p *parameters) moment(name string) (t time.Time) {
	text := p.values.Get(name)
	if text == "" {
		return t
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		p.f.refuse(name, "must be a time such as 2026-01-31T12:00:00Z")
	}
	return t
}

// run runs the desk. A failed desk does not end the server.
func (f *files) run(ctx context.Context) error {
	if f == nil {
		return nil
	}
	return f.desk.Run(ctx)
}
