package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// version is that of the files that tests make.
const version = "1.2.3-dev+gc0ffee"

var releaseTime = time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)

// copyOf copies the module's sources to a folder of the test's own.
func copyOf(t *testing.T) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "some", "where")
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	names := []string{
		"go.mod", "go.sum", "LICENSE", "NOTICE", "api", "client", "cmd", "docs", "internal", "deploy", "tools",
		"clients/typescript/package.json", "clients/typescript/package-lock.json", "clients/typescript/README.md", "console/package-lock.json",
	}
	for _, pattern := range []string{"*.go", "*.md"} {
		top, err := filepath.Glob(filepath.Join("..", "..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range top {
			names = append(names, filepath.Base(file))
		}
	}
	for _, name := range names {
		from := filepath.Join("..", "..", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(from)
		if err == nil && info.IsDir() {
			err = os.CopyFS(filepath.Join(to, name), os.DirFS(from))
		} else if err == nil {
			var b []byte
			if b, err = os.ReadFile(from); err == nil {
				err = os.WriteFile(filepath.Join(to, name), b, 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// Stand for what "scripts/console client" and "scripts/console build" make.
	for name, text := range map[string]string{
		"clients/typescript/dist/index.js": "export {};\n",
		"console/dist/licences.md":         "# Licenses\n\n## @noble/hashes - 2.4.0 (MIT)\n\nPermission\n\n## openapi-fetch - 0.17.0 (MIT)\n",
	} {
		at := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// Two folders, two builds, the same bytes. A small program of the module
// stands for the real one, whose build takes minutes where nothing is cached;
// with SOAK set it is the real one.
func TestTwoBuildsInTwoFoldersAreTheSameBytes(t *testing.T) {
	t.Parallel()
	pkg := "./deploy/dashboard"
	if os.Getenv("SOAK") != "" {
		pkg = "./cmd/holdfast"
	}
	nfpm := nfpmProgram(t)
	var outs [2]map[string][]byte
	for i := range outs {
		j := job{source: copyOf(t), pkg: pkg, name: "holdfast", version: version, commit: "c0ffee", time: releaseTime, out: t.TempDir(), nfpm: nfpm}
		if err := os.WriteFile(filepath.Join(j.out, "holdfast_0.0.1_linux_amd64.tar.gz"), nil, 0o600); err != nil { // of an earlier version
			t.Fatal(err)
		}
		if err := j.run(t.Context(), []string{runtime.GOOS + "/" + runtime.GOARCH}, []string{runtime.GOARCH}); err != nil {
			t.Fatal(err)
		}
		outs[i] = read(t, j.out)
	}
	label := "holdfast_1.2.3-dev-gc0ffee_" + runtime.GOOS + "_" + runtime.GOARCH
	want := []string{
		"SHA256SUMS", label + ".cdx.json", label + ".deb", label + ".rpm", label + ".tar.gz", "holdfast_1.2.3-dev-gc0ffee_image.tar",
		"holdfast_1.2.3-dev-gc0ffee_provenance.intoto.json", "holdfast-chart-1.2.3-dev-gc0ffee.tgz", "holdfast-client-1.2.3-dev-gc0ffee.tgz", "install.sh",
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(outs[0])); !slices.Equal(got, want) || len(outs[1]) != len(want) {
		t.Fatalf("made %d and\n%v, want\n%v", len(outs[1]), got, want)
	}
	for name, b := range outs[0] {
		if !bytes.Equal(b, outs[1][name]) {
			t.Errorf("%s differs between two builds", name)
		}
	}
	check := exec.CommandContext(t.Context(), "sha256sum", "-c", "SHA256SUMS")
	if check.Dir = t.TempDir(); runtime.GOOS == "linux" {
		for name, b := range outs[0] {
			if err := os.WriteFile(filepath.Join(check.Dir, name), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("the checksums do not check out: %v\n%s", err, out)
		}
	}
	program := unpackTar(t, outs[0][label+".tar.gz"])
	wantContents(t, label, program, label+"/holdfast")
	wantImage(t, outs[0]["holdfast_1.2.3-dev-gc0ffee_image.tar"])
	wantChart(t, unpackTar(t, outs[0]["holdfast-chart-1.2.3-dev-gc0ffee.tgz"]))
	wantClient(t, unpackTar(t, outs[0]["holdfast-client-1.2.3-dev-gc0ffee.tgz"]))
	wantProvenance(t, outs[0])
	wantDeb(t, outs[0][label+".deb"], program[label+"/holdfast"])
	if rpm := outs[0][label+".rpm"]; !bytes.HasPrefix(rpm, []byte{0xed, 0xab, 0xee, 0xdb}) || !bytes.Contains(rpm, []byte("1.2.3~dev+gc0ffee\x00")) {
		t.Error("the rpm does not begin as one, or does not have the version 1.2.3~dev+gc0ffee")
	} else if !bytes.Contains(rpm, []byte("\x00/usr/sbin/useradd\x00")) || bytes.Contains(rpm, []byte("shadow-utils")) {
		t.Error("the rpm needs a package that SUSE does not have")
	}
}

// For Windows the same files go into a zip, with the same care.
func TestZipFilesSayNothingOfTheMachine(t *testing.T) {
	t.Parallel()
	files := []file{{"holdfast.exe", 0o755, bytes.Repeat([]byte("MZ"), 9999)}, {"LICENSE", 0o644, []byte("text")}}
	one, err := zipped("holdfast_v1", releaseTime, files)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(files)
	two, err := zipped("holdfast_v1", releaseTime.Local(), files)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, two) {
		t.Error("the order of the files or the time zone makes a difference")
	}
	z, err := zip.NewReader(bytes.NewReader(one), int64(len(one)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		b, err := io.ReadAll(r)
		want := files[slices.IndexFunc(files, func(x file) bool { return "holdfast_v1/"+x.name == f.Name })]
		if err != nil || !bytes.Equal(b, want.body) || !f.Modified.Equal(releaseTime) || f.Mode() != os.FileMode(want.mode) {
			t.Errorf("%s: %d bytes of %v, mode %v, %v", f.Name, len(b), f.Modified, f.Mode(), err)
		}
	}
}

func read(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, e := range entries {
		if all[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// wantContents wants the binary, the licences and the list of parts.
func wantContents(t *testing.T, what string, got map[string][]byte, program string) {
	t.Helper()
	folder := filepath.ToSlash(filepath.Dir(program))
	for _, name := range []string{program, folder + "/LICENSE", folder + "/NOTICE", folder + "/THIRD-PARTY.txt", folder + "/README.md", folder + "/sbom.cdx.json"} {
		if len(got[name]) == 0 {
			t.Errorf("%s: %s is missing", what, name)
		}
	}
	if !bytes.Contains(got[folder+"/THIRD-PARTY.txt"], []byte("The Go Authors")) {
		t.Errorf("%s: the licence of the standard library is missing", what)
	}
	var list struct {
		BOMFormat, SpecVersion string
		Metadata               struct{ Timestamp string }
		Components             []struct {
			Name, Version, PURL string
			Hashes              []struct{ Alg, Content string }
		}
	}
	if err := json.Unmarshal(got[folder+"/sbom.cdx.json"], &list); err != nil {
		t.Fatal(err)
	}
	if list.BOMFormat != "CycloneDX" || list.Metadata.Timestamp != "2026-02-03T04:05:06Z" || len(list.Components) == 0 ||
		list.Components[0].PURL != "pkg:golang/std@"+strings.TrimPrefix(runtime.Version(), "go") {
		t.Errorf("%s: the list of parts is %+v", what, list)
	}
	var packs []string
	for _, c := range list.Components {
		if strings.HasPrefix(c.PURL, "pkg:npm/") && len(c.Hashes) == 1 && c.Hashes[0].Alg == "SHA-512" && len(c.Hashes[0].Content) == 128 {
			packs = append(packs, c.PURL)
		}
	}
	if want := []string{"pkg:npm/%40noble/hashes@2.4.0", "pkg:npm/openapi-fetch@0.17.0"}; !slices.Equal(packs, want) {
		t.Errorf("%s: the list of parts has the packages %v, want %v", what, packs, want)
	}
}

func unpackTar(t *testing.T, b []byte) map[string][]byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if !z.ModTime.IsZero() || z.Name != "" {
		t.Errorf("the archive says when or where it was made: %v %q", z.ModTime, z.Name)
	}
	all := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if !h.ModTime.Equal(releaseTime) || h.Uid != 0 || h.Gid != 0 || h.Uname != "" {
			t.Errorf("%s says who or when: %+v", h.Name, h)
		}
		if all[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

// The licence of every module that is linked is known by its name.
func TestEveryLinkedModuleHasAKnownLicence(t *testing.T) {
	t.Parallel()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}", "../../cmd/holdfast")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.Compact(slices.Sorted(strings.Lines(string(out))))
	if len(lines) < 10 {
		t.Fatalf("only %d modules are linked: the test looks in the wrong place", len(lines))
	}
	for _, line := range lines {
		path, dir, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		if spdx, texts, err := licences(dir); err != nil || spdx == "" || len(texts) == 0 {
			t.Errorf("%s: %q, %v", path, spdx, err)
		}
	}
}
