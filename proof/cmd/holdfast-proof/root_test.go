package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	tree := root()
	for _, cmd := range append(tree.Commands(), tree) {
		if cmd.Short == "" || !strings.Contains(cmd.Example, cmd.CommandPath()) {
			t.Errorf("%q: --help shows no example of the command itself, or no one-line description", cmd.CommandPath())
		}
	}
}

func TestBenchmarksThatCannotBeRun(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, line, says string }{
		{"no server", "peers", `"scripts/services`},
		{"a workload nobody knows", "peers --pg postgres://x --dist warm", "--dist warm: hot or zipf"},
		{"no callers", "peers --pg postgres://x --conc 0", "--conc 0"},
		{"less than no rounds", "peers --pg postgres://x --rounds -1", "--rounds"},
		{"a disk faster than it is", "peers --pg postgres://x --fsync-delay -2ms", "cannot be negative"},
		{"an engine nobody knows", "bench --engine oracle", "sqlite, postgres or mysql"},
		{"an engine without its server", "bench --engine mysql --db sqlite:x.db", "--engine mysql needs --db mysql://"},
		{"an engine that another command measures", "bench --engine sqlite", "holdfast-proof full"},
		{"an engine nobody knows, for long", "full --engine oracle", "sqlite, postgres or mysql"},
		{"no slots", "full --slots 0", "--slots 0"},
		{"no program for the long runs", "full --program no/such/program", "name it with --program"},
		{"a command nobody knows", "pears", `unknown command "pears"`},
		{"a flag nobody knows", "peers --pears 3", "unknown flag: --pears"},
	} {
		wantUsage(t, test.name, test.line, test.says)
	}
}

// wantUsage checks that a command line is refused with a word about why.
func wantUsage(t *testing.T, name, line, says string) {
	t.Helper()
	var out bytes.Buffer
	err := execute(context.Background(), strings.Fields(line), noVariables, &out, &out)
	var usage *usageError
	if !errors.As(err, &usage) || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: got %v, want a usage error that says %q", name, err, says)
	}
}

func noVariables(string) string { return "" }

func TestAFlagWinsOverTheEnvironment(t *testing.T) {
	t.Parallel()
	variables := map[string]string{"HOLDFAST_FSYNC_DELAY": "2ms", "HOLDFAST_PG": "postgres://environment", "HOLDFAST_URL": "http://shop"}
	var got peersConfig
	cmd := &cobra.Command{Use: "peers"}
	cmd.Flags().StringVar(&got.pg, "pg", "", "")
	cmd.Flags().DurationVar(&got.fsyncDelay, "fsync-delay", 0, "")
	if err := cmd.ParseFlags([]string{"--pg", "postgres://flag"}); err != nil {
		t.Fatal(err)
	}
	if err := fromEnvironment(cmd.Flags(), func(name string) string { return variables[name] }); err != nil {
		t.Fatal(err)
	}
	if got.pg != "postgres://flag" || got.fsyncDelay != 2*time.Millisecond {
		t.Errorf("got %q and %v", got.pg, got.fsyncDelay)
	}
	variables["HOLDFAST_FSYNC_DELAY"] = "slow"
	err := execute(t.Context(), []string{"peers"}, func(name string) string { return variables[name] }, &bytes.Buffer{}, &bytes.Buffer{})
	var usage *usageError
	if !errors.As(err, &usage) || !strings.Contains(err.Error(), "HOLDFAST_FSYNC_DELAY") {
		t.Errorf("a delay that is none: %v", err)
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		code int
		says string
	}{
		{nil, 0, ""},
		{errors.New("the books do not agree"), exitFailed, "holdfast-proof: the books do not agree\n"},
		{fmt.Errorf("fill: %w", context.Canceled), exitFailed, "holdfast-proof: interrupted\n"},
		{&usageError{err: errors.New("no server"), path: "holdfast-proof peers"}, exitUsage, `see "holdfast-proof peers --help"`},
	} {
		var out bytes.Buffer
		if code := report(&out, test.err); code != test.code || !strings.Contains(out.String(), test.says) {
			t.Errorf("%v: exit code %d, %q", test.err, code, out.String())
		}
	}
}
