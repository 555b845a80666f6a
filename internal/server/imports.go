package server

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"holdfast.dev/holdfast/internal/sheet"
)

// maxWait is how long a call may wait for an import to end.
const maxWait = 30

// importAnswer is an import in the form of the API.
type importAnswer struct {
	ImportID   string      `json:"import_id"`
	Kind       sheet.Kind  `json:"kind"`
	Mode       string      `json:"mode"`
	DryRun     bool        `json:"dry_run"`
	State      sheet.State `json:"state"`
	Format     string      `json:"format,omitempty"`
	Encoding   string      `json:"encoding,omitempty"`
	Rows       int64       `json:"rows"`
	Done       int64       `json:"done"`
	Applied    int64       `json:"applied"`
	Unchanged  int64       `json:"unchanged"`
	Refused    int64       `json:"refused"`
	AcceptedAt string      `json:"accepted_at"`
	StartedAt  string      `json:"started_at,omitempty"`
	FinishedAt string      `json:"finished_at,omitempty"`
	// Result is the path of the list of refused rows, once it is complete.
	Result  string      `json:"result,omitempty"`
	Problem *sheet.Flaw `json:"problem,omitempty"`
}

// The modes of an import.
const (
	eachRow = "each"
	allRows = "all"
)

func renderImport(j *sheet.Job) *importAnswer {
	a := &importAnswer{
		ImportID: j.ID, Kind: j.Kind, Mode: eachRow, DryRun: j.DryRun, State: j.State,
		Format: string(j.FoundFormat), Encoding: string(j.FoundEncoding),
		Rows: j.Rows, Done: j.Done, Applied: j.Applied, Unchanged: j.Unchanged, Refused: j.Refused,
		AcceptedAt: spellTime(j.Accepted), StartedAt: spellTime(j.Started), FinishedAt: spellTime(j.Finished), Problem: j.Problem,
	}
	if j.All {
		a.Mode = allRows
	}
	switch j.State {
	case sheet.StateDone, sheet.StateRefused, sheet.StateStopped, sheet.StateFailed:
		a.Result = path.Join(importsPath, j.ID, "result")
	}
	return a
}

func spellTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// importFile starts an import.
func (f *files) importFile(w http.ResponseWriter, r *http.Request, c *call) error {
	p, err := readParameters(r, "kind", "mode", "dry_run", "format", "encoding", "digests", "digest_separator", "wait_seconds")
	if err != nil {
		return err
	}
	spec := sheet.Spec{Tenant: c.tenant, Operator: c.operator, Location: c.settings.DefaultLocation, Key: c.key}
	spec.Kind = pick(p, "kind", true, sheet.ImportKinds...)
	spec.All = pick(p, "mode", false, eachRow, allRows) == allRows
	spec.DryRun = pick(p, "dry_run", false, "false", "true") == "true"
	spec.Format = pick(p, "format", false, append([]sheet.Format{""}, sheet.Formats...)...)
	spec.Encoding = pick(p, "encoding", false, append([]sheet.Encoding{""}, sheet.Encodings...)...)
	spec.Digests = pick(p, "digests", false, append([]sheet.Digests{""}, sheet.AllDigests...)...)
	spec.DigestSeparator = p.digestSeparator(spec.Digests, spec.Kind)
	wait := p.wait()
	if c.settings.ReasonsRequired && (spec.Kind == sheet.KindLevels || spec.Kind == sheet.KindLots) {
		p.f.refuse("kind", "cannot be imported: the tenant requires a reason_code for changes of stock, and files have none")
	}
	if err := p.f.err(); err != nil {
		return err
	}
	if kind := strings.ToLower(r.Header.Get("Content-Type")); strings.HasPrefix(kind, "multipart/") || strings.HasPrefix(kind, "application/json") {
		return refuse(codeMediaType, "the body must be the file itself, no form and no JSON: curl -H 'Content-Type: text/csv' --data-binary @FILE")
	}
	if err := isPlain(r); err != nil {
		return err
	}
	if r.ContentLength > sheet.MaxBody {
		return sheet.ErrTooLarge
	}
	j, again, err := f.desk.Accept(r.Context(), spec, &unhurried{r.Context(), r.Body, http.NewResponseController(w)})
	if err != nil {
		return err
	}
	c.replayed = again
	return f.answer(w, r, c, j.ID, wait)
}

// digestSeparator is the separator between the fields of digests.
func (p *parameters) digestSeparator(d sheet.Digests, kind sheet.Kind) string {
	text, given := p.values.Get("digest_separator"), p.values.Has("digest_separator")
	switch {
	case d == "" && given:
		p.f.refuse("digest_separator", "belongs to digests, which the call does not have")
	case d == "":
		return ""
	case kind != sheet.KindLots:
		p.f.refuse("digests", "belongs to lots")
	case !given:
		return sheet.DefaultSeparator
	case len(text) > sheet.MaxSeparator || !utf8.ValidString(text):
		p.f.refuse("digest_separator", "must have at most "+strconv.Itoa(sheet.MaxSeparator)+" bytes of text")
	}
	return text
}

// wait is how long the call waits for the end of the import.
func (p *parameters) wait() time.Duration {
	text := p.values.Get("wait_seconds")
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxWait {
		p.f.refuse("wait_seconds", rangeText(0, maxWait))
	}
	return time.Duration(n) * time.Second
}

// mostImports is how many imports are listed.
const mostImports = 200

// listImports lists the imports that are kept, the newest first.
func (f *files) listImports(w http.ResponseWriter, r *http.Request, c *call) error {
	p, err := readParameters(r, "page_size")
	if err != nil {
		return err
	}
	size := 50
	if text := p.values.Get("page_size"); text != "" {
		n, err := strconv.Atoi(text)
		if size = n; err != nil || n < 1 || n > mostImports {
			return invalid("page_size", "%s", rangeText(1, mostImports))
		}
	}
	jobs, err := f.desk.List(c.tenant, size)
	if err != nil {
		return err
	}
	list := struct {
		Items []*importAnswer `json:"items"`
	}{make([]*importAnswer, len(jobs))}
	for i := range jobs {
		list.Items[i] = renderImport(&jobs[i])
	}
	return f.write(w, c, &list)
}

// showImport shows the progress of an import.
func (f *files) showImport(id string) fileCall {
	return func(w http.ResponseWriter, r *http.Request, c *call) error {
		p, err := readParameters(r, "wait_seconds")
		if err != nil {
			return err
		}
		wait := p.wait()
		if err := p.f.err(); err != nil {
			return err
		}
		return f.answer(w, r, c, id, wait)
	}
}

func (f *files) answer(w http.ResponseWriter, r *http.Request, c *call, id string, wait time.Duration) error {
	j, err := f.desk.Wait(r.Context(), c.tenant, id, wait)
	if err != nil {
		return err
	}
	return f.write(w, c, renderImport(&j))
}

// write answers with JSON.
func (f *files) write(w http.ResponseWriter, c *call, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	answerBy(w, answerWait)
	head := w.Header()
	head["Content-Type"] = typeJSON
	if c.replayed {
		head["Idempotency-Replayed"] = yes
	}
	f.server.handler.write(w, c, http.StatusOK, body)
	return nil
}

// importResult sends the list of refused rows.
func (f *files) importResult(id string) fileCall {
	return func(w http.ResponseWriter, r *http.Request, c *call) error {
		if _, err := readParameters(r); err != nil {
			return err
		}
		file, j, err := f.desk.Result(c.tenant, id)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }() // it was only read
		info, err := file.Stat()
		if err != nil {
			return err
		}
		return f.send(r.Context(), w, c, sheet.CSV, string(j.Kind)+"-refused", info.Size(), file)
	}
}

// send sends a complete file. It returns an error if the caller may not stay.
func (f *files) send(ctx context.Context, w http.ResponseWriter, c *call, format sheet.Format, name string, size int64, file io.Reader) error {
	head := w.Header()
	head.Set("Content-Type", "text/csv")
	if format == sheet.XLSX {
		head.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	}
	head.Set("Content-Disposition", `attachment; filename="`+name+"."+string(format)+`"`)
	head.Set("X-Request-Id", c.requestID)
	head.Set("Content-Length", strconv.FormatInt(size, 10))
	w.WriteHeader(http.StatusOK)
	// An error here means that the caller is gone. The length shows the caller that
	// something is missing.
	if _, err := io.Copy(steady{ctx, w}, file); err != nil && endOf(ctx) != nil {
		return context.Cause(ctx)
	}
	return nil
}
