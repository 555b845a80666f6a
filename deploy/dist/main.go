// Command dist builds what is handed out: an archive per platform with the
// binary, the licences and a list of what is in it (SBOM), a container image,
// and the checksums of them all. The same source, Go version, -version and
// -commit give the same bytes, on any machine and in any folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// usual are the platforms that are handed out.
const usual = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64"

// job is what is built, and how.
type job struct {
	source  string // the top folder of the module
	pkg     string // the program
	name    string
	version string
	commit  string
	time    time.Time // the commit's, and of everything in the archives
	out     string
	work    string // binaries on their way into archives and images
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	j := job{source: ".", pkg: "./cmd/holdfast", name: "holdfast"}
	platforms := flag.String("platforms", usual, "what to build for, OS/ARCH separated by commas")
	flag.StringVar(&j.version, "version", "devel", "version to stamp and to name the archives by")
	flag.StringVar(&j.commit, "commit", "", "commit to stamp")
	flag.StringVar(&j.out, "out", "dist", "folder for what is made")
	onlyImage := flag.Bool("image", false, "make the image and nothing else")
	flag.Parse()
	archives, sums := strings.Split(*platforms, ","), true
	if *onlyImage {
		archives, sums = nil, false
	}
	var err error
	if j.time, err = sourceTime(ctx); err == nil {
		err = j.run(ctx, archives, architectures, sums)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

// sourceTime is SOURCE_DATE_EPOCH, else the time of the commit, else 1980: the
// earliest that a zip file can say.
func sourceTime(ctx context.Context) (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		if out, err := exec.CommandContext(ctx, "git", "log", "-1", "--format=%ct").Output(); err == nil {
			text = strings.TrimSpace(string(out))
		}
	}
	if text == "" {
		return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// run makes an archive for each platform and an image for the architectures;
// the checksums come last, if they are wanted.
func (j *job) run(ctx context.Context, platforms, architectures []string, sums bool) error {
	if err := os.MkdirAll(j.out, 0o755); err != nil {
		return err
	}
	var err error
	if j.work, err = os.MkdirTemp("", "dist-"); err != nil {
		return err
	}
	made, err := j.buildAll(ctx, platforms, architectures)
	if err = errors.Join(err, os.RemoveAll(j.work)); err != nil || !sums {
		return err
	}
	return writeSums(j.out, made)
}

// buildAll returns the names of the files made.
func (j *job) buildAll(ctx context.Context, platforms, architectures []string) ([]string, error) {
	var made []string
	for _, p := range platforms {
		goos, arch, ok := strings.Cut(strings.TrimSpace(p), "/")
		if !ok {
			return nil, fmt.Errorf("platform %q: want OS/ARCH", p)
		}
		files, err := j.platform(ctx, goos, arch)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		made = append(made, files...)
	}
	if len(architectures) == 0 {
		return made, nil
	}
	name, err := j.image(ctx, architectures)
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	return append(made, name), nil
}

// parts are what is handed out of one platform.
type parts struct {
	label      string
	binary     []byte
	modules    int
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
	if p.sbom, err = cycloneDX(j, goos, arch, modules); err != nil {
		return p, err
	}
	p.modules, p.thirdParty = len(modules), thirdParty(modules)
	p.binary, err = os.ReadFile(binary)
	return p, err
}

// fileVersion is the version as a file's name or an image's tag may have it.
func (j *job) fileVersion() string { return strings.ReplaceAll(j.version, "/", "-") }

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
	for _, name := range []string{"LICENSE", "NOTICE", "README.md"} {
		text, err := os.ReadFile(filepath.Join(j.source, name))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, 0o644, text})
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
		if err := os.WriteFile(filepath.Join(j.out, name), b, 0o644); err != nil {
			return nil, err
		}
	}
	fmt.Printf("%s: %d MiB, %d modules\n", archive, len(packed)>>20, p.modules)
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
