package server

import (
	"io/fs"
	"regexp"
	"slices"
	"testing"

	"holdfast.dev/holdfast"
)

// Each code has its section on the page about problems, and each section a code.
func TestThePageAboutProblemsHasEveryCode(t *testing.T) {
	t.Parallel()
	page, err := fs.ReadFile(holdfast.Documents, "docs/guide/problems.md")
	if err != nil {
		t.Fatal(err)
	}
	var sections, codes []string
	for _, s := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(page), -1) {
		sections = append(sections, s[1])
	}
	for _, c := range table {
		codes = append(codes, c.name)
	}
	slices.Sort(sections)
	slices.Sort(codes)
	if !slices.Equal(sections, codes) {
		t.Errorf("the page has\n%q\nthe codes are\n%q", sections, codes)
	}
}
