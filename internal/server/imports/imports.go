package imports

import (
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/sheet"
)

// maxWait is how long a call may wait for an import to end.
const maxWait = 30

// importAnswer is an import in the form of the API.
type importAnswer struct {
	ImportID  string      `json:"import_id"`
	Kind      sheet.Kind  `json:"kind"`
	Mode      string      `json:"mode"`
	DryRun    bool        `json:"dry_run"`
	State     sheet.State `json:"state"`
	Format    string      `json:"format,omitempty"`
	Encoding  string      `json:"encoding,omitempty"`
	Rows      int64       `json:"rows"`
	Done      int64       `json:"done"`
	Applied   int64       `json:"applied"`
	Unchanged int64       `json:"unchanged"`
	Refused   int64       `json:"refused"`
	// Opened is what the import has made known, or in a dry run would make known.
	Opened     sheet.Opened `json:"opened"`
	AcceptedAt string       `json:"accepted_at"`
	StartedAt  string       `json:"started_at,omitempty"`
	FinishedAt string       `json:"finished_at,omitempty"`
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
		Rows: j.Rows, Done: j.Done, Applied: j.Applied, Unchanged: j.Unchanged, Refused: j.Refused, Opened: j.Opened,
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
func (f *Chapter) importFile(_ http.ResponseWriter, r *http.Request, c *kit.Call) (any, error) {
	p, err := readParameters(r, "kind", "mode", "dry_run", "format", "encoding", "decimal", "map", "ignore_others", "new", "digests", "digest_separator", "wait_seconds")
	if err != nil {
		return nil, err
	}
	spec := sheet.Spec{Tenant: c.Tenant, Operator: c.Operator, Location: c.Settings.DefaultLocation, Key: c.Key}
	spec.Kind = pick(p, "kind", true, sheet.ImportKinds...)
	spec.All = pick(p, "mode", false, eachRow, allRows) == allRows
	spec.DryRun = pick(p, "dry_run", p.values.Has("dry_run"), "false", "true") == "true"
	spec.Format = pick(p, "format", false, append([]sheet.Format{""}, sheet.Formats...)...)
	spec.Encoding = pick(p, "encoding", false, append([]sheet.Encoding{""}, sheet.ReadEncodings...)...)
	spec.Decimal = pick(p, "decimal", false, "", sheet.DecimalPoint, sheet.DecimalComma)
	spec.Others = pick(p, "ignore_others", p.values.Has("ignore_others"), "false", "true") == "true"
	if spec.New = pick(p, "new", false, "", sheet.NewAllow, sheet.NewRefuse); spec.New == sheet.NewAllow {
		spec.New = "" // as it is without the word
	}
	spec.Map = p.mapping()
	spec.Digests = pick(p, "digests", false, append([]sheet.Digests{""}, sheet.AllDigests...)...)
	spec.DigestSeparator = p.digestSeparator(spec.Digests, spec.Kind)
	wait := p.wait()
	if c.Settings.ReasonsRequired && (spec.Kind == sheet.KindLevels || spec.Kind == sheet.KindLots) {
		p.f.Refuse("kind", "cannot be imported: the tenant requires a reason_code for changes of stock, and files have none")
	}
	if err := p.f.Err(); err != nil {
		return nil, err
	}
	if kind := strings.ToLower(r.Header.Get("Content-Type")); strings.HasPrefix(kind, "multipart/") || strings.HasPrefix(kind, "application/json") {
		return nil, kit.Refuse(kit.CodeMediaType, "the body must be the file itself, no form and no JSON: curl -H 'Content-Type: text/csv' --data-binary @FILE")
	}
	if err := kit.IsPlain(r); err != nil {
		return nil, err
	}
	if r.ContentLength > sheet.MaxBody {
		return nil, sheet.ErrTooLarge
	}
	j, again, err := f.desk.Accept(r.Context(), spec, r.Body)
	if err != nil {
		return nil, err
	}
	c.Replayed = again
	return f.answer(r, c, j.ID, wait)
}

// digestSeparator is the separator between the fields of logical digests.
func (p *parameters) digestSeparator(d sheet.Digests, kind sheet.Kind) string {
	text, given := p.values.Get("digest_separator"), p.values.Has("digest_separator")
	switch {
	case d == "" && given:
		p.f.Refuse("digest_separator", "belongs to digests, which the call does not have")
	case d == "":
		return ""
	case kind != sheet.KindLots:
		p.f.Refuse("digests", "belongs to lots")
	case d == sheet.DigestsBatch && given:
		p.f.Refuse("digest_separator", "belongs to logical digests: those of a batch have none of their own")
	case d == sheet.DigestsBatch:
		return ""
	case !given:
		return sheet.DefaultSeparator
	case len(text) > sheet.MaxSeparator || !utf8.ValidString(text):
		p.f.Refuse("digest_separator", "must have at most "+strconv.Itoa(sheet.MaxSeparator)+" bytes of text")
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
		p.f.Refuse("wait_seconds", kit.RangeText(0, maxWait))
	}
	return time.Duration(n) * time.Second
}

// mostImports is how many imports are listed.
const mostImports = 200

// listImports lists the imports that are kept, the newest first.
func (f *Chapter) listImports(_ http.ResponseWriter, r *http.Request, c *kit.Call) (any, error) {
	p, err := readParameters(r, "page_size")
	if err != nil {
		return nil, err
	}
	size := 50
	if text := p.values.Get("page_size"); text != "" {
		n, err := strconv.Atoi(text)
		if size = n; err != nil || n < 1 || n > mostImports {
			return nil, kit.Invalid("page_size", "%s", kit.RangeText(1, mostImports))
		}
	}
	jobs, err := f.desk.List(c.Tenant, size)
	if err != nil {
		return nil, err
	}
	list := struct {
		Items []*importAnswer `json:"items"`
	}{make([]*importAnswer, len(jobs))}
	for i := range jobs {
		list.Items[i] = renderImport(&jobs[i])
	}
	return &list, nil
}

// showImport shows the progress of an import.
func (f *Chapter) showImport(id string) func(http.ResponseWriter, *http.Request, *kit.Call) (any, error) {
	return func(w http.ResponseWriter, r *http.Request, c *kit.Call) (any, error) {
		p, err := readParameters(r, "wait_seconds")
		if err != nil {
			return nil, err
		}
		wait := p.wait()
		if err := p.f.Err(); err != nil {
			return nil, err
		}
		return f.answer(r, c, id, wait)
	}
}

func (f *Chapter) answer(r *http.Request, c *kit.Call, id string, wait time.Duration) (any, error) {
	j, err := f.desk.Wait(r.Context(), c.Tenant, id, wait)
	if err != nil {
		return nil, err
	}
	return renderImport(&j), nil
}

// importResult sends the list of refused rows.
func (f *Chapter) importResult(id string) func(http.ResponseWriter, *http.Request, *kit.Call) (any, error) {
	return func(w http.ResponseWriter, r *http.Request, c *kit.Call) (any, error) {
		if _, err := readParameters(r); err != nil {
			return nil, err
		}
		file, j, err := f.desk.Result(c.Tenant, id)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }() // it was only read
		info, err := file.Stat()
		if err != nil {
			return nil, err
		}
		send(w, c, sheet.CSV, string(j.Kind)+"-refused", info.Size(), file)
		return nil, nil
	}
}

// send sends a complete file.
func send(w http.ResponseWriter, c *kit.Call, format sheet.Format, name string, size int64, file io.Reader) {
	head := w.Header()
	head.Set("Content-Type", "text/csv")
	if format == sheet.XLSX {
		head.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	}
	head.Set("Content-Disposition", `attachment; filename="`+name+"."+string(format)+`"`)
	head.Set("X-Request-Id", c.RequestID)
	head.Set("Content-Length", strconv.FormatInt(size, 10))
	w.WriteHeader(http.StatusOK)
	// An error here means that the caller is gone, or may not stay. The length shows the caller that
	// something is missing.
	_, _ = io.Copy(w, file)
}
