package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// asHoldfast in the environment makes the test binary be the program, so that
// the documents' command lines run as they stand.
const asHoldfast = "AS_HOLDFAST"

func TestMain(m *testing.M) {
	if os.Getenv(asHoldfast) != "" {
		main()
	}
	os.Exit(m.Run())
}

// The key of the documents' examples.
const docsKey = "change-me-please"

// TestDocumentedExamplesWork runs the bash blocks of a document, top to bottom,
// against a server of its own. A call must answer 200, or what the comment on
// its line or above it names.
func TestDocumentedExamplesWork(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"README.md", "docs/guide/api.md"} {
		t.Run(document, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(document)))
			if err != nil {
				t.Fatal(err)
			}
			dir, address := t.TempDir(), freeAddress(t)
			serveForDocs(t, dir, address)
			runExamples(t, string(text), dir, address)
		})
	}
}

var markdownLink = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)

func TestLinksBetweenDocumentsLeadSomewhere(t *testing.T) {
	t.Parallel()
	top := filepath.Join("..", "..")
	documents, err := filepath.Glob(filepath.Join(top, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	deeper, err := filepath.Glob(filepath.Join(top, "docs", "*", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range append(documents, deeper...) {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range markdownLink.FindAllSubmatch(text, -1) {
			target := string(link[1])
			if strings.Contains(target, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(document), filepath.FromSlash(target))); err != nil {
				t.Errorf("%s links to %s: %v", document, target, err)
			}
		}
	}
}

// serveForDocs starts the server that the documents start by hand.
func serveForDocs(t *testing.T, dir, address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	server := exec.CommandContext(ctx, os.Args[0], "serve", "--db", "sqlite:holdfast.db",
		"--http", address, "--grpc", freeAddress(t), "--ops", freeAddress(t))
	server.Dir = dir
	server.Env = append(os.Environ(), asHoldfast+"=1", bootstrapKeyEnv+"="+docsKey)
	server.Cancel = func() error { return server.Process.Signal(os.Interrupt) }
	server.WaitDelay = 20 * time.Second
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		cancel()
		<-ended
	})

	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(time.Minute); ; {
		if resp, err := http.Get("http://" + address + "/readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("serve ended: %v\n%s", err, log.String())
		case <-deadline:
			t.Fatal("serve does not get ready")
		case <-tick.C:
		}
	}
}

var (
	bashBlock  = regexp.MustCompile("(?s)```bash\n(.*?)```")
	namedCode  = regexp.MustCompile(`#.*\b(4\d\d)\b`)
	answerCode = regexp.MustCompile(`(?m) \[(\d{3})\]$`)
)

func runExamples(t *testing.T, text, dir, address string) {
	t.Helper()
	var lines []string
	for _, block := range bashBlock.FindAllStringSubmatch(text, -1) {
		lines = append(lines, strings.Split(block[1], "\n")...)
	}
	var want []string
	script := []string{
		"set -euo pipefail",
		fmt.Sprintf(`holdfast() { %s=1 "$BINARY" "$@"; }`, asHoldfast),
		`curl() { command curl -w ' [%{http_code}]' "$@"; echo; }`,
	}
	for i, line := range lines {
		line = strings.NewReplacer("./bin/holdfast", "holdfast", "localhost:8080", address).Replace(line)
		if strings.HasPrefix(line, "make ") || strings.HasPrefix(line, "holdfast serve") {
			continue
		}
		if strings.HasPrefix(line, "api ") || strings.HasPrefix(line, "curl ") {
			code := "200"
			if named := namedCode.FindStringSubmatch(line); named != nil {
				code = named[1]
			} else if named := namedCode.FindStringSubmatch(lines[max(i-1, 0)]); named != nil && strings.HasPrefix(lines[i-1], "#") {
				code = named[1]
			}
			want = append(want, code)
		}
		script = append(script, line)
	}
	if len(want) < 5 {
		t.Fatalf("only %d calls found in the document", len(want))
	}

	cmd := exec.CommandContext(t.Context(), "bash", "-c", strings.Join(script, "\n"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "BINARY="+os.Args[0])
	printed, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v; printed:\n%s", err, printed)
	}
	var got []string
	for _, found := range answerCode.FindAllSubmatch(printed, -1) {
		got = append(got, string(found[1]))
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the calls answer %v, the document says %v; printed:\n%s", got, want, printed)
	}
}
