package planted_test

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/sim/planted"
)

// Each patch fits today's source, and the result is Go. A change to product text that a
// patch looks for needs the same change in the patch.
func TestEachPatchFits(t *testing.T) {
	t.Parallel()
	files, err := planted.Overlay("../../..")
	if err != nil {
		t.Error(err)
	}
	for file, text := range files {
		if !strings.HasSuffix(file, ".go") {
			continue
		}
		if _, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution); err != nil {
			t.Error(err)
		}
	}
	var all strings.Builder
	for _, text := range files {
		all.WriteString(text)
	}
	for _, b := range planted.All() {
		asks := func(method string) bool { return strings.Contains(all.String(), method+`("`+b.Name+`")`) }
		if !asks("lanted.Is") && !asks("p.Is") && !asks(".HasPlanted") {
			t.Errorf("no patch of the bug %q asks whether the ledger has it", b.Name)
		}
		for _, p := range b.Patches {
			if p.Old == p.New {
				t.Errorf("a patch of the bug %q changes nothing in %s", b.Name, p.File)
			}
		}
	}
}

// A patch that does not fit names its bug, its file and its text.
func TestAPatchThatDoesNotFitIsNamed(t *testing.T) {
	t.Parallel()
	if _, err := planted.Overlay(t.TempDir()); err == nil || !strings.Contains(err.Error(), `planted bug "no key check"`) {
		t.Errorf("in an empty folder: %v", err)
	}
}
