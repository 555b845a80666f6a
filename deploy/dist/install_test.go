package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// aRelease is a folder with an archive for this machine, in which a script
// stands for the program.
func aRelease(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	label := "holdfast_1.2.3_" + runtime.GOOS + "_" + runtime.GOARCH
	packed, err := tarball(label, releaseTime, []file{{"holdfast", 0o755, []byte("#!/bin/sh\necho holdfast 1.2.3\n")}})
	if err != nil {
		t.Fatal(err)
	}
	j := job{source: filepath.Join("..", ".."), out: folder}
	if _, err := j.write(label+".tar.gz", packed); err != nil {
		t.Fatal(err)
	}
	if _, err := j.installer(); err != nil {
		t.Fatal(err)
	}
	if err := writeSums(folder, []string{label + ".tar.gz", "install.sh"}); err != nil {
		t.Fatal(err)
	}
	return folder
}

// install runs the installer of the release.
func install(t *testing.T, release string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{filepath.Join(release, "install.sh")}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestTheInstallerTakesAFolderOrAnAddress(t *testing.T) {
	t.Parallel()
	release := aRelease(t)
	server := httptest.NewServer(http.FileServer(http.Dir(release)))
	defer server.Close()
	for _, from := range [][]string{nil, {release}, {server.URL}, {server.URL + "/"}} {
		prefix := t.TempDir()
		out, err := install(t, release, append(from, "--prefix", prefix)...)
		if err != nil || !strings.Contains(out, "holdfast 1.2.3\ninstalled: "+prefix+"/bin/holdfast\n") {
			t.Errorf("from %v: %v\n%s", from, err, out)
		}
		entries, err := os.ReadDir(filepath.Join(prefix, "bin"))
		if err != nil || len(entries) != 1 {
			t.Errorf("from %v: %v, %v", from, entries, err)
		}
	}
}

func TestTheInstallerRefusesWhatIsNotInTheChecksums(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file, text, want string
	}{
		{"another archive", "holdfast_1.2.3_" + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz", "PK", "is not the file that SHA256SUMS names: nothing was installed"},
		{"no archive for this machine", "SHA256SUMS", "00  holdfast_1.2.3_plan9_mips.tar.gz\n", "SHA256SUMS names no archive for " + runtime.GOOS},
		{"a name that leads elsewhere", "SHA256SUMS", "00  holdfast_../x_" + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz\n", "SHA256SUMS names no archive for " + runtime.GOOS},
	} {
		release, prefix := aRelease(t), t.TempDir()
		if err := os.WriteFile(filepath.Join(release, c.file), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := install(t, release, "--prefix", prefix)
		if err == nil || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v\n%s", c.name, err, out)
		}
		if entries, _ := os.ReadDir(prefix); len(entries) != 0 {
			t.Errorf("%s: %v was installed", c.name, entries)
		}
	}
	// Checksums from elsewhere count, and not those next to the archive.
	release, sums := aRelease(t), filepath.Join(t.TempDir(), "sums")
	line := strings.Repeat("0", 64) + "  holdfast_1.2.3_" + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz\n"
	if err := os.WriteFile(sums, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := install(t, release, "--prefix", t.TempDir(), "--sums", sums); err == nil {
		t.Errorf("the archive was not compared with the checksums given:\n%s", out)
	}
}
