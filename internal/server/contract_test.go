package server_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Clients of tests are made where their transport holds answers against the
// document; those named here speak to a server of the test's own, or speak no
// HTTP that the document is about.
func TestNoTestBypassesTheDocument(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*_test.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		if file == "contract_test.go" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			for _, way := range []string{"http.Client{", "http.DefaultClient", "http.Get(", "http.Post("} {
				if strings.Contains(line, way) && !strings.Contains(line, "contracttest.Transport(") {
					t.Errorf("%s:%d: %s without contracttest.Transport", file, n+1, strings.TrimSuffix(way, "("))
				}
			}
		}
	}
}
