package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
)

var npmVersion = regexp.MustCompile(`(?m)^  "version": ".*",$`)

// npm packs the TypeScript client as "npm pack" does, with the version of this
// release, and returns its name. "scripts/console client" has built it.
func (j *job) npm() (string, error) {
	from := filepath.Join(j.source, "clients", "typescript")
	built, err := filesBelow(filepath.Join(from, "dist"))
	if err != nil {
		return "", fmt.Errorf("%w; build it with: scripts/console client", err)
	}
	for i := range built {
		built[i].name = path.Join("dist", built[i].name)
	}
	about, err := os.ReadFile(filepath.Join(from, "package.json"))
	if err != nil {
		return "", err
	}
	if n := len(npmVersion.FindAll(about, -1)); n != 1 {
		return "", fmt.Errorf("package.json has %d versions", n)
	}
	about = npmVersion.ReplaceAll(about, []byte(`  "version": "`+j.fileVersion()+`",`))
	files := append(built, file{"package.json", 0o644, about})
	for name, where := range map[string]string{"README.md": filepath.Join(from, "README.md"), "LICENSE": filepath.Join(j.source, "LICENSE")} {
		text, err := os.ReadFile(where)
		if err != nil {
			return "", err
		}
		files = append(files, file{name, 0o644, text})
	}
	packed, err := tarball("package", j.time, files)
	if err != nil {
		return "", err
	}
	return j.write("holdfast-client-"+j.fileVersion()+".tgz", packed)
}
