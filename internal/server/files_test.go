package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/server"
)

// file sends a file as who.
func (h *house) file(t *testing.T, who, path, content string, head ...string) answer {
	t.Helper()
	return h.call(t, who, "POST", path, content, append([]string{"Content-Type", "text/csv"}, head...)...)
}

const mugs = "product_id,on_hand\nmug,10\ncup,x\n"

func TestAFileIsTakenInAndItsResultGivenOut(t *testing.T) {
	t.Parallel()
	h := start(t)
	a := h.file(t, "admin", "/v1/imports?kind=levels&wait_seconds=20", mugs, "X-Holdfast-Operator", "kim")
	id := strings.Trim(a.at("import_id"), `"`)
	a.check(t, "POST /v1/imports", step{want: []string{
		`kind "levels"`, `mode "each"`, `dry_run false`, `state "done"`, `format "csv"`, `encoding "utf-8"`,
		`rows 2`, `done 2`, `applied 1`, `opened.products 1`, `unchanged 0`, `refused 1`, `problem absent`, `result "/v1/imports/` + id + `/result"`,
	}})
	again := h.file(t, "admin", "/v1/imports?kind=levels", mugs)
	again.check(t, "again", step{want: []string{`import_id "` + id + `"`, `state "done"`}, says: []string{"Idempotency-Replayed", "true"}})
	h.tell(t, []step{
		{name: "the import can be asked about", path: "/v1/imports/" + id + "?wait_seconds=1", want: []string{`applied 1`}},
		{name: "the mug is there", path: "/inventory/product/mug", want: []string{`available_stock 10`}},
		{
			name: "the journal says where it comes from", path: "/inventory/logs/mug",
			want: []string{`items.0.operation "adjust"`, `items.0.reason "import"`, `items.0.reference "import/` + id + `"`, `items.0.operator "kim"`},
		},
		{name: "another tenant's key does not find it", as: "other", path: "/v1/imports/" + id, status: 404, code: "NOT_FOUND"},
		{name: "nor its result", as: "other", path: "/v1/imports/" + id + "/result", status: 404, code: "NOT_FOUND"},
		{name: "what is no import is not found", path: "/v1/imports/" + strings.Repeat("0", 32), status: 404, code: "NOT_FOUND"},
		{name: "nor what cannot be one", path: "/v1/imports/..%2f..%2fetc", status: 404, code: "NOT_FOUND"},
	})
	r := h.call(t, "admin", "GET", "/v1/imports/"+id+"/result", "")
	want := "line,column,reason,code,product_id,on_hand\n3,on_hand,on_hand is not a number such as 12 or 1.25,INVALID_ARGUMENT,cup,x\n"
	if r.status != 200 || string(r.raw) != want || r.head.Get("Content-Type") != "text/csv" || !strings.HasPrefix(r.head.Get("Content-Disposition"), "attachment") {
		t.Errorf("%d %v\n%s", r.status, r.head, r.raw)
	}
}

func TestAnImportIsRefused(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.file(t, "admin", "/v1/imports?kind=levels&wait_seconds=20", mugs, "Idempotency-Key", "k1").check(t, "first", step{})
	for _, c := range []struct {
		name, who, path, content string
		head                     []string
		status                   int
		code                     string
	}{
		{name: "without a key", path: "/v1/imports?kind=levels", status: 401, code: "UNAUTHENTICATED"},
		{name: "without the scope", who: "internal", path: "/v1/imports?kind=levels", status: 403, code: "PERMISSION_DENIED"},
		{name: "without a kind", who: "admin", path: "/v1/imports", status: 400, code: "INVALID_ARGUMENT"},
		{name: "of a kind that is only given out", who: "admin", path: "/v1/imports?kind=journal", status: 400, code: "INVALID_ARGUMENT"},
		{name: "with an unknown mode", who: "admin", path: "/v1/imports?kind=levels&mode=most", status: 400, code: "INVALID_ARGUMENT"},
		{name: "with an unknown parameter", who: "admin", path: "/v1/imports?kind=levels&dryrun=true", status: 400, code: "INVALID_ARGUMENT"},
		{name: "with a parameter twice", who: "admin", path: "/v1/imports?kind=levels&kind=levels", status: 400, code: "INVALID_ARGUMENT"},
		{name: "with an unknown encoding", who: "admin", path: "/v1/imports?kind=levels&encoding=latin1", status: 400, code: "INVALID_ARGUMENT"},
		{name: "with a sign that is none", who: "admin", path: "/v1/imports?kind=levels&decimal=x", status: 400, code: "INVALID_ARGUMENT"},
		{name: "with no word for what is new", who: "admin", path: "/v1/imports?kind=levels&new=yes", status: 400, code: "INVALID_ARGUMENT"},
		{name: "with a heading for no column", who: "admin", path: "/v1/imports?kind=levels&map=SKU", status: 400, code: "INVALID_ARGUMENT"},
		{name: "with a separator that a batch has not", who: "admin", path: "/v1/imports?kind=lots&digests=batch&digest_separator=_", status: 400, code: "INVALID_ARGUMENT"},
		{name: "with too long a wait", who: "admin", path: "/v1/imports?kind=levels&wait_seconds=31", status: 400, code: "INVALID_ARGUMENT"},
		{name: "as JSON", who: "admin", path: "/v1/imports?kind=levels", head: []string{"Content-Type", "Application/JSON; charset=utf-8"}, status: 415, code: "UNSUPPORTED_MEDIA_TYPE"},
		{name: "as a form", who: "admin", path: "/v1/imports?kind=levels", head: []string{"Content-Type", "multipart/form-data; boundary=x"}, status: 415, code: "UNSUPPORTED_MEDIA_TYPE"},
		{name: "compressed", who: "admin", path: "/v1/imports?kind=levels", head: []string{"Content-Encoding", "gzip"}, status: 415, code: "UNSUPPORTED_MEDIA_TYPE"},
		{name: "with a bad key", who: "admin", path: "/v1/imports?kind=levels", head: []string{"Idempotency-Key", "a b"}, status: 400, code: "INVALID_ARGUMENT"},
		{name: "with the key of another", who: "admin", path: "/v1/imports?kind=levels", content: mugs + "z,1\n", head: []string{"Idempotency-Key", "k1"}, status: 422, code: "IDEMPOTENCY_CONFLICT"},
	} {
		content := c.content
		if content == "" {
			content = mugs
		}
		h.file(t, c.who, c.path, content, c.head...).check(t, c.name, step{status: c.status, code: c.code})
	}
	h.tell(t, []step{
		{name: "the path takes POST and GET", verb: "PUT", path: "/v1/imports", status: 405, code: "METHOD_NOT_ALLOWED", says: []string{"Allow", "POST, GET"}},
		{name: "an export takes GET", verb: "POST", path: "/v1/exports?kind=levels", body: "{}", status: 405, code: "METHOD_NOT_ALLOWED", says: []string{"Allow", "GET"}},
		{name: "an export needs admin too", as: "read", path: "/v1/exports?kind=levels", status: 403, code: "PERMISSION_DENIED"},
		{name: "times belong to the journal", path: "/v1/exports?kind=levels&since=2026-01-01T00:00:00Z", status: 400, code: "INVALID_ARGUMENT"},
		{name: "a time must be one", path: "/v1/exports?kind=journal&since=yesterday", status: 400, code: "INVALID_ARGUMENT"},
		{name: "a workbook has no encoding", path: "/v1/exports?kind=levels&format=xlsx&encoding=gb18030", status: 400, code: "INVALID_ARGUMENT"},
	})
}

// A body that says how long it is is refused before it is sent.
func TestAFileOverAGibibyteIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	h := start(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/imports?kind=levels HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", h.keys["admin"], 1<<30+1)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); res.StatusCode != 413 || !strings.Contains(string(body), "PAYLOAD_TOO_LARGE") {
		t.Errorf("%d %s %v", res.StatusCode, body, err)
	}
}

func TestTablesAreGivenOut(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.file(t, "admin", "/v1/imports?kind=levels&wait_seconds=20", "商品,仓库,在库\n茶杯,north,3\n茶杯,south,4\n").check(t, "import", step{want: []string{`applied 2`}})
	h.call(t, "admin", "POST", "/inventory/restock", `{"product_id":"茶杯","location_id":"north","quantity":2}`).check(t, "restock", step{})
	defer func() { // of orders, when all else was looked at
		h.call(t, "admin", "POST", "/inventory/reserve", `{"order_id":"o-1","product_id":"茶杯","location_id":"south","quantity":3,"customer_id":"ann"}`).check(t, "reserve", step{})
		for path, rows := range map[string]string{"kind=reservations": "1", "kind=reservations&location_id=north": "0"} {
			a := h.call(t, "admin", "GET", "/v1/exports?"+path, "")
			if a.head.Get("Holdfast-Rows") != rows || a.head.Get("Holdfast-Position") == "" || strings.Contains(string(a.raw), "o-1,茶杯,south,,ann,3,3,0,0,active,false,2") != (rows == "1") {
				t.Errorf("%s: %s", path, clip(string(a.raw)))
			}
		}
	}()
	for _, c := range []struct {
		path string
		rows int
		has  []string
	}{
		{"kind=levels", 2, []string{"茶杯,north,5,0,,,true,5,0,true,in_stock,2,", "茶杯,south,4,"}},
		{"kind=levels&location_id=south", 1, []string{"茶杯,south,4,"}},
		{"kind=thresholds&product_id=none", 0, []string{"product_id,location_id,low_stock_threshold,unit,scale\n"}},
		{"kind=products&encoding=utf-8-bom", 1, []string{"\xef\xbb\xbfproduct_id,", "茶杯,,,"}},
		{"kind=journal", 3, []string{",adjust,茶杯,south,,,0,4,0,0,4,0,", ",restock,茶杯,north,,,3,5,0,0,2,0,"}},
		{"kind=journal&until=2020-01-01T00:00:00Z", 0, nil},
		{"kind=levels&encoding=gb18030", 2, []string{"\xb2\xe8\xb1\xad,north,5"}},
		{"kind=levels&format=xlsx", 2, []string{"PK\x03\x04"}},
	} {
		a := h.call(t, "admin", "GET", "/v1/exports?"+c.path, "")
		if a.status != 200 || a.head.Get("Holdfast-Rows") != fmt.Sprint(c.rows) {
			t.Errorf("%s: %d, %s rows, want %d\n%s", c.path, a.status, a.head.Get("Holdfast-Rows"), c.rows, clip(string(a.raw)))
		}
		if position := a.head.Get("Holdfast-Position"); (position == "") != strings.Contains(c.path, "products") {
			t.Errorf("%s: the position is %q", c.path, position)
		}
		for _, part := range c.has {
			if !strings.Contains(string(a.raw), part) {
				t.Errorf("%s: %q is not in it:\n%s", c.path, part, clip(string(a.raw)))
			}
		}
	}
}

// A server without a desk has none of the paths.
func TestWithoutADeskThereAreNoFiles(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithFiles(nil))
	for _, path := range []string{"/v1/imports", "/v1/imports/x", "/v1/imports/x/result", "/v1/exports"} {
		h.call(t, "admin", "GET", path, "").check(t, path, step{status: 404, code: "NOT_FOUND"})
	}
}
