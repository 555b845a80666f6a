package docs_test

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/internal/server/docs"
)

// The page about a code lists the calls whose contract names its status, and so does its Markdown.
func TestThePageOfACodeListsItsCalls(t *testing.T) {
	t.Parallel()
	s := site(t, holdfast.Documents)
	for _, c := range []struct{ at, has, hasNot string }{
		{"INSUFFICIENT_STOCK", `<li><a href="/docs/api#Reserve"><code>POST /v1/inventory/reserve</code></a></li>`, "#GetProduct"},
		{"INSUFFICIENT_STOCK.md", "- `POST /v1/inventory/reserve`\n", "/v1/inventory/product"},
		{"INVALID_ARGUMENT", "Any call may answer it.", "#Reserve"},
		{"INTERNAL", "Any call may answer it.", "#Reserve"},
		{"RATE_LIMITED", "#CheckAvailability", "#Reserve"},
		{"", `<a href="/docs/errors/INSUFFICIENT_STOCK">INSUFFICIENT_STOCK</a>`, "Calls that may answer"},
	} {
		if page := body(t, s, docs.ErrorsPath+c.at); !strings.Contains(page, c.has) || strings.Contains(page, c.hasNot) {
			t.Errorf("%s: want %q and not %q:\n%s", c.at, c.has, c.hasNot, page)
		}
	}
	if list := body(t, s, "/llms.txt"); !strings.Contains(list, "](/docs/errors/INSUFFICIENT_STOCK.md)") {
		t.Error("the list for programs lacks the pages of codes")
	}
}
