package test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s#]*)(#[^)\s]*)?\)`)
	codeInPage   = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
)

// A link of a page to a file of the repository leads to one. Links to
// headings are followed where the server shows the pages, by a test there.
func TestLinksBetweenPagesLeadSomewhere(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join("..", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"*", "*/*", "*/*/*"} {
		deeper, err := filepath.Glob(filepath.Join("..", "docs", filepath.FromSlash(folder), "*.md"))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, deeper...)
	}
	links := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range markdownLink.FindAllSubmatch(codeInPage.ReplaceAll(text, nil), -1) {
			target := string(link[1])
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), filepath.FromSlash(target))); err != nil {
				t.Errorf("%s links to %s: %v", page, target, err)
			}
		}
	}
	if links < 50 {
		t.Errorf("only %d links were found: the pages are not read right", links)
	}
}

// Users need no package of the sources. Those who change the program find them in CONTRIBUTING,
// the decisions, and the one page about the inside.
func TestNoPageForUsersNamesAnInternalPackage(t *testing.T) {
	t.Parallel()
	var pages []string
	for _, pattern := range []string{"README*.md", "CHANGELOG.md", "docs/guide/*.md", "docs/guide/doors/*.md", "docs/zh/guide/*.md", "docs/zh/guide/doors/*.md", "docs/operations/*.md", "docs/protocol/*.md", "docs/errors/*.md", "docs/benchmarks/*.md", "client/*.md"} {
		found, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	if len(pages) < 40 {
		t.Fatalf("only %d pages were found", len(pages))
	}
	for _, page := range pages {
		if filepath.Base(page) == "inside.md" {
			continue
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range bytes.Split(text, []byte("\n")) {
			if bytes.Contains(line, []byte("internal/")) {
				t.Errorf("%s:%d names a package that users cannot have: %s", page, n+1, line)
			}
		}
	}
}
