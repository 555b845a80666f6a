package docs_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/internal/server/docs"
)

// Each call that is no file and no stream has a form with its method, its path and a field for each part of the path.
// It says that it writes, and a dry run is the default where there is one.
func TestEachCallCanBeTried(t *testing.T) {
	t.Parallel()
	s := site(t, holdfast.Documents)
	forms := map[string]string{}
	for _, part := range shownCall.FindAllStringSubmatch(body(t, s, docs.Root+"api"), -1) {
		id, verb, path := part[1], part[2], part[3]
		_, form, has := strings.Cut(part[4], `<details class="try" hidden>`)
		if !has {
			if !strings.Contains(part[4], "text/csv") && !strings.Contains(part[4], "text/event-stream") && !strings.Contains(part[4], "@products.csv") {
				t.Errorf("%s has no form", id)
			}
			continue
		}
		forms[id] = form
		if !strings.Contains(form, `<form data-verb="`+verb+`" data-path="`+path+`">`) {
			t.Errorf("%s: another call is sent: %s", id, form)
		}
		for _, name := range regexp.MustCompile(`\{([a-z_]+)\}`).FindAllStringSubmatch(path, -1) {
			if !strings.Contains(form, `<input name="path:`+name[1]+`" required>`) {
				t.Errorf("%s: no field for %s", id, name[1])
			}
		}
	}
	const writes, dry = "This call writes", `name="query:dry_run" checked`
	for id, want := range map[string][2]bool{"Reserve": {true, true}, "GetProduct": {false, false}, "BatchCheck": {false, false}, "SetKit": {true, false}, "DeleteKit": {true, false}} {
		if got := [2]bool{strings.Contains(forms[id], writes), strings.Contains(forms[id], dry)}; got != want {
			t.Errorf("%s: writes and dry run are %v, want %v", id, got, want)
		}
	}
	if res := get(s, "/docs/try.js"); res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("the script: %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	if csp := get(s, "/docs/api").Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'; connect-src 'self'") {
		t.Errorf("the policy of the page: %s", csp)
	}
}
