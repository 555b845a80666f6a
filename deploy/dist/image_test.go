package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// wantImage reads an image as those do who run one: from index.json to the
// files, and every digest and size on the way is that of the bytes.
func wantImage(t *testing.T, archive []byte) {
	t.Helper()
	files := untarred(t, archive)
	if string(files["oci-layout"].body) != `{"imageLayoutVersion":"1.0.0"}` {
		t.Errorf("oci-layout is %q", files["oci-layout"].body)
	}
	read := map[string]bool{}
	blob := func(d descriptor, mediaType string) []byte {
		t.Helper()
		name := "blobs/sha256/" + strings.TrimPrefix(d.Digest, "sha256:")
		read[name] = true
		b := files[name].body
		if digest(b) != d.Digest || len(b) != d.Size || d.MediaType != mediaType {
			t.Fatalf("%+v leads to %d bytes with %s, want a %s", d, len(b), digest(b), mediaType)
		}
		return b
	}
	top := decoded[index](t, files["index.json"].body)
	if len(top.Manifests) != 1 || top.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != "holdfast:1.2.3-dev-gc0ffee" {
		t.Fatalf("index.json is %+v", top)
	}
	platforms := decoded[index](t, blob(top.Manifests[0], mediaIndex)).Manifests
	if len(platforms) != 1 || platforms[0].Platform.OS != "linux" || platforms[0].Platform.Architecture != runtime.GOARCH {
		t.Fatalf("the image is for %+v, want linux/%s", platforms, runtime.GOARCH)
	}
	m := decoded[manifest](t, blob(platforms[0], mediaManifest))
	config := decoded[imageConfig](t, blob(m.Config, mediaConfig))
	if len(m.Layers) != 1 || !config.Created.Equal(releaseTime) || config.platform != *platforms[0].Platform {
		t.Errorf("%d layers, made at %v for %+v", len(m.Layers), config.Created, config.platform)
	}
	z, err := gzip.NewReader(bytes.NewReader(blob(m.Layers[0], mediaLayer)))
	if err != nil {
		t.Fatal(err)
	}
	layer, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(config.RootFS.DiffIDs, []string{digest(layer)}) {
		t.Errorf("the layer is %s, the configuration says %v", digest(layer), config.RootFS.DiffIDs)
	}
	for name := range files {
		if strings.HasPrefix(name, "blobs/sha256/") && name != "blobs/sha256/" && !read[name] {
			t.Errorf("nothing leads to %s", name)
		}
	}
	wantRoot(t, untarred(t, layer))
}

// wantRoot looks at the file system of the image.
func wantRoot(t *testing.T, root map[string]entry) {
	t.Helper()
	for name, mode := range map[string]int64{
		"usr/local/bin/holdfast": 0o755, "LICENSE": 0o644, "NOTICE": 0o644, "THIRD-PARTY.txt": 0o644, "sbom.cdx.json": 0o644,
		"etc/ssl/certs/ca-certificates.crt": 0o644,
	} {
		if f := root[name]; len(f.body) == 0 || f.mode != mode || f.mine {
			t.Errorf("%s: %d bytes, mode %o, the user's own: %v", name, len(f.body), f.mode, f.mine)
		}
	}
	if data := root["data/"]; !data.folder || !data.mine || data.mode != 0o700 {
		t.Errorf("/data is %+v, want a folder for the user alone", data)
	}
	for name := range root {
		if folder, _, ok := strings.Cut(strings.TrimSuffix(name, "/"), "/"); ok && !root[folder+"/"].folder {
			t.Errorf("%s comes without its folder", name)
		}
	}
	if pool := x509.NewCertPool(); !pool.AppendCertsFromPEM(root["etc/ssl/certs/ca-certificates.crt"].body) {
		t.Error("no certificate can be read")
	}
}

func untarred(t *testing.T, b []byte) map[string]entry {
	t.Helper()
	all := map[string]entry{}
	for r := tar.NewReader(bytes.NewReader(b)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if !h.ModTime.Equal(releaseTime) || h.Uname != "" || (h.Uid != 0 && h.Uid != owner) || h.Uid != h.Gid {
			t.Errorf("%s says who or when: %+v", h.Name, h)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := all[h.Name]; twice {
			t.Errorf("%s is there twice", h.Name)
		}
		all[h.Name] = entry{file: file{h.Name, h.Mode, body}, folder: h.Typeflag == tar.TypeDir, mine: h.Uid == owner}
	}
}

func decoded[T any](t *testing.T, b []byte) T {
	t.Helper()
	var v T
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return v
}

// The image of "make image" and that of the Dockerfile start alike.
func TestBothImagesSayTheSame(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, last, _ := strings.Cut(strings.ReplaceAll(string(text), "\\\n", " "), "\nFROM scratch\n")
	said := map[string]string{}
	for line := range strings.Lines(last) {
		if word, rest, ok := strings.Cut(line, " "); ok && word != "#" && word != "COPY" {
			said[word] = strings.TrimSpace(rest)
		}
	}
	j := job{version: version, time: releaseTime}
	c := j.runConfig()
	list := func(words []string) string {
		b, err := json.Marshal(words)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(b), `","`, `", "`)
	}
	keys := func(m map[string]struct{}) []string {
		var all []string
		for k := range m {
			all = append(all, strings.TrimSuffix(k, "/tcp"))
		}
		slices.Sort(all)
		return all
	}
	short := func(d time.Duration) string { return regexp.MustCompile(`^(\d+)s$`).FindString(d.String()) }
	want := map[string]string{
		"USER": c.User, "ENV": strings.Join(c.Env, " "), "VOLUME": strings.Join(keys(c.Volumes), " "), "WORKDIR": c.WorkingDir,
		"EXPOSE": strings.Join(keys(c.ExposedPorts), " "), "STOPSIGNAL": c.StopSignal,
		"ENTRYPOINT": list(c.Entrypoint), "CMD": list(c.Cmd),
		"HEALTHCHECK": fmt.Sprintf("--interval=%s --timeout=%s --start-period=%s --retries=%d CMD %s", short(c.Healthcheck.Interval),
			short(c.Healthcheck.Timeout), short(c.Healthcheck.StartPeriod), c.Healthcheck.Retries, list(c.Healthcheck.Test[1:])),
	}
	said["HEALTHCHECK"] = strings.Join(strings.Fields(said["HEALTHCHECK"]), " ")
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("make image (-) and the Dockerfile (+) differ:\n%s", diff)
	}
}
