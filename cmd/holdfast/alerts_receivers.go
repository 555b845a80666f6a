package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// alertReceiversConfig has the settings of "alerts receivers" and its commands.
type alertReceiversConfig struct {
	talkConfig
	settings, secrets map[string]string
}

func newAlertReceivers() *cobra.Command {
	cmd := &cobra.Command{
		Use: "receivers", Short: "Set where notices are sent", Example: "  holdfast alerts receivers list", Args: cobra.NoArgs,
	}
	cmd.AddCommand(newAlertReceiversList(), newAlertReceiversSet(), newAlertReceiversTest(), newAlertReceiversDelete())
	return cmd
}

func newAlertReceiversList() *cobra.Command {
	var cfg alertReceiversConfig
	return cfg.talks(&cobra.Command{Use: "list", Short: "List receivers, without their secrets", Example: "  holdfast alerts receivers list", Args: cobra.NoArgs}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.receivers()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.AlertReceiver], error) {
			return cfg.c.Alerts.ListReceivers(ctx, r)
		},
			func(r *client.AlertReceiver) { cfg.row(t, r) })
	})
}

func newAlertReceiversSet() *cobra.Command {
	var cfg alertReceiversConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "set RECEIVER KIND", Short: "Set a receiver; secrets that it has stay when they are left out",
		Example: `  holdfast alerts receivers set team webhook --set url=https://hooks.example/stock --secret secret=hook.key`, Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		settings := maps.Clone(cfg.settings)
		if settings == nil {
			settings = map[string]string{}
		}
		for name, file := range cfg.secrets {
			secret, err := readSecret(&cfg.talkConfig, file)
			if err != nil {
				return err
			}
			if settings[name] = ""; secret != nil {
				settings[name] = *secret
			}
		}
		r, err := cfg.c.Alerts.SetReceiver(ctx, cfg.args[0], cfg.args[1], settings)
		if err != nil {
			return err
		}
		t := cfg.receivers()
		return cfg.tell(nil, t, func() { cfg.row(t, r) })
	})
	f := cmd.Flags()
	f.StringToStringVar(&cfg.settings, "set", nil, "settings that are no secrets, name=value")
	f.StringToStringVar(&cfg.secrets, "secret", nil, "files with settings that are secrets, name=file")
	return cmd
}

func newAlertReceiversTest() *cobra.Command {
	var cfg alertReceiversConfig
	return cfg.writes(&cobra.Command{
		Use: "test RECEIVER", Short: "Send a test notice to a receiver", Example: "  holdfast alerts receivers test team", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		r, err := cfg.c.Alerts.TestReceiver(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		delivered := cfg.cell("no")
		if r.Delivered {
			delivered = cfg.cell("yes")
		}
		t := cfg.table("receiver", "delivered", "took", "error")
		err = cfg.tell(nil, t, func() { t.row(cfg.args[0], delivered, r.Took, r.Error) })
		if err == nil && !r.Delivered {
			err = errors.New(cfg.words.translate("the notice was not delivered"))
		}
		return err
	})
}

func newAlertReceiversDelete() *cobra.Command {
	var cfg alertReceiversConfig
	return cfg.writes(&cobra.Command{
		Use: "delete RECEIVER", Short: "Take a receiver away, with its secrets", Example: "  holdfast alerts receivers delete team", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		if err := cfg.c.Alerts.DropReceiver(ctx, cfg.args[0]); err != nil {
			return err
		}
		return cfg.printGone("there is no receiver %s", cfg.args[0])
	})
}

// receivers is the table of receivers.
func (c *alertReceiversConfig) receivers() *table {
	return c.table("receiver", "kind", "settings", "secrets")
}

func (c *alertReceiversConfig) row(t *table, r *client.AlertReceiver) {
	var settings []string
	for _, name := range slices.Sorted(maps.Keys(r.Settings)) {
		settings = append(settings, fmt.Sprintf("%s=%s", name, r.Settings[name]))
	}
	t.row(r.ReceiverID, r.Kind, strings.Join(settings, " "), strings.Join(r.Secrets, " "))
}
