package main

import (
	"context"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

func newSessions() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sessions",
		Short: "See who has signed in to the console, and end sessions",
		Long: `A session of the console is a key's, or that of a person who signed in at the
identity provider. Whoever had a session that was ended may sign in again: revoke the
key, or lock the person out at the provider, first.`,
		Example: "  holdfast sessions list",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newSessionsList(), newSessionsEnd())
	return cmd
}

func newSessionsList() *cobra.Command {
	var cfg talkConfig
	return cfg.talks(&cobra.Command{
		Use: "list", Short: "List who has signed in to the console", Example: "  holdfast sessions list", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.table("id", "operator", "role", "holder", "since", "used", "until")
		return printPages(ctx, &cfg, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.ConsoleSession], error) {
			return cfg.c.Tenant.Sessions(ctx, r)
		},
			func(s *client.ConsoleSession) {
				t.row(s.ID, s.Operator, string(s.Role), s.Holder, formatTime(s.CreatedAt), formatTime(s.UsedAt), formatTime(s.ExpiresAt))
			})
	})
}

func newSessionsEnd() *cobra.Command {
	var cfg talkConfig
	return cfg.writes(&cobra.Command{
		Use: "end ID", Short: "End a session of the console", Long: `End ends the session with this id (see "sessions list"), on every node within 2 s.`,
		Example: "  holdfast sessions end 5f0c3a9e1b7d2c48", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		s, err := cfg.c.Tenant.EndSession(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		return cfg.printGone("the session %s of %s has ended", s.ID, s.Operator)
	})
}
