package test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	// Servers and relays work in it, so that none outlives the tests.
	dir, end, err := dbtest.Folder("test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer end()
	defer func() { closeBrowser() }()
	// Some pages of the documents are run by the users of database servers.
	if err := os.Chmod(dir, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	binary = filepath.Join(dir, "holdfast")
	pages := exec.Command("../scripts/console", "build")
	pages.Stdout, pages.Stderr = os.Stderr, os.Stderr
	if err := pages.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the console:", err)
		return 1
	}
	if err := build(binary, "../cmd/holdfast"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// proofBinary is holdfast-proof, built once, when a test first needs it.
var proofBinary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(binary), "holdfast-proof")
	return path, build(path, "../proof/cmd/holdfast-proof")
})

func build(path, folder string, flags ...string) error {
	// Without debug information, as in a release: it takes half of the linking.
	args := append([]string{"build", "-ldflags", "-s -w", "-o", path}, flags...)
	cmd := exec.Command("go", append(args, folder)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build %s: %w", folder, err)
	}
	return nil
}
