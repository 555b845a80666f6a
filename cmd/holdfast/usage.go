package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holdfast.dev/holdfast/internal/nearest"
)

// This file words errors of a command line: the thing, its value, and the way
// out.

// usageError marks an error as the caller's: the command was not started.
type usageError struct {
	err  error
	path string // the command whose --help explains it
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// unknownCommand reports an unknown command, and names the nearest known one.
func unknownCommand(cmd *cobra.Command, name string) error {
	var known []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			known = append(known, sub.Name())
		}
	}
	return fmt.Errorf("unknown command %q for %q%s", name, cmd.CommandPath(), nearest.Hint(name, known))
}

// explainFlag rewords what pflag found wrong with a flag of cmd.
func explainFlag(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && len(unknown.GetSpecifiedName()) > 1 {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		near := nearest.To(unknown.GetSpecifiedName(), known)
		if near != "" {
			near = fmt.Sprintf(" (did you mean --%s?)", near)
		}
		return fmt.Errorf("unknown flag --%s%s", unknown.GetSpecifiedName(), near)
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return explainValue("--"+invalid.GetFlag().Name, invalid.GetFlag(), invalid.GetValue(), err)
	}
	return err
}

// explainValue reports that a flag, which the caller gave under that name, does not accept the
// value.
func explainValue(name string, f *pflag.Flag, value string, err error) error {
	if want := spelling[f.Value.Type()]; want != "" {
		return fmt.Errorf("%s %q is not %s", name, value, want)
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		err = invalid.Unwrap()
	}
	return fmt.Errorf("%s %q: %w", name, value, err)
}

// spelling shows how values are written, by the type of their flag.
var spelling = map[string]string{
	"int":            "a whole number",
	"int64":          "a whole number",
	"uint":           "a whole number of 0 or more",
	"uint64":         "a whole number of 0 or more",
	"float64":        "a number",
	"bool":           "true or false",
	"duration":       "a duration such as 500ms, 30s or 2h",
	"stringToString": "NAME=VALUE,…",
}

// requireFlags names the missing flags of cmd and how to give them.
func requireFlags(cmd *cobra.Command) error {
	var missing []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if required := f.Annotations[cobra.BashCompOneRequiredFlag]; f.Changed || !slices.Equal(required, []string{"true"}) {
			return
		}
		if f.Name == keyFlag {
			missing = append(missing, envName(f.Name)+" in the environment")
			return
		}
		missing = append(missing, "--"+f.Name+" or "+envName(f.Name))
	})
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%q needs %s", cmd.CommandPath(), strings.Join(missing, ", and "))
}

// requireArguments turns cobra's message about a wrong number of arguments into a sentence
// with the form of the command.
func requireArguments(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		requireArguments(sub)
	}
	check := cmd.Args
	if check == nil {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil || !strings.Contains(err.Error(), "arg(s)") {
			return err
		}
		return fmt.Errorf("got %d arguments; the form is: %s", len(args), cmd.UseLine())
	}
}

// keyFlag is the flag with the caller's key.
const keyFlag = "key"

// warnOfKey warns that a key on the command line is not secret.
func warnOfKey(w io.Writer, cmd *cobra.Command) {
	if f := cmd.Flags().Lookup(keyFlag); f != nil && f.Changed {
		fmt.Fprintf(w, "holdfast: warning: --%s shows in the list of processes; put the key into %s in the environment, or into the file of --%s\n", keyFlag, envName(keyFlag), configFlag)
	}
}
