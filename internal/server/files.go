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

// files serves imports and exports: plain HTTP, because what travels are files
// of any size. Credentials, scopes, limits and errors are those of every call.
type files struct {
	server *Server
	desk   *sheet.Desk

	take, list, show, result, give *method
}

// WithFiles sets the desk that takes files in and gives them out; it is run
// with the server. Without one there are no imports and exports.
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

// methods are what is counted and timed.
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

// at returns what answers at a path, and the methods that it takes.
func (f *files) at(path string) (answer http.HandlerFunc, verbs []string) {
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

// plainAt returns what answers at a path that is not of the contract's
// definition, nil when nothing does, and the methods that it takes.
func (s *Server) plainAt(path string) (http.HandlerFunc, []string) {
	if plain := s.plain[path]; plain != nil {
		return plain, []string{http.MethodGet, http.MethodHead}
	}
	if answer, verbs := s.signing.at(path); answer != nil {
		return answer, verbs
	}
	if answer, verbs := s.console.at(path); answer != nil {
		return answer, verbs
	}
	if answer, verbs := s.store.at(path); answer != nil {
		return answer, verbs
	}
	return s.files.at(path)
}

// fileCall answers a call, or returns why not, before anything is written.
type fileCall func(w http.ResponseWriter, r *http.Request, c *call) error

// handle is what every call about files goes through. The first of the verbs is the call's,
// the others are what its path takes too.
func (f *files) handle(verbs []string, m *method, do fileCall) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := f.server
		e := s.restEnvelope(r)
		c := call{method: m, requestID: requestID(e.requestID)}
		ending := ending{transport: "rest", stats: &m.rest, began: time.Now(), address: e.address}
		s.inFlight.Inc()
		answerBy(w, 0)
		err := f.call(verbs, &e, do, w, r, &c)
		s.inFlight.Dec()
		if err == nil {
			s.finish(r.Context(), &ending, &c, nil)
			return
		}
		p := ofFile(err)
		answerBy(w, answerWait)
		var buf []byte
		s.handler.problem(w, &c, p, &buf)
		s.finish(r.Context(), &ending, &c, p)
	}
}

func (f *files) call(verbs []string, e *envelope, do fileCall, w http.ResponseWriter, r *http.Request, c *call) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = f.server.panicked(r.Context(), v)
		}
	}()
	if r.Method != verbs[0] {
		p := refuse(codeMethod, "this path takes %s", strings.Join(verbs, " and "))
		p.allow = verbs
		return p
	}
	if err := f.server.admit(r.Context(), c.method, e, c); err != nil {
		return err
	}
	if err := c.bind(c.method, nil); err != nil {
		return err
	}
	if err := f.server.await(r.Context(), c); err != nil {
		return err
	}
	return do(w, r, c)
}

// ofFile turns an error about a file into the problem that the caller gets.
func ofFile(err error) *problem {
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

// errCutOff says that a body broke off.
var errCutOff = errors.New("the body breaks off")

// answerBy sets how long the answer may take from now on; 0 is no bound. The
// server's own is counted from the head of the request, and a file takes as
// long as it is.
func answerBy(w http.ResponseWriter, d time.Duration) {
	var by time.Time
	if d > 0 {
		by = time.Now().Add(d)
	}
	_ = http.NewResponseController(w).SetWriteDeadline(by) // a writer without deadlines has none to set
}

// answerSlowly gives a call this long in place of what others have. The deadline for reading is put off too: when
// it passes, net/http ends the call as if the caller had gone.
func answerSlowly(w http.ResponseWriter, d time.Duration) {
	answerBy(w, d+answerWait)
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(d + answerWait)) // as with the one for writing
}

// unhurried is a body that may take as long as it comes at all: each piece has
// the time that other requests have as a whole.
type unhurried struct {
	body  io.Reader
	limit *http.ResponseController
}

// Read implements io.Reader.
func (u *unhurried) Read(p []byte) (int, error) {
	if err := u.limit.SetReadDeadline(time.Now().Add(requestWait)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := u.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrDeadlineExceeded) {
		err = errors.Join(errCutOff, err)
	}
	return n, err
}

// steady writes an answer that may take as long as it is taken at all.
type steady struct{ to http.ResponseWriter }

// Write implements io.Writer.
func (s steady) Write(p []byte) (int, error) {
	answerBy(s.to, answerWait)
	return s.to.Write(p)
}

// parameters reads the query of a call about files.
type parameters struct {
	values url.Values
	f      form
}

// readParameters refuses what is unknown and what is there twice.
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

// pick is one of the allowed words; the first of them when none is given and
// none is required.
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

// run runs the desk; one that fails does not end the server.
func (f *files) run(ctx context.Context) error {
	if f == nil {
		return nil
	}
	return f.desk.Run(ctx)
}
