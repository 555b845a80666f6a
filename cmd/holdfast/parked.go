package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// parked is the commands about parked events of a sink and parked messages of a source.
type parked[P any] struct {
	owner, item, items string // SINK, PARKED, events
	example            string // a command about such an owner, with %s for its verb
	columns            []string
	row                func(c *talkConfig, t *table, p *P)
	id                 func(p *P) string
	page               func(ctx context.Context, c *client.Client, owner, token string) (*client.Page[P], error)
}

// list is the command that lists them.
func (k parked[P]) list(short string) *cobra.Command {
	var cfg talkConfig
	return cfg.talks(&cobra.Command{
		Use: "parked " + k.owner, Short: short, Example: fmt.Sprintf(k.example, "parked"), Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		var token string
		t := cfg.table(k.columns...)
		return printPages(ctx, &cfg, t, &token,
			func(ctx context.Context) (*client.Page[P], error) { return k.page(ctx, cfg.c, cfg.args[0], token) },
			func(p *P) { k.row(&cfg, t, p) })
	})
}

// verb is a command that decides about the named ones, or about all.
func (k parked[P]) verb(name, short string, do func(ctx context.Context, c *client.Client, owner, id string) (*P, error)) *cobra.Command {
	var (
		cfg talkConfig
		all bool
	)
	cmd := cfg.writes(&cobra.Command{
		Use: name + " " + k.owner + " [" + k.item + "]…", Short: short, Args: cobra.MinimumNArgs(1),
		Example: fmt.Sprintf(k.example, name) + " parked-k3vq5yb6e2nkx7q4\n" + fmt.Sprintf(k.example, name) + " --all",
	}, func(ctx context.Context) error {
		owner, ids := cfg.args[0], cfg.args[1:]
		if all == (len(ids) > 0) {
			return cfg.usageError(errors.New("name parked " + k.items + " or give --all, one of the two"))
		}
		if all {
			var err error
			if ids, err = k.ids(ctx, cfg.c, owner); err != nil {
				return err
			}
		}
		t := cfg.table(k.columns...)
		for _, id := range ids {
			p, err := do(ctx, cfg.c, owner, id)
			if err != nil {
				return err
			}
			if !cfg.JSON {
				k.row(&cfg, t, p)
			} else if err := cfg.tell(nil, t, nil); err != nil {
				return err
			}
		}
		if cfg.JSON {
			return nil
		}
		return t.Flush()
	})
	cmd.Flags().BoolVar(&all, "all", false, "all parked "+k.items)
	return cmd
}

// ids are the ids of everything that an owner has parked.
func (k parked[P]) ids(ctx context.Context, c *client.Client, owner string) (ids []string, err error) {
	for token := ""; ; {
		page, err := k.page(ctx, c, owner, token)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			ids = append(ids, k.id(&page.Items[i]))
		}
		if token = page.NextPageToken; token == "" {
			return ids, nil
		}
	}
}
