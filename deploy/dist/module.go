package main

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// module is one that is linked into a binary.
type module struct {
	path, version string
	sum           string // as in go.sum; "" for the standard library
	licence       string // SPDX expression
	texts         []string
}

// linked lists the modules of the binary, the standard library first.
func linked(ctx context.Context, source, binary string) ([]module, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	std := module{path: "std", version: strings.TrimPrefix(info.GoVersion, "go")}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err == nil {
		std.licence, std.texts, err = licences(strings.TrimSpace(string(root)))
	}
	if err != nil {
		return nil, fmt.Errorf("the standard library: %w", err)
	}
	all := []module{std}
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		m := module{path: d.Path, version: d.Version, sum: d.Sum}
		dir, err := folderOf(ctx, source, m)
		if err == nil {
			m.licence, m.texts, err = licences(dir)
		}
		if err != nil {
			return nil, fmt.Errorf("module %s: %w", m.path, err)
		}
		all = append(all, m)
	}
	return all, nil
}

func folderOf(ctx context.Context, source string, m module) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", m.path)
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("find its folder: %w", err)
	}
	if dir := strings.TrimSpace(string(out)); dir != "" {
		return dir, nil
	}
	return "", errors.New("it is not in the module cache; run: go mod download")
}

// known are licences by words that only they have, the first match counts.
// Whether we may link one is decided by internal/module_test.go.
var known = []struct {
	spdx  string
	words *regexp.Regexp
}{
	{"Apache-2.0", words(`Apache License,? Version 2\.0`)},
	{"MPL-2.0", words(`Mozilla Public License,? [Vv]ersion 2\.0`)},
	{"MIT", words(`Permission is hereby granted, free of charge, to any person obtaining a copy`)},
	{"BSD-3-Clause", regexp.MustCompile(`(?s)Redistribution\s+and\s+use\s+in\s+source\s+and\s+binary.*(Neither\s+the\s+name|names\s+of\s+(its|the)\s+contributors|name\s+of\s+the\s+author)`)},
	{"BSD-2-Clause", words(`Redistribution and use in source and binary forms`)},
	{"ISC", words(`Permission to use, copy, modify, and(/or)? distribute this software for any purpose with or without fee`)},
	{"Unlicense", words(`This is free and unencumbered software released into the public domain`)},
	{"blessing", words(`All of the code and documentation in SQLite has been dedicated to the public domain`)},
}

func words(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(text, " ", `\s+`))
}

var licenceFile = regexp.MustCompile(`(?i)^((un)?(licen[cs]e|copying)|notice)`)

// licences reads the licence files of a folder: what they say together, and
// their texts, which whoever hands out a binary must hand out too.
func licences(dir string) (spdx string, texts []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", nil, err
	}
	var ids []string
	for _, e := range entries {
		if !licenceFile.MatchString(e.Name()) || e.IsDir() || e.Name() == "LICENSE-LOGO" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", nil, err
		}
		texts = append(texts, strings.TrimSpace(strings.ReplaceAll(string(b), "\r\n", "\n")))
		if strings.HasPrefix(strings.ToLower(e.Name()), "notice") {
			continue
		}
		id := ""
		for _, k := range known {
			if k.words.Match(b) {
				id = k.spdx
				break
			}
		}
		if id == "" {
			return "", nil, fmt.Errorf("the licence in %s is not known; add it to deploy/dist/module.go", e.Name())
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return "", nil, errors.New("no licence file")
	}
	return strings.Join(ids, " AND "), texts, nil
}

// thirdParty is the text of all licences, module by module.
func thirdParty(modules []module) []byte {
	var b strings.Builder
	b.WriteString("Holdfast is built with the following. Each is used under its own licence.\n")
	for _, m := range modules {
		fmt.Fprintf(&b, "\n%s\n%s %s (%s)\n%s\n", strings.Repeat("=", 72), m.path, m.version, m.licence, strings.Repeat("=", 72))
		for _, t := range m.texts {
			fmt.Fprintf(&b, "\n%s\n", t)
		}
	}
	return []byte(b.String())
}
