package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

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
	nfpm    string // the program that writes deb and rpm
}

// fileVersion is the version where a plus may not be: in the names of files, the
// tag of the image, the chart, and the package of npm. It is a version of semver.
func (j *job) fileVersion() string { return strings.NewReplacer("/", "-", "+", "-").Replace(j.version) }

// in lets fill put files into the folder, with a place for what is on its way.
func (j *job) in(fill func() error) (err error) {
	if err := os.MkdirAll(j.out, 0o755); err != nil {
		return err
	}
	if j.out, err = filepath.Abs(j.out); err != nil {
		return err
	}
	if j.work, err = os.MkdirTemp("", "dist-"); err != nil {
		return err
	}
	return errors.Join(fill(), os.RemoveAll(j.work))
}

// clear removes what was made before: no file of another version stays among
// those of this one.
func (j *job) clear() error {
	old, err := filepath.Glob(filepath.Join(j.out, j.name+"*"))
	for _, file := range old {
		err = errors.Join(err, os.Remove(file))
	}
	return err
}

// write writes one file that is handed out, and returns its name.
func (j *job) write(name string, b []byte) (string, error) {
	return name, os.WriteFile(filepath.Join(j.out, name), b, 0o644)
}
