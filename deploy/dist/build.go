package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"time"
)

// parts are what is handed out of one platform.
type parts struct {
	label      string
	binary     []byte
	components int // modules and packages in it
	sbom       []byte
	thirdParty []byte
}

// parts builds and describes one binary, unless that is done.
func (j *job) parts(ctx context.Context, goos, arch string) (parts, error) {
	p := parts{label: fmt.Sprintf("%s_%s_%s_%s", j.name, j.fileVersion(), goos, arch)}
	binary := filepath.Join(j.work, p.label)
	if _, err := os.Stat(binary); errors.Is(err, os.ErrNotExist) {
		if err := j.build(ctx, binary, goos, arch); err != nil {
			return p, err
		}
	}
	modules, err := linked(ctx, j.source, binary)
	if err != nil {
		return p, err
	}
	packs, err := bundled(j.source)
	if err != nil {
		return p, err
	}
	if p.sbom, err = cycloneDX(j, goos, arch, modules, packs); err != nil {
		return p, err
	}
	p.components, p.thirdParty = len(modules)+len(packs), thirdParty(modules)
	p.binary, err = os.ReadFile(binary)
	return p, err
}

// platform packs one binary, and returns the files made.
func (j *job) platform(ctx context.Context, goos, arch string) ([]string, error) {
	p, err := j.parts(ctx, goos, arch)
	if err != nil {
		return nil, err
	}
	program := j.name
	if goos == "windows" {
		program += ".exe"
	}
	files := []file{{program, 0o755, p.binary}, {"sbom.cdx.json", 0o644, p.sbom}, {"THIRD-PARTY.txt", 0o644, p.thirdParty}}
	texts := []string{"LICENSE", "NOTICE", "README.md"}
	if goos == "linux" {
		texts = append(texts, "deploy/systemd/holdfast.service", "deploy/systemd/holdfast.env")
	}
	for _, name := range texts {
		text, err := os.ReadFile(filepath.Join(j.source, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		files = append(files, file{path.Base(name), 0o644, text})
	}
	archive := p.label + ".tar.gz"
	pack := tarball
	if goos == "windows" {
		archive, pack = p.label+".zip", zipped
	}
	packed, err := pack(p.label, j.time, files)
	if err != nil {
		return nil, err
	}
	list := p.label + ".cdx.json"
	for name, b := range map[string][]byte{archive: packed, list: p.sbom} {
		if _, err := j.write(name, b); err != nil {
			return nil, err
		}
	}
	fmt.Printf("%s: %d MiB, %d components\n", archive, len(packed)>>20, p.components)
	return []string{archive, list}, nil
}

// build compiles. What could tell machines apart is left out or fixed.
func (j *job) build(ctx context.Context, to, goos, arch string) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-tags", "grpcnotrace",
		"-ldflags", "-s -w -X main.version="+j.version+" -X main.commit="+j.commit+" -X main.commitTime="+j.time.Format(time.RFC3339), "-o", to, j.pkg)
	cmd.Dir = j.source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+arch, "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return nil
}
