package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
)

func newWhoami() *cobra.Command {
	var cfg talkConfig
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Show whose key this is and what it may do",
		Long: `Whoami asks a running server who it is asked by: the tenant, the name that is
recorded with writes, the role, the scopes, and the locations and channels that the
key is bound to. With --json it lists the operations of the API that the key may call.`,
		Example: `  holdfast whoami
  holdfast whoami --json`,
		Args: cobra.NoArgs,
	}
	return cfg.talks(cmd, func(ctx context.Context) error {
		s, err := cfg.c.Tenant.Session(ctx)
		if err != nil {
			return err
		}
		t := cfg.table("setting", "value")
		return cfg.tell(nil, t, func() {
			t.row(cfg.cell("tenant"), s.Tenant)
			t.row(cfg.cell("operator"), s.Operator)
			t.row(cfg.cell("role"), string(s.Role))
			t.row(cfg.cell("scopes"), scopesText(s.Scopes))
			t.row(cfg.cell("locations"), strings.Join(s.Locations, ","))
			t.row(cfg.cell("channels"), strings.Join(s.Channels, ","))
			t.row(cfg.cell("operations"), len(s.Actions))
		})
	})
}
