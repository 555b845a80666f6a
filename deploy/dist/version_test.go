package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sources are a repository with what scripts/version reads.
type sources struct {
	t      *testing.T
	folder string
}

func newSources(t *testing.T, changelog string) *sources {
	t.Helper()
	s := &sources{t, t.TempDir()}
	script, err := os.ReadFile(filepath.Join("..", "..", "scripts", "version"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("scripts/version", string(script))
	s.write("CHANGELOG.md", changelog)
	return s
}

func (s *sources) write(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

func (s *sources) git(args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "git", append([]string{"-c", "user.name=t", "-c", "user.email=t@t"}, args...)...)
	cmd.Dir = s.folder
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (s *sources) commit() string {
	s.t.Helper()
	s.git("add", "-A")
	s.git("commit", "--allow-empty", "-qm", "x")
	return s.git("rev-parse", "HEAD")[:7]
}

func (s *sources) want(want, when string) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), filepath.Join(s.folder, "scripts", "version"))
	cmd.Dir = s.t.TempDir() // wherever it is started
	out, err := cmd.CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != want {
		s.t.Errorf("%s: %q, %v, want %q", when, got, err, want)
	}
}

func TestTheVersionIsTheTagElseTheNextOneWithTheCommit(t *testing.T) {
	t.Parallel()
	s := newSources(t, "# Changelog\n\n## [0.2.0] - unreleased\n\n## [0.1.0] - 2026-12-01\n")
	s.want("0.2.0-dev", "sources without a history")
	s.git("init", "-q")
	s.want("0.2.0-dev+g"+s.commit(), "no tag")
	s.git("tag", "v0.2.0")
	s.git("tag", "notes")
	s.want("0.2.0", "a tag")
	s.write("CHANGELOG.md", "## [0.2.0] - 2026-12-02\n")
	s.want("0.2.1-dev+g"+s.git("rev-parse", "HEAD")[:7]+".dirty", "a changed file")
	s.want("0.2.1-dev+g"+s.commit(), "a commit after a tag, without a heading for the next version")
	s.write("CHANGELOG.md", "## [0.3.0-rc.1] - unreleased\n")
	s.want("0.3.0-rc.1-dev+g"+s.commit(), "a commit on the way to a candidate")
}

// Names of files have a minus for the plus of a version, and stay valid versions.
func TestVersionsInNamesOfFiles(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{"0.1.0": "0.1.0", "0.1.0-dev+g3a5ced2": "0.1.0-dev-g3a5ced2", "fix/x": "fix-x"} {
		if got := (&job{version: version}).fileVersion(); got != want {
			t.Errorf("%s is %s in names of files, want %s", version, got, want)
		}
	}
}

// A release is not made if nobody could look for known vulnerabilities.
func TestAReleaseNeedsTheCheckOfVulnerabilities(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		ok   bool
	}{
		{nil, true},
		{[]string{"--release", "0.2.0-dev+g1234567"}, true},
		{[]string{"--release", "0.2.0"}, false},
		{[]string{"--release"}, true},
		{[]string{"--other"}, false},
	} {
		cmd := exec.CommandContext(t.Context(), filepath.Join("..", "..", "scripts", "vuln"), c.args...)
		cmd.Env = append(os.Environ(), "GOVULNDB=file://"+t.TempDir())
		if out, err := cmd.CombinedOutput(); (err == nil) != c.ok {
			t.Errorf("%q: %v\n%s", c.args, err, out)
		}
	}
}
