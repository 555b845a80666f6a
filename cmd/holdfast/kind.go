package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/nearest"
	"holdfast.dev/holdfast/internal/sheet"
)

// noSuchKind says what can be imported or exported instead.
func noSuchKind(kind, done string, kinds []sheet.Kind) error {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return fmt.Errorf("%q cannot be %s%s: %s can", kind, done, nearest.Hint(kind, names), strings.Join(names, ", "))
}

// importKind is "import" of one kind, as a command of its own below the
// kind's.
func importKind(kind sheet.Kind, file string) *cobra.Command {
	cfg := importConfig{Kind: string(kind)}
	cmd := &cobra.Command{
		Use:     "import FILE",
		Short:   "Send a file of " + string(kind) + " to the server",
		Long:    "Import is \"holdfast import " + string(kind) + "\": the columns and rules are in docs/guide/files.md.",
		Example: "  holdfast " + string(kind) + " import " + file + " --url http://127.0.0.1:8080 --result bad.csv",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg.File, cfg.out, cfg.errOut = args[0], cmd.OutOrStdout(), cmd.ErrOrStderr()
			return runImport(cmd.Context(), cfg)
		},
	}
	cfg.importFlags(cmd)
	return cmd
}

// exportKind is "export" of one kind.
func exportKind(kind sheet.Kind, file string) *cobra.Command {
	cfg := exportConfig{Kind: string(kind)}
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Fetch all " + string(kind) + " from the server",
		Long:    "Export is \"holdfast export " + string(kind) + "\". What is exported can be imported again, and changes nothing.",
		Example: "  holdfast " + string(kind) + " export --url http://127.0.0.1:8080 -o " + file,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg.out, cfg.errOut = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return runExport(cmd.Context(), cfg)
		},
	}
	cfg.exportFlags(cmd)
	return cmd
}

// listKind prints what a list of the server has, as a table.
func listKind[T any](kind sheet.Kind, head []any, row func(*T) []any) *cobra.Command {
	var cfg askConfig
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Print all " + string(kind) + " as a table",
		Long:    "List prints all " + string(kind) + " of the key's tenant, ordered by id.",
		Example: "  holdfast " + string(kind) + " list --url http://127.0.0.1:8080",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg.path, cfg.out, cfg.errOut = cmd.CommandPath(), cmd.OutOrStdout(), cmd.ErrOrStderr()
			t := newTable(cfg.out, head...)
			return list(cmd.Context(), &cfg, "/v1/"+string(kind), url.Values{}, t, func(item *T) { t.row(row(item)...) })
		},
	}
	cfg.flags(cmd)
	return cmd
}

// listed is a page of a list. Kits are the largest rows: so many always fit
// into an answer that is read.
const listed = "20"
