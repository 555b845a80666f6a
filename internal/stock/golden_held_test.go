package stock

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const goldenFolder = "testdata/golden"

// heldSums are the SHA-256 of the golden files by their names, as sums.txt has
// them: a line for each file, as sha256sum writes it.
func heldSums(t *testing.T) map[string]string {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(goldenFolder, "sums.txt"))
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(list)) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok || len(sum) != 2*sha256.Size || sums[name] != "" {
			t.Fatalf("sums.txt: %q is not one sum and a name of its own", line)
		}
		sums[name] = sum
	}
	return sums
}

// holdFile adds a file to sums.txt. A line that was never in a release may be taken out again, to make the file anew.
func holdFile(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.OpenFile(filepath.Join(goldenFolder, "sums.txt"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(sums, "%x  %s\n", sha256.Sum256(text), filepath.Base(path))
	if err := errors.Join(err, sums.Close()); err != nil {
		t.Fatal(err)
	}
}

// Formats only grow. A golden file is part of some log: it is never changed and never
// removed, or a later program would not read that log. A new form of writing gets new
// files, under new names.
func TestGoldenFilesNeverChange(t *testing.T) {
	t.Parallel()
	sums := heldSums(t)
	if len(sums) < 50 {
		t.Errorf("sums.txt has %d files, there were 55", len(sums))
	}
	for name, sum := range sums {
		text, err := os.ReadFile(filepath.Join(goldenFolder, name))
		if err != nil {
			t.Errorf("%v: formats only grow, no golden file goes; take it back from the history", err)
			continue
		}
		if is := fmt.Sprintf("%x", sha256.Sum256(text)); is != sum {
			t.Errorf("%s has changed: formats only grow; leave this file as it was and give what is written now a file of its own", name)
		}
	}
	files, err := filepath.Glob(filepath.Join(goldenFolder, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		name := filepath.Base(path)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if sums[name] == "" && name != "sums.txt" {
			t.Errorf("%s is not held yet: add this line to sums.txt:\n%x  %s", name, sha256.Sum256(text), name)
		}
	}
}
