package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holdfast.dev/holdfast/internal/dburl"
)

// setting is one flag of a command with its effective value, and the source of that
// value.
type setting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
}

func newConfig() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Look at the configuration",
		Example: `  holdfast config print`,
	}
	cmd.AddCommand(newConfigPrint())
	return cmd
}

func newConfigPrint() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "print [COMMAND] [-- FLAGS OF THE COMMAND]",
		Short: "Print the settings a command would run with, and where each came from",
		Long: `Print the settings a command (default: serve) would run with, and where each
came from: a flag, the environment, the configuration file, or the default.
Credentials are not shown.`,
		Example: `  holdfast config print
  holdfast config print --config holdfast.yaml serve
  holdfast config print replay -- --workers 8`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"serve"}
			}
			settings, err := effective(cmd, args)
			if err != nil {
				return err
			}
			return printSettings(cmd, settings, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON array")
	return cmd
}

// effective computes the flags of the command line args as if it were run now.
func effective(cmd *cobra.Command, args []string) ([]setting, error) {
	target, flags, err := cmd.Root().Find(args)
	if err == nil && target.HasSubCommands() {
		err = fmt.Errorf("%q is not a command that runs", strings.Join(args, " "))
	}
	if err != nil {
		return nil, &usageError{err: err, path: cmd.CommandPath()}
	}
	if err := target.ParseFlags(flags); err != nil {
		return nil, &usageError{err: err, path: target.CommandPath()}
	}
	if err := settle(target, environOf(cmd.Context())); err != nil {
		return nil, &usageError{err: err, path: target.CommandPath()}
	}

	var settings []setting
	target.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return
		}
		settings = append(settings, setting{f.Name, withoutCredentials(f), originOf(f)})
	})
	slices.SortFunc(settings, func(a, b setting) int { return strings.Compare(a.Name, b.Name) })
	return settings, nil
}

// withoutCredentials is the value of a flag without the credentials in it.
func withoutCredentials(f *pflag.Flag) string {
	value := f.Value.String()
	if value == "" {
		return value
	}
	for _, secret := range []string{"key", "token", "password", "secret"} {
		if f.Name == secret || strings.HasSuffix(f.Name, "-"+secret) {
			return "(not shown)"
		}
	}
	if f.Name == databasesFlag || f.Name == replicasFlag {
		return credentials.ReplaceAllString(value, "://${1}:xxxxx@")
	}
	if u, err := dburl.Parse(value); err == nil && u.User != nil {
		return u.Redacted()
	}
	return value
}

// credentials matches a user and a password in the middle of a text.
var credentials = regexp.MustCompile(`://([^:@/ ]*):[^@/ ]*@`)

func printSettings(cmd *cobra.Command, settings []setting, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(settings)
	}
	t := newTable(cmd.OutOrStdout(), "SETTING", "VALUE", "ORIGIN")
	for _, s := range settings {
		t.row(s.Name, s.Value, s.Origin)
	}
	return t.Flush()
}
