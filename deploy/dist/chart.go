package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

var (
	chartVersion    = regexp.MustCompile(`(?m)^version: .*$`)
	chartAppVersion = regexp.MustCompile(`(?m)^appVersion: .*$`)
)

// chart packs the Helm chart, as "helm package" would, and returns its name.
// Its version and that of the image it runs are those of this release.
func (j *job) chart() (string, error) {
	files, err := filesBelow(filepath.Join(j.source, "deploy", "helm", "holdfast"))
	if err != nil {
		return "", err
	}
	for i, f := range files {
		if f.name != "Chart.yaml" {
			continue
		}
		for line, in := range map[string]*regexp.Regexp{"version: ": chartVersion, "appVersion: ": chartAppVersion} {
			if n := len(in.FindAll(files[i].body, -1)); n != 1 {
				return "", fmt.Errorf("the file Chart.yaml has %d lines %q", n, line)
			}
			files[i].body = in.ReplaceAll(files[i].body, []byte(line+`"`+j.fileVersion()+`"`))
		}
	}
	packed, err := tarball("holdfast", j.time, files)
	if err != nil {
		return "", err
	}
	return j.write(fmt.Sprintf("%s-chart-%s.tgz", j.name, j.fileVersion()), packed)
}

// filesBelow reads a folder; names are those below it, with slashes.
func filesBelow(folder string) ([]file, error) {
	var files []file
	top := os.DirFS(folder)
	err := fs.WalkDir(top, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(top, name)
		files = append(files, file{name, 0o644, bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))})
		return err
	})
	if len(files) == 0 && err == nil {
		err = fmt.Errorf("%s is empty", folder)
	}
	return files, err
}
