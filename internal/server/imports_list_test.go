package server_test

import "testing"

func TestImportsAreListed(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{{name: "none", path: "/v1/imports", verb: "GET", want: []string{`items.length 0`}}})
	h.file(t, "admin", "/v1/imports?kind=levels&wait_seconds=20", "product_id,location_id,on_hand\nmug,berlin,3\n").check(t, "one", step{want: []string{`applied 1`}})
	h.file(t, "admin", "/v1/imports?kind=levels&dry_run=true&wait_seconds=20", "product_id,location_id,on_hand\nmug,berlin,x\n").check(t, "a dry run", step{want: []string{`refused 1`}})
	h.file(t, "admin", "/v1/imports?kind=levels&dry_run=&wait_seconds=20", "product_id,location_id,on_hand\nmug,berlin,9\n").check(t, "neither dry nor not", step{status: 400, want: []string{`violations.0.field "dry_run"`}})
	h.file(t, "other", "/v1/imports?kind=levels&wait_seconds=20", "product_id,location_id,on_hand\ncup,berlin,3\n").check(t, "another tenant's", step{want: []string{`applied 1`}})
	h.tell(t, []step{
		{name: "the newest first", path: "/v1/imports", verb: "GET", want: []string{`items.length 2`, `items.0.dry_run true`, `items.0.refused 1`, `items.1.applied 1`}},
		{name: "so many", path: "/v1/imports?page_size=1", verb: "GET", want: []string{`items.length 1`}},
		{name: "not so many", path: "/v1/imports?page_size=201", verb: "GET", status: 400, want: []string{`violations.0.field "page_size"`}},
		{name: "not for readers", as: "read", path: "/v1/imports", verb: "GET", status: 403},
	})
	if a := h.call(t, "admin", "DELETE", "/v1/imports", ""); a.status != 405 || a.head.Get("Allow") != "POST, GET" {
		t.Errorf("DELETE: %d, allowed %q", a.status, a.head.Get("Allow"))
	}
}
