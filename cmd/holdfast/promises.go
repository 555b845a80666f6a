package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// promisesConfig has the settings of "promises" and its commands.
type promisesConfig struct {
	talkConfig
	Location                           string
	Presale, Backorder                 string
	PresaleAt, BackorderAt             string
	PresaleChannels, BackorderChannels []string
	InParts                            bool
	Lowering, Reason                   string
}

func newPromises() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "promises",
		Short: "Sell units before they are there: presale and backorder",
		Long: `Promises are units of a product that are sold before they are there, up to a bound.
A presale sells so many once, a backorder as many as may be outstanding at a time.
docs/guide/presale.md has the whole story.`,
		Example: "  holdfast promises show record",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newPromisesShow(), newPromisesSet(), newPromisesClose())
	return cmd
}

func newPromisesShow() *cobra.Command {
	var cfg promisesConfig
	cmd := cfg.talks(&cobra.Command{
		Use: "show PRODUCT", Short: "Show what is promised and how many orders wait for it", Example: "  holdfast promises show record --location berlin", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		p, err := cfg.c.Promises.Get(ctx, client.PromisesOf{ProductID: cfg.args[0], LocationID: cfg.Location})
		return cfg.print(p, err)
	})
	cfg.addLocationFlag(cmd)
	return cmd
}

func newPromisesSet() *cobra.Command {
	var cfg promisesConfig
	cmd := cfg.writes(&cobra.Command{
		Use:   "set PRODUCT",
		Short: "Say how many units may be sold before they are there",
		Long: `Set replaces what was said before: what is left out is closed, and over when no
order waits for it any more. A bound below what is promised is refused, or, with
--lowering wait, promises nothing more until less is promised.

A number with a point is in the product's declared unit, one without in its
smallest.`,
		Example: `  holdfast promises set record --presale 100 --presale-at 2031-05-01T00:00:00Z
  holdfast promises set record --presale 100 --presale-channel web=60 --presale-channel app=20
  holdfast promises set lamp --backorder 10 --lowering wait`,
		Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		r, err := cfg.setting()
		if err != nil {
			return cfg.usageError(err)
		}
		p, err := cfg.c.Promises.Set(ctx, r)
		return cfg.print(p, err)
	})
	cfg.addLocationFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&cfg.Presale, "presale", "", "the most units that may ever be promised")
	f.StringVar(&cfg.PresaleAt, "presale-at", "", "when they are to be there, like 2031-05-01T00:00:00Z; only told")
	f.StringArrayVar(&cfg.PresaleChannels, "presale-channel", nil, "CHANNEL=CAP: the most of them that one channel may promise; may be given again")
	f.BoolVar(&cfg.InParts, "ships-in-part", false, "of an order that waits for units of the presale those that are there may leave")
	f.StringVar(&cfg.Backorder, "backorder", "", "the most units that may be outstanding at a time")
	f.StringVar(&cfg.BackorderAt, "backorder-at", "", "when they are to be there; only told")
	f.StringArrayVar(&cfg.BackorderChannels, "backorder-channel", nil, "CHANNEL=ALLOWANCE: the most of them on one channel; may be given again")
	f.StringVar(&cfg.Lowering, "lowering", "", "below what is promised: refuse or wait (default refuse)")
	f.StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	return cmd
}

func newPromisesClose() *cobra.Command {
	var cfg promisesConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "close PRODUCT", Short: "Promise nothing more; orders that wait are served", Example: "  holdfast promises close record", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		p, err := cfg.c.Promises.Set(ctx, client.SetPromises{ProductID: cfg.args[0], LocationID: cfg.Location, Reason: cfg.Reason})
		return cfg.print(p, err)
	})
	cfg.addLocationFlag(cmd)
	cmd.Flags().StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	return cmd
}

func (c *promisesConfig) addLocationFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.Location, "location", "", "location (default: the tenant's default location)")
}

// setting is the setting in the flags.
func (c *promisesConfig) setting() (client.SetPromises, error) {
	r := client.SetPromises{ProductID: c.args[0], LocationID: c.Location, Lowering: client.Lowering(c.Lowering), Reason: c.Reason}
	switch {
	case c.Presale == "" && c.Backorder == "":
		return r, errors.New("neither --presale nor --backorder is given; \"promises close\" closes both")
	case c.Presale == "" && (c.PresaleAt != "" || c.InParts || len(c.PresaleChannels) > 0):
		return r, errors.New("--presale-at, --presale-channel and --ships-in-part belong to --presale")
	case c.Backorder == "" && (c.BackorderAt != "" || len(c.BackorderChannels) > 0):
		return r, errors.New("--backorder-at and --backorder-channel belong to --backorder")
	}
	if c.Presale != "" {
		r.Presale = &client.PresaleSetting{ShipsInPart: c.InParts}
		var err error
		if r.Presale.Cap, r.Presale.Decimal, err = units(c.Presale); err != nil {
			return r, fmt.Errorf("--presale: %w", err)
		}
		if r.Presale.PromiseDate, err = c.moment("presale-at", c.PresaleAt); err != nil {
			return r, err
		}
		if r.Presale.Channels, err = limits(c.PresaleChannels); err != nil {
			return r, fmt.Errorf("--presale-channel: %w", err)
		}
	}
	if c.Backorder != "" {
		r.Backorder = &client.BackorderSetting{}
		var err error
		if r.Backorder.Allowance, r.Backorder.Decimal, err = units(c.Backorder); err != nil {
			return r, fmt.Errorf("--backorder: %w", err)
		}
		if r.Backorder.PromiseDate, err = c.moment("backorder-at", c.BackorderAt); err != nil {
			return r, err
		}
		if r.Backorder.Channels, err = limits(c.BackorderChannels); err != nil {
			return r, fmt.Errorf("--backorder-channel: %w", err)
		}
	}
	return r, nil
}

// limits reads CHANNEL=UNITS.
func limits(args []string) ([]client.PromiseLimit, error) {
	all := make([]client.PromiseLimit, len(args))
	for i, arg := range args {
		name, text, err := pair(arg, "web=60")
		if err != nil {
			return nil, err
		}
		all[i].ChannelID = name
		if all[i].Cap, all[i].Decimal, err = units(text); err != nil {
			return nil, fmt.Errorf("%q: %w", arg, err)
		}
	}
	return all, nil
}

// print prints the presale and the backorder, and the figures of channels.
func (c *promisesConfig) print(p *client.Promises, err error) error {
	if err != nil {
		return err
	}
	u := declared{p.Unit, p.Scale}
	t := c.amounts("product", "location", "promise", "channel", "most", "promised", "remaining", "too many", "arrived", "to be there", "state")
	return c.tell(nil, t, func() {
		channels := func(kind string, all []client.PromiseChannel) {
			for _, ch := range all {
				t.row(p.ProductID, p.LocationID, c.cell(kind), ch.ChannelID, u.amount(ch.Cap), u.amount(ch.Promised), u.amount(ch.Remaining), "", "", "", "")
			}
		}
		if s := p.Presale; s != nil {
			t.row(p.ProductID, p.LocationID, c.cell("presale"), "", u.amount(s.Cap), u.amount(s.Promised), u.amount(s.Remaining), u.amount(s.Excess), u.amount(s.Arrived), formatTime(s.PromiseDate), c.promiseState(s.Closed, s.ShipsInPart))
			channels("presale", s.Channels)
		}
		if s := p.Backorder; s != nil {
			t.row(p.ProductID, p.LocationID, c.cell("backorder"), "", u.amount(s.Allowance), u.amount(s.Promised), u.amount(s.Remaining), u.amount(s.Excess), "", formatTime(s.PromiseDate), c.promiseState(s.Closed, false))
			channels("backorder", s.Channels)
		}
		t.row(p.ProductID, p.LocationID, c.cell("waiting"), "", "", u.amount(p.Waiting), "", "", "", "", fmt.Sprintf(c.cell("%d orders"), p.WaitingOrders))
	})
}

// promiseState shows whether more can be promised, and how it ships.
func (c *promisesConfig) promiseState(closed, inParts bool) string {
	state := "running"
	if closed {
		state = "closed"
	}
	if state = c.cell(state); inParts {
		state += ", " + c.cell("ships in part")
	}
	return state
}
