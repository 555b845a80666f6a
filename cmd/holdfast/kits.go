package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/sheet"
)

func newKits() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "kits",
		Short: "Import, export and list products that are put together from others",
		Long: `A kit is a product that is put together from others and has no stock of its own:
a menu, a bundle, a recipe. See docs/guide/places.md.`,
		Example: `  holdfast kits import menu.csv
  holdfast kits list`,
	}
	cmd.AddCommand(importKind(sheet.KindKits, "menu.csv"), exportKind(sheet.KindKits, "menu.csv"), listKits())
	return cmd
}

func listKits() *cobra.Command {
	page := func(c *client.Client, ctx context.Context, r client.List) (*client.Page[client.Kit], error) {
		return c.Kits.List(ctx, r)
	}
	return listKind(sheet.KindKits, page, []string{"id", "version", "components"}, func(ctx context.Context, cfg *talkConfig, k *client.Kit) []any {
		parts := make([]string, len(k.Components))
		for i, c := range k.Components {
			parts[i] = fmt.Sprintf("%s × %s", cfg.unitOf(ctx, c.ProductID).amount(c.Quantity), c.ProductID)
		}
		return []any{k.ProductID, k.Version, strings.Join(parts, ", ")}
	})
}
