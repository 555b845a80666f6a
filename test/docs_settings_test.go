package test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	settingsPage  = "docs/operations/configuration.md"
	settingsBegin = "<!-- made by a test from --help: begin -->\n"
	settingsEnd   = "<!-- made by a test from --help: end -->\n"
)

// The page about settings has every flag of every command, as --help has it.
// UPDATE_DOCS=1 writes the page anew.
func TestThePageAboutSettingsHasThemAll(t *testing.T) {
	t.Parallel()
	text := readPage(t, settingsPage)
	before, rest, begins := strings.Cut(text, settingsBegin)
	kept, after, ends := strings.Cut(rest, settingsEnd)
	if !begins || !ends {
		t.Fatalf("%s has no place for the settings", settingsPage)
	}
	made := settingsTables(t, nil)
	if n := strings.Count(made, "\n| `--"); n < 30 {
		t.Fatalf("only %d settings were found: --help is not read right\n%s", n, made)
	}
	if made == kept {
		return
	}
	if os.Getenv("UPDATE_DOCS") == "" {
		t.Fatalf("%s is stale; run: UPDATE_DOCS=1 go test ./test -run %s", settingsPage, t.Name())
	}
	path := filepath.Join("..", filepath.FromSlash(settingsPage))
	if err := os.WriteFile(path, []byte(before+settingsBegin+made+settingsEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

var (
	subcommand = regexp.MustCompile(`^  ([a-z-]+) +(\S.*)$`)
	flagLine   = regexp.MustCompile(`^ {2,}(?:-\w, )?--([a-z-]+)(?: ([a-zA-Z]+))? {2,}(\S.*)$`)
	defaultOf  = regexp.MustCompile(` \(default (.*)\)$`)
)

// settingsTables makes a table of the flags of each command below path.
func settingsTables(t *testing.T, path []string) string {
	t.Helper()
	o := runWith(t, []string{"HOLDFAST_CONFIG="}, append(path, "--help")...)
	if o.code != 0 {
		t.Fatalf("holdfast %v --help: %s", path, o.stderr)
	}
	var table, below strings.Builder
	part := ""
	for line := range strings.Lines(o.stdout) {
		line = strings.TrimRight(line, "\n")
		if line != "" && line[0] != ' ' {
			part = line
			continue
		}
		switch part {
		case "Available Commands:", "Daily work:", "Additional Commands:":
			if sub := subcommand.FindStringSubmatch(line); sub != nil && sub[1] != "help" && sub[1] != "completion" {
				below.WriteString(settingsTables(t, append(path[:len(path):len(path)], sub[1])))
			}
		case "Flags:":
			if flag := flagLine.FindStringSubmatch(line); flag != nil && flag[1] != "help" {
				table.WriteString(settingsRow(flag[1], flag[3]))
			} else if flag == nil && strings.TrimSpace(line) != "" {
				t.Fatalf("holdfast %v --help: cannot read %q", path, line)
			}
		}
	}
	if table.Len() == 0 {
		return below.String()
	}
	name := "every command"
	if len(path) > 0 {
		name = "`holdfast " + strings.Join(path, " ") + "`"
	}
	return fmt.Sprintf("\n### %s\n\n| flag | environment | default | |\n|---|---|---|---|\n%s", name, &table) + below.String()
}

func settingsRow(name, what string) string {
	usual := ""
	if found := defaultOf.FindStringSubmatch(what); found != nil {
		usual = strings.Trim(found[1], `"`)
		what = strings.TrimSuffix(what, found[0])
		if !strings.Contains(usual, " ") {
			usual = "`" + usual + "`"
		}
	}
	what = strings.ReplaceAll(what, "|", `\|`)
	return fmt.Sprintf("| `--%s` | `HOLDFAST_%s` | %s | %s |\n", name, strings.ToUpper(strings.ReplaceAll(name, "-", "_")), usual, what)
}
