package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// version is stamped by the Makefile: -ldflags "-X main.version=v1.2.3".
var version string

// Exit codes, as those of holdfast.
const (
	exitFailed = 1 // a run whose check failed, or anything that went wrong while measuring
	exitUsage  = 2 // the command line or the environment is wrong
)

// usageError marks an error as the caller's: nothing was measured.
type usageError struct {
	err  error
	path string // the command whose --help explains it
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// root builds the command tree, a new one with each call.
func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "holdfast-proof",
		Short: "Prove Holdfast: long runs, replays of data sets, against what people write today, several nodes",
		Long: `Measure Holdfast where "holdfast bench" is too short: the long runs, the forms
in which people write reservations today beside it on the same server, and
several nodes on the same books. Every run ends with a check that units taken,
acknowledged calls and stored rows agree; one that fails it has no figures. And
replay the order history of a shop through the API of a server, whose books must
then be what is known of them.

Every flag can also be given as an environment variable: --fsync-delay is
HOLDFAST_FSYNC_DELAY. A flag wins over the environment; variables that are no
flag of the command are left alone.`,
		Example: `  holdfast-proof full --dir /srv/holdfast
  holdfast-proof peers --pg postgres://postgres@127.0.0.1:5432/postgres
  holdfast-proof fleet
  holdfast-proof replay data/online-retail/orders-2010-12_2011-05.csv.gz --url http://127.0.0.1:8080 --mode flash`,
		Version:       cmp.Or(version, "devel"),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	cmd.CompletionOptions.HiddenDefaultCmd = true
	cmd.AddCommand(newBench(), newFull(), newPeers(), newFleet(), newReplay(), newTills())
	return cmd
}

// execute runs one command line. An error before the command itself starts (unknown flags,
// missing arguments) is a usageError.
func execute(ctx context.Context, args []string, getenv func(string) string, out, errOut io.Writer) error {
	tree, started := root(), false
	tree.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if err := fromEnvironment(cmd.Flags(), getenv); err != nil {
			return err
		}
		if err := cmd.ValidateRequiredFlags(); err != nil {
			return err
		}
		started = true
		return nil
	}
	tree.SetArgs(args)
	tree.SetOut(out)
	tree.SetErr(errOut)
	cmd, err := tree.ExecuteContextC(ctx)
	if err != nil && !started {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	return err
}

// fromEnvironment sets each flag that is not on the command line from its variable, if there
// is one.
func fromEnvironment(flags *pflag.FlagSet, getenv func(string) string) error {
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		name := "HOLDFAST_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value := getenv(name)
		if failed != nil || f.Changed || f.Name == "help" || value == "" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			failed = fmt.Errorf("environment %s: %w", name, err)
		}
	})
	return failed
}

// report prints err as one sentence and returns the exit code that goes with it.
func report(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(w, "holdfast-proof: %v\nsee \"%s --help\"\n", err, usage.path)
		return exitUsage
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "holdfast-proof: interrupted")
	default:
		fmt.Fprintf(w, "holdfast-proof: %v\n", err)
	}
	return exitFailed
}

// collectLess collects garbage as rarely as a server does (garbagePercent in cmd/holdfast),
// unless GOGC is set: the books are measured under the conditions of a server.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}
