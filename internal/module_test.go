package internal

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// modernc.org/sqlite is C translated to Go against one exact version of
// modernc.org/libc; with another it crashes, mostly on 32-bit ARM.
func TestLibcIsTheOneSQLiteWasMadeFor(t *testing.T) {
	t.Parallel()
	goMod := golist(t, "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite")[0]
	wanted := required(t, goMod, "modernc.org/libc")
	ours := required(t, "../go.mod", "modernc.org/libc")
	if ours != wanted {
		t.Errorf("go.mod asks for modernc.org/libc %s, modernc.org/sqlite was made for %s", ours, wanted)
	}
	if built := golist(t, "-m", "-f", "{{.Version}}", "modernc.org/libc")[0]; built != wanted {
		t.Errorf("modernc.org/libc %s is what gets built, modernc.org/sqlite was made for %s", built, wanted)
	}
}

// permitted recognises the licences under which others may run, change and sell
// what they build with Holdfast: Apache-2.0, MIT, BSD, ISC, MPL-2.0, Unlicense,
// public domain.
var permitted = regexp.MustCompile(strings.ReplaceAll(strings.Join([]string{
	`Apache License,? Version 2\.0`,
	`Permission is hereby granted, free of charge, to any person obtaining a copy`,
	`Redistribution and use in source and binary forms, with or without modification`,
	`Permission to use, copy, modify, and(/or)? distribute this software for any purpose with or without fee`,
	`Mozilla Public License,? [Vv]ersion 2\.0`,
	`This is free and unencumbered software released into the public domain`,
	`All of the code and documentation in SQLite has been dedicated to the public domain`,
}, "|"), " ", `\s+`))

// refused begin licences that would bind whoever runs or links Holdfast. Looked
// for in the title only: other licences mention them further down.
var refused = regexp.MustCompile(`(?i)GNU (Affero |Lesser |Library )?General Public License|Server Side Public License|` +
	`Business Source License|Commons Clause|Elastic License`)

var licenceFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)`)

func TestEveryLinkedModuleHasAPermissiveLicence(t *testing.T) {
	t.Parallel()
	linked := golist(t, "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}", "../cmd/holdfast")
	slices.Sort(linked)
	linked = slices.DeleteFunc(slices.Compact(linked), func(line string) bool { return line == "" })
	if len(linked) < 3 {
		t.Fatalf("only %d modules are linked: the test looks in the wrong place", len(linked))
	}
	for _, line := range linked {
		name, dir, _ := strings.Cut(line, "\t")
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, entry := range entries {
			// LICENSE-LOGO names the origin of a picture that is not linked in.
			if !licenceFile.MatchString(entry.Name()) || entry.Name() == "LICENSE-LOGO" || entry.IsDir() {
				continue
			}
			found = true
			text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
			if err != nil {
				t.Fatal(err)
			}
			switch title := text[:min(len(text), 200)]; {
			case refused.Match(title):
				t.Errorf("%s: %s is not a licence Holdfast may link", name, entry.Name())
			case !permitted.Match(text):
				t.Errorf("%s: %s is a licence this test does not know; read it, then add it to the list", name, entry.Name())
			}
		}
		if !found {
			t.Errorf("%s: no licence file in the module", name)
		}
	}
}

// required returns the version of a module that a go.mod file asks for.
func required(t *testing.T, goMod, name string) string {
	t.Helper()
	f, err := os.Open(goMod)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(lines.Text()), "require "))
		if len(fields) >= 2 && fields[0] == name {
			return fields[1]
		}
	}
	t.Fatalf("%s does not ask for %s", goMod, name)
	return ""
}

func golist(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// Packages that only tests need are not in the program. Nor is a template engine: it
// calls methods by their names, so that the linker would keep every method of
// every type. cobra and goose import one and use it for what nobody asks of them.
func TestTheProgramHoldsNothingThatItDoesNotUse(t *testing.T) {
	t.Parallel()
	tests := regexp.MustCompile(`^(github\.com/(xuri|Shopify|pb33f|anishathalye|chromedp|expr-lang)/|pgregory\.net/rapid|html/template$|golang\.org/x/net/trace$)`)
	for _, line := range golist(t, "-deps", "-tags", "grpcnotrace", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "../cmd/holdfast") {
		path, imports, _ := strings.Cut(line, " ")
		if tests.MatchString(path) {
			t.Errorf("%s is linked", path)
		}
		if slices.Contains(strings.Fields(imports), "text/template") && path != "github.com/spf13/cobra" && path != "github.com/pressly/goose/v3" {
			t.Errorf("%s uses text/template", path)
		}
	}
}
