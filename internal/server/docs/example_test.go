package docs_test

import (
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/internal/server/docs"
)

// shown is a call of the reference with the texts of its example, by language.
type shown struct {
	id, verb, path string
	in             map[string]string
}

var (
	shownCall    = regexp.MustCompile(`(?s)<section class="call" id="([^"]*)">\n<h3><span class="verb">([A-Z]+)</span>([^<]*)</h3>(.*?)</section>`)
	shownExample = regexp.MustCompile(`(?s)<pre class="in-([a-z]+)"><code>(.*?)</code></pre>`)
)

func examples(t *testing.T) []shown {
	t.Helper()
	var all []shown
	for _, part := range shownCall.FindAllStringSubmatch(body(t, site(t, holdfast.Documents), docs.Root+"api"), -1) {
		c := shown{id: part[1], verb: part[2], path: part[3], in: map[string]string{}}
		for _, e := range shownExample.FindAllStringSubmatch(part[4], -1) {
			c.in[e[1]] = html.UnescapeString(e[2])
		}
		all = append(all, c)
	}
	if len(all) < 150 {
		t.Fatalf("%d calls", len(all))
	}
	return all
}

// Each call has an example in each language, and what curl sends is this call with JSON that can be read.
func TestEachCallHasExamples(t *testing.T) {
	t.Parallel()
	address := regexp.MustCompile(`-X ([A-Z]+) "\$HOLDFAST_URL([^"?]*)`)
	sent := regexp.MustCompile(`(?s) -d '(.*)'$`)
	for _, c := range examples(t) {
		for _, lang := range []string{"curl", "go", "ts", "python"} {
			if c.in[lang] == "" {
				t.Errorf("%s has no example in %s", c.id, lang)
			}
		}
		form := regexp.MustCompile("^" + regexp.MustCompile(`\\\{[a-z_]+\\\}`).ReplaceAllString(regexp.QuoteMeta(c.path), `[^/{}]+`) + "$")
		to := address.FindStringSubmatch(c.in["curl"])
		if to == nil || to[1] != c.verb || !form.MatchString(to[2]) {
			t.Errorf("%s %s: curl sends %q", c.verb, c.path, c.in["curl"])
		}
		if b := sent.FindStringSubmatch(c.in["curl"]); b != nil && (!json.Valid([]byte(b[1])) || strings.Contains(b[1], "'")) {
			t.Errorf("%s: curl sends %q", c.id, b[1])
		}
		if !strings.Contains(c.in["ts"], c.path) && !strings.Contains(c.in["ts"], "fetch(url") && !strings.Contains(c.in["ts"], "watch(") {
			t.Errorf("%s: TypeScript has another path: %s", c.id, c.in["ts"])
		}
	}
}

// The Go examples are compiled against the client.
func TestTheGoExamplesCompile(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("package examples\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\t\"net/http\"\n\t\"os\"\n\t\"strings\"\n\t\"time\"\n\n\t\"holdfast.dev/holdfast/client\"\n)\n\nvar (\n\t_ = fmt.Println\n\t_ = http.Get\n\t_ = os.Getenv\n\t_ = strings.NewReader\n\t_ = time.Now\n)\n")
	plain := 0
	for _, c := range examples(t) {
		text := c.in["go"]
		used := "answer, err"
		switch {
		case strings.HasPrefix(text, "for "):
			used = "ctx"
		case strings.HasPrefix(text, "err := "):
			used = "err"
		case strings.HasPrefix(text, "// The client has no method"):
			plain++
		}
		fmt.Fprintf(&b, "\nfunc call%s(ctx context.Context, shop *client.Client) {\n%s\nfor range []any{%s} {}\n}\n", c.id, text, used)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "examples.go", b.String(), 0); err != nil {
		t.Fatal(err)
	}
	if plain > 12 {
		t.Errorf("%d calls are shown without the client", plain)
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "examples.go")
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, "client/examples/examples.go"): file}})
	if err != nil {
		t.Fatal(err)
	}
	for at, text := range map[string]string{file: b.String(), file + ".json": string(overlay)} {
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-gcflags=-e", "-overlay="+file+".json", "./client/examples")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The Python examples are compiled by Python.
func TestThePythonExamplesCompile(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal(err) // scripts/setup installs it
	}
	texts := map[string]string{}
	for _, c := range examples(t) {
		texts[c.id] = c.in["python"]
	}
	sent, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	check := exec.CommandContext(t.Context(), python, "-c", "import json, sys\nfor name, text in json.load(sys.stdin).items(): compile(text, name, 'exec')")
	check.Stdin = strings.NewReader(string(sent))
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The TypeScript examples have the types of the TypeScript client, as its compiler sees them.
func TestTheTypeScriptExamplesHaveTheTypesOfTheClient(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	client := filepath.Join(root, "clients/typescript")
	// Read, so that Go's cache of results knows that the test depends on them.
	for _, name := range []string{"client", "events", "index"} {
		if _, err := os.ReadFile(filepath.Join(client, "src", name+".ts")); err != nil {
			t.Fatal(err)
		}
	}
	settings, err := json.Marshal(map[string]any{
		"extends": filepath.Join(client, "tsconfig.json"),
		"compilerOptions": map[string]any{
			"paths":          map[string]any{"holdfast-client": []string{filepath.Join(client, "src/index.ts")}},
			"typeRoots":      []string{filepath.Join(client, "node_modules/@types")},
			"noUnusedLocals": false, "incremental": false, "tsBuildInfoFile": nil,
		},
		"include": []string{"examples.ts"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	prepared := shownExample.FindAllStringSubmatch(body(t, site(t, holdfast.Documents), docs.Root+"api"), 4)
	b.WriteString(html.UnescapeString(prepared[2][2]) + "\ndeclare const file: Blob;\n")
	for _, c := range examples(t) {
		fmt.Fprintf(&b, "export async function call%s() {\n%s\n}\n", c.id, c.in["ts"])
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"tsconfig.json": string(settings), "examples.ts": b.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), filepath.Join(root, "scripts/console"), "types", dir).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, b.String())
	}
}
