package server_test

import (
	"strings"
	"testing"
)

const orders = `transfer_id,from_location_id,to_location_id,product_id,quantity,expected_at,reference
T-1,hub,shop,cup,5,2030-01-02T08:00:00Z,PO-7
T-1,hub,shop,tea,1.25,2030-01-02T08:00:00Z,PO-7
T-2,hub,shop,cup,3,,
`

// supply opens what the files of these tests are about.
func (h *house) supply(t *testing.T) {
	t.Helper()
	for _, body := range []string{
		`{"product_id":"cup","location_id":"hub","available_stock":50}`, `{"product_id":"cup","location_id":"shop"}`,
		`{"product_id":"tea","location_id":"hub","unit":"kg","scale":3,"available_stock":"9"}`,
	} {
		h.play(t, step{path: "/inventory", body: body})
	}
}

func TestTransfersComeInAndGoOutAsFiles(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.supply(t)
	h.file(t, "admin", "/v1/imports?kind=transfers&wait_seconds=20&dry_run=true", orders).check(t, "a dry run", step{want: []string{`state "done"`, `applied 3`}})
	h.play(t, step{path: "/v1/transfers", want: []string{`items.length 0`}})
	h.file(t, "admin", "/v1/imports?kind=transfers&wait_seconds=20", orders, "X-Holdfast-Operator", "kim").check(t, "import", step{want: []string{`state "done"`, `applied 3`, `refused 0`}})
	h.tell(t, []step{
		{name: "both are requested", path: "/v1/transfers", want: []string{`items.length 2`, `items.0.transfer_id "T-2"`, `items.1.transfer_id "T-1"`}},
		{
			name: "with all that was said", path: "/v1/transfers/T-1",
			want: []string{`state "requested"`, `operator "kim"`, `reference "PO-7"`, `expected_at "2030-01-02T08:00:00.000Z"`, `lines.0.product_id "cup"`, `lines.0.requested 5`, `lines.1.requested 1250`},
		},
		{name: "one goes on", path: "/v1/transfers/T-1/approve", body: `{"expected_at":"2030-01-03T08:00:00Z"}`},
		{name: "and is shipped", path: "/v1/transfers/T-1/ship", body: `{}`, want: []string{`state "in_transit"`}},
	})
	// Sent again under another name it changes nothing, and so does what goes out.
	h.file(t, "admin", "/v1/imports?kind=transfers&wait_seconds=20", orders, "Idempotency-Key", "again").check(t, "again", step{want: []string{`unchanged 3`, `applied 0`}})
	out := h.call(t, "admin", "GET", "/v1/exports?kind=transfers", "")
	if want := "T-1,hub,shop,,tea,1.250,2030-01-03T08:00:00.000Z,,PO-7,in_transit,1.250,0.000,0.000,0.000,0.000,1.250,kg,"; !strings.Contains(string(out.raw), want) {
		t.Errorf("it goes out as\n%s", out.raw)
	}
	if first, second := strings.Index(string(out.raw), "T-1"), strings.Index(string(out.raw), "T-2"); first < 0 || second < first {
		t.Errorf("the oldest is not the first:\n%s", out.raw)
	}
	for _, format := range []string{"csv", "xlsx"} {
		out := h.call(t, "admin", "GET", "/v1/exports?kind=transfers&format="+format, "")
		h.file(t, "admin", "/v1/imports?kind=transfers&wait_seconds=20", string(out.raw)).check(t, "what goes out, as "+format, step{want: []string{`rows 3`, `unchanged 3`, `refused 0`}})
	}
	if one := h.call(t, "admin", "GET", "/v1/exports?kind=transfers&product_id=tea", ""); strings.Count(string(one.raw), "\n") != 3 {
		t.Errorf("those with tea:\n%s", one.raw)
	}
	h.play(t, step{path: "/v1/transfers", want: []string{`items.length 2`}})
}

// Lots of a product are lines of their own, and a file has columns for them.
func TestATransferOfLotsComesInAndGoesOutAsAFile(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.supply(t)
	const file = "transfer_id,from_location_id,to_location_id,product_id,lot.batch,quantity\nL-1,hub,shop,cup,A,3\nL-1,hub,shop,cup,B,7\nL-1,hub,shop,cup,,1\n"
	h.file(t, "admin", "/v1/imports?kind=transfers&wait_seconds=20", file).check(t, "import", step{want: []string{`state "done"`, `applied 3`, `refused 0`}})
	h.file(t, "admin", "/v1/imports?kind=transfers&wait_seconds=20", file+"L-1,hub,shop,cup,A,1\n").check(t, "a lot twice", step{want: []string{`refused 4`}})
	h.tell(t, []step{
		{path: "/inventory/restock", body: `{"product_id":"cup","location_id":"hub","quantity":3,"lot":{"batch":"A"}}`},
		{path: "/inventory/restock", body: `{"product_id":"cup","location_id":"hub","quantity":9,"lot":{"batch":"B"}}`},
		{name: "approved", path: "/v1/transfers/L-1/approve", body: `{}`, want: []string{`lines.0.lot.batch "A"`, `lines.1.lot.batch "B"`, `lines.1.requested 7`}},
		{name: "a product of several lots", path: "/v1/transfers/L-1/ship", body: `{"lines":[{"product_id":"cup","quantity":1,"lot":{"batch":"C"}}]}`, status: 400, want: []string{`violations.0.field "lines[0].lot"`}},
		{name: "shipped", path: "/v1/transfers/L-1/ship", body: `{"lines":[{"product_id":"cup","quantity":3,"lot":{"batch":"A"}},{"product_id":"cup","quantity":6,"lot":{"batch":"B"}}]}`},
		{name: "received", path: "/v1/transfers/L-1/receive", body: `{"lines":[{"product_id":"cup","quantity":5,"lost":1,"lot":{"batch":"B"}}]}`, want: []string{`lines.0.in_transit 3`, `lines.1.received 5`, `lines.1.in_transit 0`, `history.3.lines.0.lot.batch "B"`}},
		{name: "the rest", path: "/v1/transfers/L-1/receive", body: `{}`, want: []string{`state "received"`}},
		{name: "it is there", path: "/inventory/check/cup?location_id=shop", want: []string{`available 8`}},
	})
	out := string(h.call(t, "admin", "GET", "/v1/exports?kind=transfers", "").raw)
	if !strings.Contains(out, ",product_id,lot.batch,quantity,") || !strings.Contains(out, "L-1,hub,shop,,cup,B,7,") {
		t.Errorf("it goes out as\n%s", out)
	}
	h.file(t, "admin", "/v1/imports?kind=transfers&wait_seconds=20", out).check(t, "what goes out", step{want: []string{`rows 3`, `unchanged 3`, `refused 0`}})
}

func TestATransferWithABadRowIsRefusedWhole(t *testing.T) {
	t.Parallel()
	const file = `transfer_id,from_location_id,to_location_id,product_id,quantity,expected_at
good,hub,shop,cup,1,
half,hub,shop,cup,1,
half,hub,shop,cup,2,
two,hub,shop,cup,1,
two,shop,hub,tea,1,
self,hub,hub,cup,1,
late,hub,shop,cup,1,tomorrow
none,hub,shop,cup,0,
what,hub,shop,nothing,1,
far,hub,moon,cup,1,
good,hub,shop,tea,1,
T-1,hub,shop,cup,6,
`
	for _, query := range []string{"", "&dry_run=true"} {
		h := start(t)
		h.supply(t)
		h.file(t, "admin", "/v1/imports?kind=transfers&wait_seconds=20", orders).check(t, "before", step{want: []string{`applied 3`}})
		a := h.file(t, "admin", "/v1/imports?kind=transfers&wait_seconds=20"+query, file)
		a.check(t, "import"+query, step{want: []string{`state "done"`, `rows 12`, `applied 1`, `refused 11`}})
		result := string(h.call(t, "admin", "GET", "/v1/imports/"+strings.Trim(a.at("import_id"), `"`)+"/result", "").raw)
		for _, want := range []string{
			"3,transfer_id,line 4 of the same transfer is bad", "4,product_id,line 3 has the same product", "5,transfer_id,lines 5 and 6 say different things",
			"7,to_location_id,", "8,expected_at,", "9,quantity,", "10,product_id,", "11,to_location_id,", "12,transfer_id,the rows of a transfer must stand together: this one begins in line 2",
			"13,transfer_id,a transfer with this id asks for something else,ALREADY_EXISTS",
		} {
			if !strings.Contains(result, want) {
				t.Errorf("nothing says %q%s:\n%s", want, query, result)
			}
		}
	}
}
