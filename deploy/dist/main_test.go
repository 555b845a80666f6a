package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var releaseTime = time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)

// copyOf copies the module's sources to a folder of the test's own.
func copyOf(t *testing.T) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "some", "where")
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	names := []string{"go.mod", "go.sum", "LICENSE", "NOTICE", "api", "client", "cmd", "docs", "internal", "deploy"}
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
		from := filepath.Join("..", "..", name)
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
	var outs [2]map[string][]byte
	for i := range outs {
		j := job{source: copyOf(t), pkg: pkg, name: "holdfast", version: "v1.2.3", time: releaseTime, out: t.TempDir()}
		if err := j.run(t.Context(), []string{runtime.GOOS + "/" + runtime.GOARCH}, []string{runtime.GOARCH}, true); err != nil {
			t.Fatal(err)
		}
		outs[i] = read(t, j.out)
	}
	if len(outs[0]) != 4 || len(outs[1]) != 4 {
		t.Fatalf("%d and %d files, want an archive, its list, an image and the checksums", len(outs[0]), len(outs[1]))
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
	label := "holdfast_v1.2.3_" + runtime.GOOS + "_" + runtime.GOARCH
	wantContents(t, label, unpackTar(t, outs[0][label+".tar.gz"]), label+"/holdfast")
	wantImage(t, outs[0]["holdfast_v1.2.3_image.tar"])
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
		Components             []struct{ Name, Version, PURL string }
	}
	if err := json.Unmarshal(got[folder+"/sbom.cdx.json"], &list); err != nil {
		t.Fatal(err)
	}
	if list.BOMFormat != "CycloneDX" || list.Metadata.Timestamp != "2026-02-03T04:05:06Z" || len(list.Components) == 0 ||
		list.Components[0].PURL != "pkg:golang/std@"+strings.TrimPrefix(runtime.Version(), "go") {
		t.Errorf("%s: the list of parts is %+v", what, list)
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
