package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/sheet"
)

func newKits() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "kits",
		Short: "Import, export and list products that are put together from others",
		Long: `A kit is a product that is put together from others and has no stock of its own:
a menu, a bundle, a recipe. See docs/guide/places.md.`,
		Example: `  holdfast kits import menu.csv --url http://127.0.0.1:8080
  holdfast kits list --url http://127.0.0.1:8080`,
	}
	cmd.AddCommand(importKind(sheet.KindKits, "menu.csv"), exportKind(sheet.KindKits, "menu.csv"), listKits())
	return cmd
}

// shownKit is a kit as the server shows it.
type shownKit struct {
	ID         string `json:"product_id"`
	Version    int64  `json:"version"`
	Components []struct {
		ID       string `json:"product_id"`
		Quantity int64  `json:"quantity"`
	} `json:"components"`
}

func listKits() *cobra.Command {
	return listKind(sheet.KindKits, []any{"id", "version", "components"}, func(k *shownKit) []any {
		parts := make([]string, len(k.Components))
		for i, c := range k.Components {
			parts[i] = fmt.Sprintf("%d × %s", c.Quantity, c.ID)
		}
		return []any{k.ID, k.Version, strings.Join(parts, ", ")}
	})
}
