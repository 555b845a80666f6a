package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// pack is an npm package that is in the pages of the console.
type pack struct {
	name, version string
	licence       string // SPDX expression
	sum           string // SHA-512 in hex
}

// bundledHeading is how Vite names a package above its licence in console/dist/licences.md.
var bundledHeading = regexp.MustCompile(`(?m)^## (\S+) - (\S+) \((.+)\)$`)

// bundled lists the packages that "scripts/console build" put into the pages, with their sums from the locks.
func bundled(source string) ([]pack, error) {
	list, err := os.ReadFile(filepath.Join(source, "console", "dist", "licences.md"))
	if err != nil {
		return nil, fmt.Errorf("%w; build it with: scripts/console build", err)
	}
	sums, err := lockedSums(source)
	if err != nil {
		return nil, err
	}
	var all []pack
	for _, m := range bundledHeading.FindAllStringSubmatch(string(list), -1) {
		p := pack{name: m[1], version: m[2], licence: m[3]}
		if p.sum = sums[p.name+"@"+p.version]; p.sum == "" {
			return nil, fmt.Errorf("package %s %s of the console is in no package-lock.json; build it again: scripts/console build", p.name, p.version)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		return nil, errors.New("console/dist/licences.md names no package")
	}
	return all, nil
}

// lockedSums are the sums of the console's packages and of those of the client in it, by NAME@VERSION.
func lockedSums(source string) (map[string]string, error) {
	const folderOfPackages = "node_modules/"
	sums := map[string]string{}
	for _, folder := range []string{"console", "clients/typescript"} {
		name := filepath.Join(source, filepath.FromSlash(folder), "package-lock.json")
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var lock struct {
			Packages map[string]struct{ Version, Integrity string }
		}
		if err := json.Unmarshal(text, &lock); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for at, p := range lock.Packages {
			sum, ok := strings.CutPrefix(p.Integrity, "sha512-")
			if !ok {
				continue
			}
			raw, err := base64.StdEncoding.DecodeString(sum)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, at, err)
			}
			pkg := at[strings.LastIndex(at, folderOfPackages)+len(folderOfPackages):]
			sums[pkg+"@"+p.Version] = hex.EncodeToString(raw)
		}
	}
	return sums, nil
}

func (p pack) component() component {
	purl := "pkg:npm/" + strings.Replace(p.name, "@", "%40", 1) + "@" + p.version
	return component{
		Type: "library", Ref: purl, Name: p.name, Version: p.version, PURL: purl,
		Licences: []licence{{p.licence}}, Hashes: []hash{{"SHA-512", p.sum}},
	}
}
