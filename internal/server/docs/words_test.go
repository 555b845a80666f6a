package docs_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/api"
	"holdfast.dev/holdfast/internal/nearest"
)

const glossary = "docs/guide/glossary.md"

// ourWord is what a page of the glossary writes for a word of ours: names of the API as code.
func ourWord(w nearest.Word) string {
	if strings.ContainsAny(w.Ours, "_/") || nearest.IsHeader(w.Ours) {
		return "`" + w.Ours + "`"
	}
	return w.Ours
}

// The glossary's section about other systems is docs/words.tsv. UPDATE_DOCS=1 writes it.
func TestTheGlossaryHasTheTableOfWords(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- made from docs/words.tsv -->\n", "<!-- end -->\n"
	source, err := fs.ReadFile(holdfast.Documents, glossary)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(source), begin)
	have, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the table", glossary)
	}
	var want strings.Builder
	want.WriteString("\n| elsewhere | in | here | |\n|---|---|---|---|\n")
	for _, w := range nearest.Words() {
		theirs := w.Theirs
		if w.Lang == "en" {
			theirs = "`" + theirs + "`"
		}
		want.WriteString("| " + strings.Join([]string{theirs, w.Where, ourWord(w), w.Note}, " | ") + " |\n")
	}
	want.WriteString("\n")
	if have == want.String() {
		return
	}
	if os.Getenv("UPDATE_DOCS") == "" {
		t.Fatalf("%s and docs/words.tsv differ: UPDATE_DOCS=1 go test ./internal/server/docs -run TheTableOfWords", glossary)
	}
	if err := os.WriteFile("../../../"+glossary, []byte(before+begin+want.String()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A word of ours is a field, a verb or a path of the API, a header that the documents explain, or a word of
// the glossary.
func TestOurWordsExist(t *testing.T) {
	t.Parallel()
	page, err := fs.ReadFile(holdfast.Documents, glossary)
	if err != nil {
		t.Fatal(err)
	}
	protocol, err := fs.ReadFile(holdfast.Documents, "docs/protocol/api.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(page), "\n## Words of other systems\n")
	_, after, _ := strings.Cut(rest, "\n## ")
	known := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]*) \|`).FindAllStringSubmatch(before+after, -1) {
		for _, word := range strings.FieldsFunc(row[1], func(r rune) bool { return r == ',' || r == ';' || r == '(' }) {
			known[strings.Trim(word, " `")] = true
		}
	}
	for _, name := range regexp.MustCompile(`(?m)^ +([a-z_]+):$`).FindAllSubmatch(api.OpenAPI, -1) {
		known[string(name[1])] = true
	}
	for _, path := range regexp.MustCompile(`(?m)^  (/\S*):$`).FindAllSubmatch(api.OpenAPI, -1) {
		known[string(path[1])] = true
	}
	for _, w := range nearest.Words() {
		if !known[w.Ours] && (!nearest.IsHeader(w.Ours) || !strings.Contains(string(protocol), w.Ours)) {
			t.Errorf("%s is called %q here, which is neither in the API nor in the glossary", w.Theirs, w.Ours)
		}
	}
}
