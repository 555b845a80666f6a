package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// architectures are what the image runs on, all with Linux.
var architectures = []string{"amd64", "arm64"}

// owner is the user of the image, which has no name and no rights.
const owner = 65532

// The image format of the Open Container Initiative, as much of it as is used.
type (
	descriptor struct {
		MediaType   string            `json:"mediaType"`
		Digest      string            `json:"digest"`
		Size        int               `json:"size"`
		Platform    *platform         `json:"platform,omitempty"`
		Annotations map[string]string `json:"annotations,omitempty"`
	}
	platform struct {
		Architecture string `json:"architecture"`
		OS           string `json:"os"`
		Variant      string `json:"variant,omitempty"`
	}
	index struct {
		SchemaVersion int          `json:"schemaVersion"`
		MediaType     string       `json:"mediaType"`
		Manifests     []descriptor `json:"manifests"`
	}
	manifest struct {
		SchemaVersion int          `json:"schemaVersion"`
		MediaType     string       `json:"mediaType"`
		Config        descriptor   `json:"config"`
		Layers        []descriptor `json:"layers"`
	}
	imageConfig struct {
		platform

		Created time.Time `json:"created"`
		Config  runConfig `json:"config"`
		RootFS  rootFS    `json:"rootfs"`
		History []history `json:"history"`
	}
	rootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	}
	history struct {
		Created   time.Time `json:"created"`
		CreatedBy string    `json:"created_by"`
	}
	// runConfig is what a container starts with. It says what deploy/Dockerfile
	// says.
	runConfig struct {
		User         string              `json:"User"`
		Env          []string            `json:"Env"`
		Entrypoint   []string            `json:"Entrypoint"`
		Cmd          []string            `json:"Cmd"`
		WorkingDir   string              `json:"WorkingDir"`
		StopSignal   string              `json:"StopSignal"`
		Volumes      map[string]struct{} `json:"Volumes"`
		ExposedPorts map[string]struct{} `json:"ExposedPorts"`
		Labels       map[string]string   `json:"Labels"`
		// Of Docker; others ignore it.
		Healthcheck healthcheck `json:"Healthcheck"`
	}
	healthcheck struct {
		Test        []string
		Interval    time.Duration
		Timeout     time.Duration
		StartPeriod time.Duration
		Retries     int
	}
)

const (
	mediaIndex    = "application/vnd.oci.image.index.v1+json"
	mediaManifest = "application/vnd.oci.image.manifest.v1+json"
	mediaConfig   = "application/vnd.oci.image.config.v1+json"
	mediaLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// image writes an OCI archive, a tar file of an image layout, and returns its
// name. Each architecture has a manifest; an index names them all.
func (j *job) image(ctx context.Context, architectures []string) (string, error) {
	var l layout
	var manifests []descriptor
	for _, arch := range architectures {
		d, err := j.manifest(ctx, &l, arch)
		if err != nil {
			return "", fmt.Errorf("linux/%s: %w", arch, err)
		}
		manifests = append(manifests, d)
	}
	all, err := l.object(mediaIndex, index{2, mediaIndex, manifests})
	if err != nil {
		return "", err
	}
	tagged := j.name + ":" + j.fileVersion()
	all.Annotations = map[string]string{
		"org.opencontainers.image.ref.name": tagged,
		"io.containerd.image.name":          "docker.io/library/" + tagged, // so that Docker and containerd name it as it is built
	}
	body, err := json.Marshal(index{2, mediaIndex, []descriptor{all}})
	if err != nil {
		return "", err
	}
	l.files = append(l.files, file{"index.json", 0o644, body}, file{"oci-layout", 0o644, []byte(`{"imageLayoutVersion":"1.0.0"}`)})
	entries := []entry{{file: file{name: "blobs"}, folder: true}, {file: file{name: "blobs/sha256"}, folder: true}}
	for _, f := range sorted(l.files) {
		entries = append(entries, entry{file: f})
	}
	packed, err := packed(j.time, entries)
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("%s_%s_image.tar", j.name, j.fileVersion())
	if _, err := j.write(name, packed); err != nil {
		return "", err
	}
	fmt.Printf("%s: %d MiB, %s for linux/%s, %s\n", name, len(packed)>>20, tagged, strings.Join(architectures, " and linux/"), all.Digest)
	return name, nil
}

// manifest adds what one architecture has.
func (j *job) manifest(ctx context.Context, l *layout, arch string) (descriptor, error) {
	layer, err := j.layer(ctx, arch)
	if err != nil {
		return descriptor{}, err
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return descriptor{}, err
	}
	if _, err := z.Write(layer); err != nil {
		return descriptor{}, err
	}
	if err := z.Close(); err != nil {
		return descriptor{}, err
	}
	p := platform{Architecture: arch, OS: "linux"}
	if arch == "arm64" {
		p.Variant = "v8"
	}
	config, err := l.object(mediaConfig, imageConfig{
		platform: p, Created: j.time.UTC(), Config: j.runConfig(),
		RootFS:  rootFS{"layers", []string{digest(layer)}},
		History: []history{{j.time.UTC(), "make image"}},
	})
	if err != nil {
		return descriptor{}, err
	}
	d, err := l.object(mediaManifest, manifest{2, mediaManifest, config, []descriptor{l.blob(mediaLayer, b.Bytes())}})
	d.Platform = &p
	return d, err
}

func (j *job) runConfig() runConfig {
	none := struct{}{}
	return runConfig{
		User:         fmt.Sprintf("%d:%d", owner, owner),
		Env:          []string{"HOLDFAST_DB=sqlite:/data/holdfast.db", "HOLDFAST_HTTP=:8080", "HOLDFAST_GRPC=:8081"},
		Entrypoint:   []string{"/usr/local/bin/holdfast"},
		Cmd:          []string{"serve"},
		WorkingDir:   "/data",
		StopSignal:   "SIGTERM",
		Volumes:      map[string]struct{}{"/data": none},
		ExposedPorts: map[string]struct{}{"8080/tcp": none, "8081/tcp": none, "9090/tcp": none},
		Labels: map[string]string{
			"org.opencontainers.image.title":    "Holdfast",
			"org.opencontainers.image.version":  j.version,
			"org.opencontainers.image.revision": j.commit,
			"org.opencontainers.image.created":  j.time.UTC().Format(time.RFC3339),
			"org.opencontainers.image.licenses": "Apache-2.0",
		},
		Healthcheck: healthcheck{
			Test:     []string{"CMD", "/usr/local/bin/holdfast", "doctor", "--only", "server", "--url", "http://127.0.0.1:9090"},
			Interval: 10 * time.Second, Timeout: 6 * time.Second, StartPeriod: 30 * time.Second, Retries: 3,
		},
	}
}

// layer is the tar file of all that the image holds.
func (j *job) layer(ctx context.Context, arch string) ([]byte, error) {
	p, err := j.parts(ctx, "linux", arch)
	if err != nil {
		return nil, err
	}
	entries := []entry{{file: file{name: "data"}, folder: true, mine: true}}
	for _, folder := range []string{"etc", "etc/ssl", "etc/ssl/certs", "usr", "usr/local", "usr/local/bin"} {
		entries = append(entries, entry{file: file{name: folder}, folder: true})
	}
	files := []file{
		{"etc/ssl/certs/ca-certificates.crt", 0o644, roots()},
		{"usr/local/bin/holdfast", 0o755, p.binary},
		{"THIRD-PARTY.txt", 0o644, p.thirdParty},
		{"sbom.cdx.json", 0o644, p.sbom},
	}
	for _, name := range []string{"LICENSE", "NOTICE"} {
		text, err := os.ReadFile(filepath.Join(j.source, name))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, 0o644, text})
	}
	for _, f := range files {
		entries = append(entries, entry{file: f})
	}
	return packed(j.time, entries)
}

// roots are the authorities that Mozilla trusts, for traces sent over TLS. A
// file of certificates cannot say that one is trusted for some names only, so
// those are left out.
func roots() []byte {
	var b bytes.Buffer
	for r := range bundle.Roots() {
		if r.Constraint == nil {
			b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate}))
		}
	}
	return b.Bytes()
}

// layout collects the files of an image layout.
type layout struct{ files []file }

// blob adds one; the same bytes are kept once.
func (l *layout) blob(mediaType string, b []byte) descriptor {
	d := descriptor{MediaType: mediaType, Digest: digest(b), Size: len(b)}
	name := "blobs/sha256/" + strings.TrimPrefix(d.Digest, "sha256:")
	for _, f := range l.files {
		if f.name == name {
			return d
		}
	}
	l.files = append(l.files, file{name, 0o644, b})
	return d
}

// object adds a blob of JSON.
func (l *layout) object(mediaType string, v any) (descriptor, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return descriptor{}, err
	}
	return l.blob(mediaType, b), nil
}

func digest(b []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(b)) }

// entry is a file or a folder of a tar file.
type entry struct {
	file

	folder bool
	mine   bool // belongs to the user of the image, and to nobody else
}

// packed is a tar file that does not say where it was made.
func packed(at time.Time, entries []entry) ([]byte, error) {
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Mode: e.mode, Size: int64(len(e.body)), ModTime: at, Format: tar.FormatUSTAR}
		if e.folder {
			h.Typeflag, h.Name, h.Mode = tar.TypeDir, e.name+"/", 0o755
		}
		if e.mine {
			h.Uid, h.Gid, h.Mode = owner, owner, 0o700
		}
		if err := t.WriteHeader(h); err != nil {
			return nil, fmt.Errorf("pack %s: %w", e.name, err)
		}
		if _, err := t.Write(e.body); err != nil {
			return nil, fmt.Errorf("pack %s: %w", e.name, err)
		}
	}
	err := t.Close()
	return b.Bytes(), err
}
