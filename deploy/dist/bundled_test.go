package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Pages that were built from other packages than the sources name are not handed out.
func TestPackagesOfOtherSourcesAreRefused(t *testing.T) {
	t.Parallel()
	source := copyOf(t)
	list := filepath.Join(source, "console", "dist", "licences.md")
	for text, want := range map[string]string{
		"## @noble/hashes - 2.3.9 (MIT)\n": "@noble/hashes 2.3.9",
		"# Licenses\n":                     "names no package",
	} {
		if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := bundled(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if err := os.Remove(list); err != nil {
		t.Fatal(err)
	}
	if _, err := bundled(source); err == nil || !strings.Contains(err.Error(), "scripts/console build") {
		t.Errorf("without pages: %v", err)
	}
}
