package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Exit codes that scripts rely on.
const (
	exitFailed = 1 // a failed check, refused work, or anything that went wrong while running
	exitUsage  = 2 // the command line, the environment or the configuration file is wrong
)

// root builds the command tree. Every call makes a tree of its own, so that commands can run
// each other and tests can run in parallel.
func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "holdfast",
		Short: "Keep stock, promise units to orders, never promise a unit twice",
		Long: `Holdfast is an inventory centre: it keeps the stock of shops, chains,
marketplaces and warehouses, promises units to orders, and never promises a
unit twice.

Every flag can also be given as an environment variable (--public-rate is
HOLDFAST_PUBLIC_RATE) or as a key of the YAML file named by --config
(public-rate: 500). A flag wins over the environment, the environment over the
file. "holdfast config print" shows the outcome. Commands that call a server take
its address and the key from the profile of "holdfast login" last.`,
		Example: `  holdfast serve --db sqlite:holdfast.db
  holdfast keys create --db sqlite:holdfast.db --tenant demo --scopes admin
  holdfast login
  holdfast open mug 25
  holdfast config print`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	cmd.PersistentFlags().String(configFlag, "", "YAML file with settings, one key per flag")
	cmd.AddGroup(&cobra.Group{ID: daily, Title: daily})
	for _, create := range slices.Concat(dailyCommands, stockCommands) {
		sub := create()
		sub.GroupID = daily
		cmd.AddCommand(sub)
	}
	cmd.AddCommand(
		newArchive(),
		newBackup(),
		newBench(),
		newCampaigns(),
		newCases(),
		newReplenish(),
		newTills(),
		newRedis(),
		newRelay(),
		newSinks(),
		newSources(),
		newConfig(),
		newDemo(),
		newDetails(),
		newDoctor(),
		newExport(),
		newImport(),
		newKeys(), newSessions(), newDisplays(), newWhoami(),
		newKits(),
		newLocations(),
		newMigrate(),
		newQuotas(),
		newRedact(),
		newRepair(),
		newTransfers(), newLots(),
		newPromises(), newReasons(), newOrders(), newInventory(), newLanes(), newAvailability(),
		newRestored(), newSandbox(),
		newSearch(),
		newItems(),
		newFigures(),
		newAlerts(),
		newServe(),
		newTenantSettings(),
		newTenants(),
		newTill(), newOnlineOrders(),
		newShards(),
		newVerify(),
		newVersion(),
	)
	completeFromServer(cmd)
	return cmd
}

// daily is the heading of the commands for daily work.
const daily = "Daily work:"

// dailyCommands are the daily commands that are in no list of their own.
var dailyCommands = []func() *cobra.Command{
	newLogin, newLogout, newCheck, newList, newLow, newReserve, newChange, newRelocate, newDeduct, newRelease, newWithdraw,
	newHolds, newJournal, newWatch, newSold, newRetire, newReinstate,
}

// execute runs one command line. An error before the command itself starts (unknown flags,
// missing arguments, unknown settings) is a usageError.
func execute(ctx context.Context, args, environ []string, out, errOut io.Writer) error {
	if len(args) == 1 && args[0] == "--version" { // what people try first on an unknown program
		args = []string{"version"}
	}
	return executeTree(ctx, root(), args, environ, out, errOut)
}

func executeTree(ctx context.Context, tree *cobra.Command, args, environ []string, out, errOut io.Writer) error {
	languageOf(environ).speak(tree)
	started := false
	tree.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Name() == cobra.ShellCompRequestCmd || cmd.Name() == cobra.ShellCompNoDescRequestCmd {
			return nil // its arguments are those of another command
		}
		warnOfKey(errOut, cmd)
		if err := settle(cmd, environ); err != nil {
			return err
		}
		if err := requireFlags(cmd); err != nil {
			return err
		}
		if err := cmd.ValidateFlagGroups(); err != nil {
			return err
		}
		started = true
		return nil
	}
	refuseUnknownSubcommands(tree)
	requireArguments(tree)
	tree.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		// An unknown command is more important than its flags. Find's error means that rest begins
		// with an unknown command.
		_, rest, _ := tree.Find(args)
		if cmd.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
			return unknownCommand(cmd, rest[0])
		}
		return explainFlag(cmd, err)
	})
	tree.SetArgs(args)
	tree.SetOut(out)
	tree.SetErr(errOut)

	cmd, err := tree.ExecuteContextC(withEnviron(ctx, environ))
	if err != nil && !started {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	return err
}

// refuseUnknownSubcommands makes "holdfast keys craete" an error. cobra would print the
// help of "keys" and return success.
func refuseUnknownSubcommands(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		refuseUnknownSubcommands(sub)
	}
	if !cmd.HasSubCommands() || cmd.Runnable() {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

// report prints err as one sentence and returns the exit code that goes with it.
func report(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	text := textOf(err)
	if usage, ok := errors.AsType[*usageError](err); ok {
		fmt.Fprintf(w, "holdfast: %s\nsee \"%s --help\"\n", text, usage.path)
		return exitUsage
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(w, "holdfast: interrupted")
		return exitFailed
	}
	fmt.Fprintf(w, "holdfast: %s\n", text)
	return exitFailed
}

// ownName is the name of the program in front of a part of an error: errors of the client have it.
var ownName = regexp.MustCompile(`(^|[:;,(]\s|\n)(?:holdfast: )+`)

// textOf is the text of an error without the program's name, which report writes in front.
func textOf(err error) string { return ownName.ReplaceAllString(err.Error(), "$1") }
