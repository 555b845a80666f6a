package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// nfpmProgram builds the tool, once per version.
func nfpmProgram(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join("..", "..", "scripts", "tool"), "nfpm").Output()
	if err != nil {
		t.Fatalf("build nfpm: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// wantDeb reads a deb as dpkg does: an archive of ar with the control files and
// the data.
func wantDeb(t *testing.T, deb, program []byte) {
	t.Helper()
	parts := unpackAr(t, deb)
	control, data := unpackDeb(t, parts["control.tar.gz"]), unpackDeb(t, parts["data.tar.gz"])
	if string(parts["debian-binary"]) != "2.0\n" {
		t.Errorf("debian-binary is %q", parts["debian-binary"])
	}
	about := string(control["./control"].body)
	for _, line := range []string{"Package: holdfast\n", "Version: 1.2.3~dev+gc0ffee\n", "Depends: passwd\n"} {
		if !strings.Contains(about, line) {
			t.Errorf("control lacks %q:\n%s", line, about)
		}
	}
	if got := string(control["./conffiles"].body); got != "/etc/holdfast/holdfast.env\n" {
		t.Errorf("conffiles are %q", got)
	}
	for _, script := range []string{"./postinst", "./prerm", "./postrm"} {
		if f := control[script]; f.mode != 0o755 || !bytes.HasPrefix(f.body, []byte("#!/bin/sh\n")) {
			t.Errorf("%s: mode %o, %q", script, f.mode, f.body)
		}
	}
	unit := data["./usr/lib/systemd/system/holdfast.service"]
	if !bytes.Contains(unit.body, []byte("ExecStart=/usr/bin/holdfast serve\n")) || bytes.Contains(unit.body, []byte("/usr/local")) {
		t.Errorf("the unit is %s", unit.body)
	}
	if f := data["./usr/bin/holdfast"]; f.mode != 0o755 || !bytes.Equal(f.body, program) {
		t.Errorf("the program has mode %o and %d bytes, that of the archive has %d", f.mode, len(f.body), len(program))
	}
	if f := data["./etc/holdfast/holdfast.env"]; f.mode != 0o600 || !bytes.Contains(f.body, []byte("\nHOLDFAST_HTTP=127.0.0.1:8080\n")) {
		t.Errorf("the settings have mode %o: %s", f.mode, f.body)
	}
}

// unpackAr reads an archive of ar.
func unpackAr(t *testing.T, b []byte) map[string][]byte {
	t.Helper()
	rest, ok := bytes.CutPrefix(b, []byte("!<arch>\n"))
	if !ok {
		t.Fatalf("a deb begins with %q", b[:min(8, len(b))])
	}
	parts := map[string][]byte{}
	for len(rest) >= 60 {
		name := strings.TrimRight(string(rest[:16]), " /")
		size, err := strconv.Atoi(strings.TrimSpace(string(rest[48:58])))
		if err != nil || 60+size > len(rest) {
			t.Fatalf("%s: size %q", name, rest[48:58])
		}
		if when := strings.TrimSpace(string(rest[16:28])); when != strconv.FormatInt(releaseTime.Unix(), 10) {
			t.Errorf("%s is of %s", name, when)
		}
		parts[name] = rest[60 : 60+size]
		rest = rest[min(60+size+size%2, len(rest)):]
	}
	return parts
}

func unpackDeb(t *testing.T, b []byte) map[string]file {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]file{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || !h.ModTime.Equal(releaseTime) {
			t.Errorf("%s is of %d:%d at %v", h.Name, h.Uid, h.Gid, h.ModTime)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all["./"+strings.TrimPrefix(strings.TrimPrefix(h.Name, "."), "/")] = file{h.Name, h.Mode & 0o777, body}
	}
}

// The scripts of packages are read by the plainest of shells.
func TestScriptsAreReadByAPlainShell(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("../package/*/*")
	if err != nil || len(scripts) != 6 {
		t.Fatalf("%v, %v", scripts, err)
	}
	for _, script := range append(scripts, "../install.sh") {
		if out, err := exec.CommandContext(t.Context(), "sh", "-n", script).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", script, err, out)
		}
	}
}

func wantChart(t *testing.T, files map[string][]byte) {
	t.Helper()
	about := string(files["holdfast/Chart.yaml"])
	for _, line := range []string{"\nversion: \"1.2.3-dev-gc0ffee\"\n", "\nappVersion: \"1.2.3-dev-gc0ffee\"\n"} {
		if !strings.Contains(about, line) {
			t.Errorf("Chart.yaml lacks %q:\n%s", line, about)
		}
	}
	if len(files["holdfast/values.yaml"]) == 0 || len(files["holdfast/templates/deployment.yaml"]) == 0 {
		t.Errorf("the chart has %d files, without values.yaml or templates", len(files))
	}
}

func wantClient(t *testing.T, files map[string][]byte) {
	t.Helper()
	var about struct {
		Name, Version, License string
		Private                bool
		Exports                map[string]map[string]string
	}
	if err := json.Unmarshal(files["package/package.json"], &about); err != nil {
		t.Fatal(err)
	}
	if about.Name != "holdfast-client" || about.Version != "1.2.3-dev-gc0ffee" || about.License != "Apache-2.0" || about.Private {
		t.Errorf("package.json is %+v", about)
	}
	for _, name := range []string{about.Exports["."]["default"], "README.md", "LICENSE"} {
		if len(files["package/"+strings.TrimPrefix(name, "./")]) == 0 {
			t.Errorf("the package lacks %s", name)
		}
	}
}

// The provenance names the commit, the toolchain, and each file that is handed
// out but itself and the checksums.
func wantProvenance(t *testing.T, made map[string][]byte) {
	t.Helper()
	var s statement
	if err := json.Unmarshal(made["holdfast_1.2.3-dev-gc0ffee_provenance.intoto.json"], &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Subject) != len(made)-2 {
		t.Errorf("the provenance is about %d of %d files", len(s.Subject), len(made))
	}
	for _, r := range s.Subject {
		if want := strings.TrimPrefix(digest(made[r.Name]), "sha256:"); len(made[r.Name]) == 0 || r.Digest["sha256"] != want {
			t.Errorf("%s has %v, want %s", r.Name, r.Digest, want)
		}
	}
	d := s.Predicate.BuildDefinition
	if d.ResolvedDependencies[0].Digest["gitCommit"] != "c0ffee" || len(d.ResolvedDependencies) != 1+len(locks) || !strings.HasPrefix(d.InternalParameters["go"], "go1.") {
		t.Errorf("built from %+v with %v", d.ResolvedDependencies, d.InternalParameters)
	}
}
