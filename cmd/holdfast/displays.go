package main

import (
	"context"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

func newDisplays() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "displays",
		Short: "See the screens that show the wall, and confirm and end them",
		Long: `A screen that opens /console/wall shows a code. Once an admin has confirmed that, the
screen shows the wall of the tenant until it is ended; it may read nothing else.`,
		Example: "  holdfast displays list",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newDisplaysList(), newDisplaysAdd(), newDisplaysEnd())
	return cmd
}

func newDisplaysList() *cobra.Command {
	var cfg talkConfig
	return cfg.talks(&cobra.Command{
		Use: "list", Short: "List the screens that show the wall", Example: "  holdfast displays list", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.table("id", "name", "since", "used")
		return printPages(ctx, &cfg, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.WallDisplay], error) {
			return cfg.c.Tenant.Displays(ctx, r)
		},
			func(d *client.WallDisplay) { t.row(d.ID, d.Name, formatTime(d.CreatedAt), formatTime(d.UsedAt)) })
	})
}

func newDisplaysAdd() *cobra.Command {
	var cfg talkConfig
	return cfg.writes(&cobra.Command{
		Use: "add CODE NAME", Short: "Let the screen that shows a code show the wall", Long: `Add lets the screen that shows the code show the wall. A code counts once, and for ten minutes.`,
		Example: "  holdfast displays add WDJB-MJHT Lobby", Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		d, err := cfg.c.Tenant.AddDisplay(ctx, cfg.args[0], cfg.args[1])
		if err != nil {
			return err
		}
		return cfg.printGone("the screen %s shows the wall as %s", d.Name, d.ID)
	})
}

func newDisplaysEnd() *cobra.Command {
	var cfg talkConfig
	return cfg.writes(&cobra.Command{
		Use: "end ID", Short: "End the session of a screen", Long: `End ends the session of the screen with this id (see "displays list"), on every node within 2 s.`,
		Example: "  holdfast displays end 5f0c3a9e1b7d2c48", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		d, err := cfg.c.Tenant.EndDisplay(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		return cfg.printGone("the screen %s shows the wall no longer", d.Name)
	})
}
