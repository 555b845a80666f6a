package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holdfast.dev/holdfast/internal/nearest"
)

const (
	configFlag = "config"
	// These settings are maps.
	databasesFlag = "databases"
	replicasFlag  = "replicas"
	envPrefix     = "HOLDFAST_"

	// bootstrapKeyEnv has no flag, like nodeSecretEnv: a credential must not appear in a process
	// list. "serve" reads it on an empty database.
	bootstrapKeyEnv = envPrefix + "BOOTSTRAP_KEY"

	// originNote is the annotation of a flag with the source of its value.
	originNote = "holdfast_origin"
)

// settle sets every flag of cmd that is not on the command line. It takes the value from the
// environment, otherwise from the configuration file, otherwise, for a server's address and
// key, from the profile. It records the source at the flag. A setting that no command knows
// is an error: a typing mistake must not run with a default. A setting of another command
// is fine, because one file may serve all commands.
func settle(cmd *cobra.Command, environ []string) error {
	known := listFlags(cmd.Root())
	fromEnv, err := environment(known, environ)
	if err != nil {
		return err
	}
	path, err := cmd.Flags().GetString(configFlag)
	if err != nil {
		return err
	}
	if path == "" {
		path = fromEnv.String(configFlag)
	}
	fromFile, err := configFile(known, path)
	if err != nil {
		return err
	}

	var failed error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		switch {
		case failed != nil || f.Changed:
		case fromEnv.Exists(f.Name):
			failed = assign(cmd.Flags(), f, fromEnv.Get(f.Name), envName(f.Name), "environment ")
		case fromFile.Exists(f.Name):
			failed = assign(cmd.Flags(), f, fromFile.Get(f.Name), path, "file ")
		}
	})
	if failed != nil {
		return failed
	}
	return addProfile(cmd, environ)
}

// originOf is the source of the value of a settled flag.
func originOf(f *pflag.Flag) string {
	switch note := f.Annotations[originNote]; {
	case note != nil:
		return note[0]
	case f.Changed:
		return "flag"
	}
	return "default"
}

// envName is the environment variable of a flag.
func envName(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// environment reads the HOLDFAST_ variables. An empty one counts as not set, as a compose
// file with ${HOLDFAST_DB:-} intends.
func environment(known []string, environ []string) (*koanf.Koanf, error) {
	k := koanf.New(".")
	var unknown []string
	provider := env.Provider(".", env.Opt{
		Prefix:      envPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			flag := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, envPrefix)), "_", "-")
			switch {
			case value == "", name == bootstrapKeyEnv, name == nodeSecretEnv, name == secretKeyEnv, name == oidcSecretEnv, serviceLink(name):
				return "", nil
			case flag != configFlag && !slices.Contains(known, flag):
				unknown = append(unknown, name)
				return "", nil
			}
			return flag, value
		},
	})
	if err := k.Load(provider, nil); err != nil {
		return nil, fmt.Errorf("read the environment: %w", err)
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return nil, fmt.Errorf("no setting is called %s%s", unknown[0], didYouMean(known, unknown[0]))
	}
	return k, nil
}

// serviceLink reports whether Kubernetes made the variable: it sets these in each
// container that runs in the same namespace as a service named "holdfast".
func serviceLink(name string) bool {
	rest := strings.TrimPrefix(name, envPrefix)
	return strings.HasPrefix(rest, "SERVICE_") || rest == "PORT" || strings.HasPrefix(rest, "PORT_")
}

// configFile reads the YAML file at path; without a path the result is empty.
func configFile(known []string, path string) (*koanf.Koanf, error) {
	k := koanf.New("\x00") // no delimiter: a key with a dot is one unknown key
	if path == "" {
		return k, nil
	}
	if info, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	} else if info.IsDir() {
		return nil, fmt.Errorf("configuration file %s is a folder", path)
	}
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return nil, fmt.Errorf("configuration file %s: %w", path, err)
	}
	keys := k.Keys()
	slices.Sort(keys)
	for _, key := range keys {
		name := strings.ReplaceAll(key, "\x00", ".")
		if first, _, nested := strings.Cut(key, "\x00"); nested && (first == databasesFlag || first == replicasFlag) {
			continue // the names below it are the user's
		}
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("configuration file %s: no setting is called %q%s", path, name, didYouMean(known, name))
		}
	}
	return k, nil
}

// assign parses value as the flag would on the command line.
func assign(flags *pflag.FlagSet, f *pflag.Flag, value any, source, kind string) error {
	var text string
	switch v := value.(type) {
	case nil:
		return fmt.Errorf("%s: %s has no value", source, f.Name)
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			parts[i] = fmt.Sprint(part)
		}
		text = strings.Join(parts, ",")
	case map[string]any:
		var err error
		if text, err = pairs(v); err != nil {
			return fmt.Errorf("%s: %s: %w", source, f.Name, err)
		}
	default:
		text = fmt.Sprint(v)
	}
	if err := flags.Set(f.Name, text); err != nil {
		if strings.HasPrefix(source, envPrefix) {
			return explainValue(source, f, text, err)
		}
		return explainValue(source+": "+f.Name, f, text, err)
	}
	return flags.SetAnnotation(f.Name, originNote, []string{kind + source})
}

// listFlags lists every flag of every command. These may appear in the environment and in a
// configuration file.
func listFlags(tree *cobra.Command) []string {
	var names []string
	add := func(f *pflag.Flag) {
		if f.Name != "help" && f.Name != configFlag {
			names = append(names, f.Name)
		}
	}
	tree.LocalFlags().VisitAll(add)
	for _, sub := range tree.Commands() {
		names = append(names, listFlags(sub)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// didYouMean names the nearest setting, in the form for the environment or a file.
func didYouMean(known []string, name string) string {
	bare, ofEnviron := strings.CutPrefix(name, envPrefix)
	switch near := nearest.To(bare, known); {
	case near == "":
		return " (\"holdfast config print\" lists what there is)"
	case ofEnviron:
		return fmt.Sprintf(" (did you mean %q?)", envName(near))
	default:
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
}

// pairs writes a map in the form that a flag takes.
func pairs(m map[string]any) (string, error) {
	fields := make([]string, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		fields = append(fields, fmt.Sprintf("%s=%v", name, m[name]))
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	err := w.Write(fields)
	w.Flush()
	return strings.TrimSpace(b.String()), err
}

type environKey struct{}

// withEnviron passes the environment of a command line to the commands that run or describe
// other commands.
func withEnviron(ctx context.Context, environ []string) context.Context {
	return context.WithValue(ctx, environKey{}, environ)
}

func environOf(ctx context.Context) []string {
	environ, _ := ctx.Value(environKey{}).([]string)
	return environ
}
