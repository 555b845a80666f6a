package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// formats are the packages of Linux, each with the scripts that its system runs
// and what useradd is in: a package, or the file where packages have different names (shadow-utils, SUSE's shadow).
var formats = []struct {
	name    string
	scripts map[string]string // nfpm's name to the file in deploy/package
	needs   string
}{
	{"deb", map[string]string{"postinstall": "deb/postinst", "preremove": "deb/prerm", "postremove": "deb/postrm"}, "passwd"},
	{"rpm", map[string]string{"postinstall": "rpm/post", "preremove": "rpm/preun", "postremove": "rpm/postun"}, "/usr/sbin/useradd"},
}

// The settings of nfpm, as much of them as is used.
type (
	packageConfig struct {
		Name        string            `json:"name"`
		Arch        string            `json:"arch"`
		Platform    string            `json:"platform"`
		Version     string            `json:"version"`
		Section     string            `json:"section"`
		Priority    string            `json:"priority"`
		Maintainer  string            `json:"maintainer"`
		Description string            `json:"description"`
		Homepage    string            `json:"homepage"`
		License     string            `json:"license"`
		ModTime     time.Time         `json:"mtime"`
		Depends     []string          `json:"depends"`
		Recommends  []string          `json:"recommends"`
		Contents    []packageFile     `json:"contents"`
		Scripts     map[string]string `json:"scripts"`
		RPM         packageRPM        `json:"rpm"`
	}
	packageFile struct {
		Source      string      `json:"src,omitempty"`
		Destination string      `json:"dst"`
		Kind        string      `json:"type,omitempty"`
		Info        packageInfo `json:"file_info"`
	}
	packageInfo struct {
		Mode os.FileMode `json:"mode"`
	}
	packageRPM struct {
		BuildHost string `json:"buildhost"`
		Summary   string `json:"summary"`
	}
)

// packages writes the deb and the rpm of one architecture, and returns their
// names. nfpm orders their versions: 0.1.0-dev+g3a5ced2 becomes
// 0.1.0~dev+g3a5ced2, which is older than 0.1.0.
func (j *job) packages(ctx context.Context, arch string) ([]string, error) {
	p, err := j.parts(ctx, "linux", arch)
	if err != nil {
		return nil, err
	}
	stage := filepath.Join(j.work, "package-"+arch)
	contents, err := j.packageContents(stage, p)
	if err != nil {
		return nil, err
	}
	var made []string
	for _, f := range formats {
		scripts := map[string]string{}
		for name, file := range f.scripts {
			if scripts[name], err = filepath.Abs(filepath.Join(j.source, "deploy", "package", filepath.FromSlash(file))); err != nil {
				return nil, err
			}
		}
		config, err := json.Marshal(packageConfig{
			Name: j.name, Arch: arch, Platform: "linux", Version: j.version, Section: "database", Priority: "optional",
			Maintainer: "Holdfast <noreply@holdfast.dev>", Homepage: "https://holdfast.dev/", License: "Apache-2.0",
			Description: "Inventory centre\n" + about, ModTime: j.time,
			Depends: []string{f.needs}, Recommends: []string{"ca-certificates"},
			Contents: contents, Scripts: scripts,
			RPM: packageRPM{BuildHost: "holdfast", Summary: "Inventory centre"},
		})
		if err != nil {
			return nil, err
		}
		file := filepath.Join(stage, f.name+".yaml") // JSON is YAML
		if err := os.WriteFile(file, config, 0o644); err != nil {
			return nil, err
		}
		name := p.label + "." + f.name
		cmd := exec.CommandContext(ctx, j.nfpm, "package", "--config", file, "--packager", f.name, "--target", filepath.Join(j.out, name))
		cmd.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", j.time.Unix()))
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%v: %w\n%s", cmd, err, out)
		}
		made = append(made, name)
	}
	return made, nil
}

const about = `It keeps the stock of shops, restaurant chains, marketplaces and warehouses, promises units to orders, and never
promises a unit twice. One server with an embedded database; several can share PostgreSQL, MySQL or MariaDB.`

// packageContents puts what both packages have into a folder, and lists it.
func (j *job) packageContents(stage string, p parts) ([]packageFile, error) {
	unit, err := os.ReadFile(filepath.Join(j.source, "deploy", "systemd", "holdfast.service"))
	if err != nil {
		return nil, err
	}
	// /usr/local is the administrator's own.
	unit = []byte(strings.ReplaceAll(string(unit), "/usr/local/bin/", "/usr/bin/"))
	doc := "/usr/share/doc/" + j.name + "/"
	texts := map[string][]byte{"/usr/bin/" + j.name: p.binary, "/usr/lib/systemd/system/holdfast.service": unit, doc + "THIRD-PARTY.txt": p.thirdParty, doc + "sbom.cdx.json": p.sbom}
	for to, from := range map[string]string{
		"/etc/holdfast/holdfast.env": "deploy/systemd/holdfast.env", doc + "copyright": "LICENSE", doc + "NOTICE": "NOTICE",
		doc + "README.md": "README.md", doc + "CHANGELOG.md": "CHANGELOG.md",
	} {
		if texts[to], err = os.ReadFile(filepath.Join(j.source, filepath.FromSlash(from))); err != nil {
			return nil, err
		}
	}
	contents := []packageFile{{Destination: "/etc/holdfast", Kind: "dir", Info: packageInfo{0o755}}}
	for to, text := range texts {
		from := filepath.Join(stage, filepath.FromSlash(to))
		if err := os.MkdirAll(filepath.Dir(from), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(from, text, 0o600); err != nil {
			return nil, err
		}
		f := packageFile{Source: from, Destination: to, Info: packageInfo{0o644}}
		switch {
		case strings.HasPrefix(to, "/usr/bin/"):
			f.Info.Mode = 0o755
		case strings.HasPrefix(to, "/etc/"):
			// It may name keys and passwords; systemd reads it as root.
			f.Kind, f.Info.Mode = "config|noreplace", 0o600
		}
		contents = append(contents, f)
	}
	return contents, nil
}
