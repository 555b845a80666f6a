package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/nearest"
	"holdfast.dev/holdfast/internal/sheet"
)

// noSuchKind lists what can be imported or exported instead.
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
		Example: "  holdfast " + string(kind) + " import " + file + " --result bad.csv",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg.File, cfg.out, cfg.errOut = args[0], cmd.OutOrStdout(), cmd.ErrOrStderr()
			return runImport(cmd.Context(), cfg)
		},
	}
	cfg.importFlags(cmd)
	if kind == sheet.KindLots {
		cfg.digestFlags(cmd)
	}
	return cmd
}

// exportKind is "export" of one kind.
func exportKind(kind sheet.Kind, file string) *cobra.Command {
	cfg := exportConfig{Kind: string(kind)}
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Fetch all " + string(kind) + " from the server",
		Long:    "Export is \"holdfast export " + string(kind) + "\". What is exported can be imported again, and changes nothing.",
		Example: "  holdfast " + string(kind) + " export -o " + file,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg.out, cfg.errOut = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return runExport(cmd.Context(), cfg)
		},
	}
	cfg.exportFlags(cmd)
	return cmd
}

// listKind is "list" of one kind: the result of page, as a table.
func listKind[T any](kind sheet.Kind, page func(*client.Client, context.Context, client.List) (*client.Page[T], error), head []string, row func(context.Context, *talkConfig, *T) []any) *cobra.Command {
	var cfg talkConfig
	return cfg.talks(&cobra.Command{
		Use:     "list",
		Short:   "Print all " + string(kind) + " as a table",
		Long:    "List prints all " + string(kind) + " of the key's tenant, ordered by id.",
		Example: "  holdfast " + string(kind) + " list",
		Args:    cobra.NoArgs,
	}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.table(head...)
		return printPages(ctx, &cfg, t, &r.PageToken, func(ctx context.Context) (*client.Page[T], error) { return page(cfg.c, ctx, r) },
			func(item *T) { t.row(row(ctx, &cfg, item)...) })
	})
}
