// Command dist builds what is handed out: an archive per platform with the
// binary, the licences and a list of what is in it (SBOM), and the checksums of
// them all. The same source, Go version and -version give the same bytes, on
// any machine and in any folder.
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
	time    time.Time // of everything in the archives
	out     string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	j := job{source: ".", pkg: "./cmd/holdfast", name: "holdfast"}
	platforms := flag.String("platforms", usual, "what to build for, OS/ARCH separated by commas")
	flag.StringVar(&j.version, "version", "devel", "version to stamp and to name the archives by")
	flag.StringVar(&j.out, "out", "dist", "folder for the archives")
	flag.Parse()
	var err error
	if j.time, err = sourceTime(ctx); err == nil {
		err = j.run(ctx, strings.Split(*platforms, ","))
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

// run builds for each platform and writes the checksums last.
func (j *job) run(ctx context.Context, platforms []string) error {
	if err := os.MkdirAll(j.out, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "dist-")
	if err != nil {
		return err
	}
	made, err := j.all(ctx, work, platforms)
	if err = errors.Join(err, os.RemoveAll(work)); err != nil {
		return err
	}
	return writeSums(j.out, made)
}

// all builds for each platform and returns the names of the files made.
func (j *job) all(ctx context.Context, work string, platforms []string) ([]string, error) {
	var made []string
	for _, p := range platforms {
		goos, arch, ok := strings.Cut(strings.TrimSpace(p), "/")
		if !ok {
			return nil, fmt.Errorf("platform %q: want OS/ARCH", p)
		}
		files, err := j.platform(ctx, work, goos, arch)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		made = append(made, files...)
	}
	return made, nil
}

// platform builds, describes and packs one binary, and returns the files made.
func (j *job) platform(ctx context.Context, work, goos, arch string) ([]string, error) {
	label := fmt.Sprintf("%s_%s_%s_%s", j.name, strings.ReplaceAll(j.version, "/", "-"), goos, arch)
	binary := filepath.Join(work, label)
	if err := j.build(ctx, binary, goos, arch); err != nil {
		return nil, err
	}
	modules, err := linked(ctx, j.source, binary)
	if err != nil {
		return nil, err
	}
	sbom, err := cycloneDX(j, goos, arch, modules)
	if err != nil {
		return nil, err
	}
	program := j.name
	if goos == "windows" {
		program += ".exe"
	}
	body, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	files := []file{{program, 0o755, body}, {"sbom.cdx.json", 0o644, sbom}, {"THIRD-PARTY.txt", 0o644, thirdParty(modules)}}
	for _, name := range []string{"LICENSE", "NOTICE", "README.md"} {
		text, err := os.ReadFile(filepath.Join(j.source, name))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, 0o644, text})
	}
	archive := label + ".tar.gz"
	pack := tarball
	if goos == "windows" {
		archive, pack = label+".zip", zipped
	}
	packed, err := pack(label, j.time, files)
	if err != nil {
		return nil, err
	}
	list := label + ".cdx.json"
	for name, b := range map[string][]byte{archive: packed, list: sbom} {
		if err := os.WriteFile(filepath.Join(j.out, name), b, 0o644); err != nil {
			return nil, err
		}
	}
	fmt.Printf("%s: %d MiB, %d modules\n", archive, len(packed)>>20, len(modules))
	return []string{archive, list}, nil
}

// build compiles. What could tell machines apart is left out or fixed.
func (j *job) build(ctx context.Context, to, goos, arch string) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-mod=readonly",
		"-ldflags", "-s -w -X main.version="+j.version, "-o", to, j.pkg)
	cmd.Dir = j.source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+arch, "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return nil
}
