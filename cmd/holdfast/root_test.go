package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// everyCommand calls visit for each command a user can see.
func everyCommand(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, sub := range cmd.Commands() {
		if sub.Name() != "help" && sub.Name() != "completion" {
			everyCommand(sub, visit)
		}
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	everyCommand(root(), func(cmd *cobra.Command) {
		if !strings.Contains(cmd.Example, cmd.CommandPath()) {
			t.Errorf("%q: --help shows no example of the command itself", cmd.CommandPath())
		}
		if cmd.Short == "" {
			t.Errorf("%q: no one-line description", cmd.CommandPath())
		}
		if cmd.PersistentPreRunE != nil || cmd.PersistentPreRun != nil {
			t.Errorf("%q: a PersistentPreRun of its own hides the one that reads the settings", cmd.CommandPath())
		}
	})
}

func TestEveryCommandRefusesAnUnknownFlagAsUsage(t *testing.T) {
	t.Parallel()
	everyCommand(root(), func(cmd *cobra.Command) {
		args := append(strings.Fields(cmd.CommandPath())[1:], "--no-such-flag")
		var errOut bytes.Buffer
		err := execute(t.Context(), args, nil, &errOut, &errOut)
		if code := report(&errOut, err); code != exitUsage {
			t.Errorf("%v: exit code %d, want %d; printed:\n%s", args, code, exitUsage, errOut.String())
		}
	})
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	refused := errors.New("the books do not agree")
	tests := []struct {
		name    string
		args    []string
		code    int
		printed string
	}{
		{"a command that succeeds ends with 0 and prints nothing", []string{"probe", "good"}, 0, ""},
		{"a failed check ends with 1 and one sentence", []string{"probe", "bad"}, exitFailed, "holdfast: the books do not agree\n"},
		{"an interrupted command says so", []string{"probe", "interrupted"}, exitFailed, "holdfast: interrupted\n"},
		{"an unknown command is a usage error", []string{"chekc"}, exitUsage, `unknown command "chekc"`},
		{"an unknown subcommand is a usage error, not a success with help", []string{"probe", "ugly"}, exitUsage, `unknown command "ugly" for "holdfast probe"`},
		{"an unknown command with flags is told from a known one with wrong flags", []string{"chekc", "--db", "x"}, exitUsage, `unknown command "chekc"`},
		{"too many arguments are a usage error", []string{"probe", "good", "more"}, exitUsage, `see "holdfast probe good --help"`},
		{"a flag without which the command cannot run is a usage error", []string{"probe", "strict"}, exitUsage, `"holdfast probe strict" needs --expect or HOLDFAST_EXPECT`},
		{"an unknown command names the nearest", []string{"exprot"}, exitUsage, `unknown command "exprot" for "holdfast" (did you mean "export"?)`},
		{"an unknown flag names the nearest", []string{"serve", "--htpp", ":1"}, exitUsage, "unknown flag --htpp (did you mean --http?)"},
		{"a flag's value of the wrong kind says what it takes", []string{"serve", "--sets", "x"}, exitUsage, `--sets "x" is not a whole number`},
		{"so does a duration", []string{"serve", "--forget-every", "soon"}, exitUsage, `--forget-every "soon" is not a duration such as 500ms, 30s or 2h`},
		{"an export of nothing says what there is", []string{"export"}, exitUsage, "products|levels|thresholds|journal"},
		{"an unknown kind names the nearest", []string{"export", "level", "--url", "http://x", "--key", "k", "-o", "x"}, exitUsage, `"level" cannot be exported (did you mean "levels"?): products, levels,`},
		{"an address without a colon says how it is written", []string{"serve", "--http", "8080"}, exitUsage, `--http "8080": missing port, write ":8080"`},
		{"a key on the command line is warned of", []string{"kits", "list", "--key", "k", "--url", "x"}, exitUsage, "--key shows in the list of processes; put the key into HOLDFAST_KEY"},
		{"a missing key names the environment", []string{"kits", "list", "--url", "http://127.0.0.1:1"}, exitUsage, `put one into HOLDFAST_KEY in the environment, or keep it with "holdfast login"`},
		{"a command may find a usage error itself", []string{"probe", "picky"}, exitUsage, "see \"holdfast probe picky --help\""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tree := root()
			check := &cobra.Command{Use: "probe"}
			sub := func(name string, err error) *cobra.Command {
				c := &cobra.Command{Use: name, Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error { return err }}
				check.AddCommand(c)
				return c
			}
			sub("good", nil)
			sub("bad", refused)
			sub("interrupted", fmt.Errorf("read orders: %w", context.Canceled))
			sub("picky", &usageError{err: errors.New("no such mode"), path: "holdfast probe picky"})
			strict := sub("strict", nil)
			strict.Flags().String("expect", "", "")
			if err := strict.MarkFlagRequired("expect"); err != nil {
				t.Fatal(err)
			}
			tree.AddCommand(check)

			var out, errOut bytes.Buffer
			err := executeTree(t.Context(), tree, test.args, nil, &out, &errOut)
			if code := report(&errOut, err); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if got := errOut.String(); !strings.Contains(got, test.printed) || (test.printed == "" && got != "") {
				t.Errorf("printed %q, want %q in it", got, test.printed)
			}
		})
	}
}

func TestVersionIsOneLine(t *testing.T) {
	t.Parallel()
	for _, asked := range []string{"version", "--version"} {
		var out bytes.Buffer
		if err := execute(t.Context(), []string{asked}, nil, &out, &out); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); !strings.HasPrefix(got, "holdfast ") || strings.Count(got, "\n") != 1 {
			t.Errorf("%s printed %q, want one line that starts with the name", asked, got)
		}
	}
}

// These methods of cobra bring text/template into the binary, and with it every
// exported method of every type: 6 MB that nobody needs.
func TestNoCommandBringsTemplatesIn(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 50 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, method := range []string{"SetHelp", "SetUsage", "SetVersion"} {
			if strings.Contains(string(text), method+"Template(") {
				t.Errorf("%s calls %sTemplate: write the text in a function", file, method)
			}
		}
	}
}

// Errors of the client begin with the program's name, wherever they are in a sentence. It is printed once.
func TestASentenceNamesTheProgramOnce(t *testing.T) {
	t.Parallel()
	unknown := &client.Error{Op: "till", Code: client.CodeNotFound, Detail: "till nobody is unknown"}
	for name, test := range map[string]struct {
		err     error
		printed string
	}{
		"alone":           {unknown, "holdfast: till: NOT_FOUND: till nobody is unknown\n"},
		"wrapped":         {fmt.Errorf("say hello: %w", unknown), "holdfast: say hello: till: NOT_FOUND: till nobody is unknown\n"},
		"with another":    {errors.Join(unknown, unknown), "holdfast: till: NOT_FOUND: till nobody is unknown\ntill: NOT_FOUND: till nobody is unknown\n"},
		"as usage":        {&usageError{err: unknown, path: "holdfast tills"}, "holdfast: till: NOT_FOUND: till nobody is unknown\nsee \"holdfast tills --help\"\n"},
		"a command in it": {errors.New(`run "holdfast: x" or holdfast tills`), "holdfast: run \"holdfast: x\" or holdfast tills\n"},
	} {
		var out bytes.Buffer
		if report(&out, test.err); out.String() != test.printed {
			t.Errorf("%s: it prints %q, want %q", name, out.String(), test.printed)
		}
	}
}
