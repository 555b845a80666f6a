package test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A page of the documents marks what is run and what it prints. Blocks run from top to bottom in
// one shell per page:
//
//	```sh                run
//	```sh norun: REASON  not run, and why
//	```json              after sh: the JSON values that were printed, in order.
//	                     Members that are not shown do not matter, "…" stands
//	                     for any value.
//	```text              after sh: the lines that were printed. … stands for
//	                     any text in a line, a line of … alone for any lines.
//
// A call answers 200 unless what is shown names another status. What a block prints must be shown.
// Pages of the guide continue where its first page ends.

// example is a block that runs, with what it prints.
type example struct {
	line   int
	code   string
	answer string // "json", "text" or "" when nothing is shown
	want   string
}

// skippedExample is a block that does not run, and why.
type skippedExample struct {
	line   int
	reason string
}

var fence = regexp.MustCompile("^( *)```+(.*)$")

// examplesOf reads the blocks of a page.
func examplesOf(text string) (run []example, skipped []skippedExample, err error) {
	lines := strings.Split(text, "\n")
	last := -1 // the example whose answer may follow
	for i := 0; i < len(lines); i++ {
		open := fence.FindStringSubmatch(lines[i])
		if open == nil {
			continue
		}
		begun := i + 1
		var body []string
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != "```"; i++ {
			body = append(body, strings.TrimPrefix(lines[i], open[1]))
		}
		if i == len(lines) {
			return nil, nil, fmt.Errorf("line %d: the block has no end", begun)
		}
		code := strings.Join(body, "\n")
		switch kind := strings.TrimSpace(open[2]); {
		case kind == "sh":
			last = len(run)
			run = append(run, example{line: begun, code: code})
		case kind == "json" || kind == "text":
			if last >= 0 {
				run[last].answer, run[last].want = kind, code
			}
			last = -1
		case strings.HasPrefix(kind, "sh norun: ") && len(kind) > len("sh norun: "):
			skipped = append(skipped, skippedExample{begun, strings.TrimPrefix(kind, "sh norun: ")})
			last = -1
		case strings.HasPrefix(kind, "sh"), kind == "bash", kind == "shell", kind == "console", kind == "zsh":
			return nil, nil, fmt.Errorf("line %d: a block of %q: it is \"sh\", or \"sh norun: REASON\"", begun, kind)
		default:
			last = -1
		}
	}
	return run, skipped, nil
}

// guide is the page whose blocks come before those of other pages. Its Chinese twin has them too.
const (
	guide        = "docs/guide/README.md"
	chineseGuide = "docs/zh/guide/README.md"
)

// pagesThatRun are the pages whose blocks are run.
func pagesThatRun(t *testing.T) []string {
	t.Helper()
	pages := []string{"README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md"}
	for _, folder := range []string{"guide", "guide/doors", "operations", "protocol", "develop", "zh/guide", "zh/guide/doors"} {
		found, err := filepath.Glob(filepath.Join("..", "docs", filepath.FromSlash(folder), "*.md"))
		if err != nil || len(found) == 0 {
			t.Fatalf("docs/%s: %d pages, %v", folder, len(found), err)
		}
		for _, page := range found {
			pages = append(pages, "docs/"+folder+"/"+filepath.Base(page))
		}
	}
	return pages
}

// needsTheGuide says whether a page continues where the guide's first one ends: those of the guide,
// and those about what is on the wire, in both languages.
func needsTheGuide(page string) bool {
	if page == guide || page == chineseGuide {
		return false
	}
	page = strings.Replace(page, "docs/zh/", "docs/", 1)
	return strings.HasPrefix(page, "docs/guide/") || strings.HasPrefix(page, "docs/protocol/")
}

// readPage reads a page of the repository.
func readPage(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(page)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPagesAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, page string
		run        []example
		skipped    int
		wrong      bool
	}{
		{name: "a page without blocks", page: "# Title\n\ntext\n"},
		{name: "a block and its answer", page: "```sh\na\nb\n```\nso:\n\n```json\n{}\n```\n", run: []example{{1, "a\nb", "json", "{}"}}},
		{name: "a block without an answer", page: "```sh\na\n```\n\n```sh\nb\n```\n", run: []example{{1, "a", "", ""}, {5, "b", "", ""}}},
		{name: "another language in between belongs to nobody", page: "```sh\na\n```\n```yaml\nx: 1\n```\n```json\n{}\n```\n", run: []example{{1, "a", "", ""}}},
		{name: "a block in a list", page: "- so:\n  ```sh\n  a\n  ```\n", run: []example{{2, "a", "", ""}}},
		{name: "a block that says why it does not run", page: "```sh norun: needs a cluster\na\n```\n", skipped: 1},
		{name: "a block that does not say why", page: "```sh norun:\na\n```\n", wrong: true},
		{name: "a block in a language that looks as if it ran", page: "```bash\na\n```\n", wrong: true},
		{name: "a block without an end", page: "```sh\na\n", wrong: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			run, skipped, err := examplesOf(c.page)
			if (err != nil) != c.wrong || len(skipped) != c.skipped || fmt.Sprint(run) != fmt.Sprint(c.run) {
				t.Errorf("read %v, %d skipped, %v", run, len(skipped), err)
			}
		})
	}
}
