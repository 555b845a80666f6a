// Command dist builds what is handed out: an archive per platform with the
// binary, the licences and a list of what is in it (SBOM), the packages deb and
// rpm, a container image, the Helm chart, the TypeScript client, the installer,
// the provenance, and the checksums of them all. The same source, Go version,
// -version and -commit give the same bytes, on any machine and in any folder.
package main

import (
	"context"
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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	j := job{source: ".", pkg: "./cmd/holdfast", name: "holdfast"}
	platforms := flag.String("platforms", usual, "what to build for, OS/ARCH separated by commas")
	flag.StringVar(&j.version, "version", "devel", "version to stamp and to name the archives by")
	flag.StringVar(&j.commit, "commit", "", "commit to stamp")
	flag.StringVar(&j.out, "out", "dist", "folder for what is made")
	flag.StringVar(&j.nfpm, "nfpm", "", "the program that writes deb and rpm, as scripts/tool nfpm builds it")
	onlyImage := flag.Bool("image", false, "make the image and nothing else")
	flag.Parse()
	var err error
	if j.time, err = sourceTime(ctx); err == nil && *onlyImage {
		err = j.in(func() error { _, err := j.image(ctx, architectures); return err })
	} else if err == nil {
		err = j.run(ctx, strings.Split(*platforms, ","), architectures)
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

// run makes everything: archives of the platforms, packages and the image of the
// architectures, and what there is one of. The provenance comes after all that
// it is about, the checksums come last.
func (j *job) run(ctx context.Context, platforms, architectures []string) error {
	return j.in(func() error {
		if err := j.clear(); err != nil {
			return err
		}
		made, err := j.built(ctx, platforms, architectures)
		if err != nil {
			return err
		}
		for _, add := range []func() (string, error){
			j.chart, j.npm, j.installer,
			func() (string, error) { return j.provenance(ctx, made) },
		} {
			name, err := add()
			if err != nil {
				return err
			}
			fmt.Println(name)
			made = append(made, name)
		}
		return writeSums(j.out, made)
	})
}

// built compiles and packs, and returns the names of the files made.
func (j *job) built(ctx context.Context, platforms, architectures []string) ([]string, error) {
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
	for _, arch := range architectures {
		files, err := j.packages(ctx, arch)
		if err != nil {
			return nil, fmt.Errorf("packages for %s: %w", arch, err)
		}
		made = append(made, files...)
		fmt.Println(strings.Join(files, ", "))
	}
	name, err := j.image(ctx, architectures)
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	return append(made, name), nil
}

// installer copies install.sh, for whoever has only the folder.
func (j *job) installer() (string, error) {
	text, err := os.ReadFile(filepath.Join(j.source, "deploy", "install.sh"))
	if err != nil {
		return "", err
	}
	return j.write("install.sh", text)
}
