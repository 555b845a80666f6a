package test

import (
	"regexp"
	"strings"
	"testing"
)

var (
	openAPIPath   = regexp.MustCompile(`(?m)^  (/\S*):$`)
	pathParameter = regexp.MustCompile(`\\\{[^}]*\\\}`)
)

// The guide calls every endpoint that there is, in a block that is run.
func TestTheGuideCallsEveryEndpoint(t *testing.T) {
	t.Parallel()
	var called strings.Builder
	for _, page := range pagesThatRun(t) {
		if !strings.HasPrefix(page, "docs/guide/") {
			continue
		}
		examples, _, err := examplesOf(readPage(t, page))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range examples {
			called.WriteString(e.code + "\n")
		}
	}
	paths := openAPIPath.FindAllStringSubmatch(readPage(t, "api/openapi.yaml"), -1)
	if len(paths) < 15 {
		t.Fatalf("only %d paths were found: the OpenAPI document is not read right", len(paths))
	}
	all := map[string]bool{}
	for _, path := range paths {
		all[path[1]] = true
	}
	for _, path := range paths {
		if all["/v1"+path[1]] {
			continue // the same call
		}
		call := pathParameter.ReplaceAllString(regexp.QuoteMeta(path[1]), `[^/\s'"]+`)
		if !regexp.MustCompile(`:8080` + call + `(['"?\s]|$)`).MatchString(called.String()) {
			t.Errorf("no page of the guide calls %s", path[1])
		}
	}
}
