package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
)

// stockCommands are the daily commands about the stock of a product.
var stockCommands = []func() *cobra.Command{newOpen, newRestock, newAdjust, newCount, newThreshold, newSale}

// stockConfig has the settings of the daily commands about the stock of a product.
type stockConfig struct {
	talkConfig
	Location, Reason, Code, Reference string
	Lot                               []string
}

// stocks is a command about a product at a location.
func (c *stockConfig) stocks(cmd *cobra.Command, run func(context.Context) error) *cobra.Command {
	cmd.Flags().StringVar(&c.Location, "location", "", "location (default: the tenant's default location)")
	return c.tries(cmd, run)
}

// reasonCodeUsage is the help of --reason-code.
const reasonCodeUsage = "which of the tenant's reasons (holdfast reasons list)"

// addReasonFlags adds the flags for the reason in the journal.
func (c *stockConfig) addReasonFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.Reason, "reason", "", "why, for the journal")
	cmd.Flags().StringVar(&c.Code, "reason-code", "", reasonCodeUsage)
	cmd.Flags().StringVar(&c.Reference, "reference", "", "a number of your own")
}

func (c *stockConfig) lots(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&c.Lot, "lot", nil, "the lot of the units, attribute by attribute, like batch=B7")
}

// lot is the lot of --lot, nil when it was left out.
func (c *stockConfig) lot() (client.Lot, error) {
	if len(c.Lot) == 0 {
		return nil, nil
	}
	return c.attributes(c.Lot)
}

// amount reads the quantity in the second argument.
func (c *stockConfig) amount() (int64, string, error) {
	n, decimal, err := units(c.args[1])
	if err != nil {
		return 0, "", c.usageError(err)
	}
	return n, decimal, nil
}

// levels is the table of levels.
func (c *talkConfig) levels() *table {
	return c.amounts("product", "location", "available", "reserved", "on hand", "low at", "status", "on sale")
}

func (c *talkConfig) level(t *table, i *client.Inventory) {
	u := declared{i.Unit, i.Scale}
	available := any(u.amount(i.AvailableStock))
	if !i.Tracked {
		available = c.cell("not counted")
	}
	sale := c.cell("yes")
	if !i.OnSale {
		sale = c.cell("no")
	} else if len(i.ChannelsOff) > 0 {
		sale = fmt.Sprintf("%s: %v", c.cell("not on"), i.ChannelsOff)
	}
	t.row(i.ProductID, i.LocationID, available, u.amount(i.ReservedStock), u.amount(i.OnHand), u.amount(i.LowStockThreshold), c.cell(string(stateOf(i))), sale)
}

// stateOf is the state of an item. The answer to a write does not say whether it is oversold.
func stateOf(i *client.Inventory) client.ItemState {
	switch {
	case i.State != "":
		return i.State
	case i.OnSale && !i.Tracked:
		return client.ItemNotCounted
	}
	return stateOfStatus(i.OnSale, i.Status)
}

// stateOfStatus is the state of what is counted, as far as its status tells.
func stateOfStatus(onSale bool, status client.Status) client.ItemState {
	switch {
	case !onSale:
		return client.ItemOffSale
	case status == client.LowStock:
		return client.ItemLow
	}
	return client.ItemState(status)
}

// cell is a word in a table; programs get it in English.
func (c *talkConfig) cell(word string) string {
	if c.CSV {
		return word
	}
	return c.words.translate(word)
}

// changed prints the written item.
func (c *talkConfig) changed(i *client.Inventory, err error) error {
	if err != nil {
		return err
	}
	t := c.levels()
	return c.tell(nil, t, func() { c.level(t, i) })
}

func newOpen() *cobra.Command {
	var cfg stockConfig
	var low, unit string
	var scale int
	var untracked bool
	cmd := cfg.stocks(&cobra.Command{
		Use:   "open PRODUCT [QUANTITY]",
		Short: "Open the stock of a product at a location",
		Long: `Open makes a product known at a location, with the units that are there. A number
with a point is in the product's declared unit, one without in its smallest.`,
		Example: `  holdfast open mug 25 --low 5
  holdfast open coffee 12.500 --unit kg --scale 3 --location berlin`,
		Args: cobra.RangeArgs(1, 2),
	}, func(ctx context.Context) error {
		r := client.Create{ProductID: cfg.args[0], LocationID: cfg.Location, Untracked: untracked, Unit: unit, Scale: scale}
		var err error
		if len(cfg.args) > 1 {
			if r.AvailableStock, r.AvailableDecimal, err = cfg.amount(); err != nil {
				return err
			}
		}
		if low != "" {
			if r.LowStockThreshold, r.ThresholdDecimal, err = units(low); err != nil {
				return cfg.usageError(fmt.Errorf("--low: %w", err))
			}
		}
		return cfg.changed(cfg.c.Create(ctx, r))
	})
	f := cmd.Flags()
	f.StringVar(&low, "low", "", "from which figure down stock counts as low")
	f.StringVar(&unit, "unit", "", "unit to declare, like kg")
	f.IntVar(&scale, "scale", 0, "decimals of the unit, 1 to 6")
	f.BoolVar(&untracked, "untracked", false, "do not count: reserving always succeeds")
	return cmd
}

func newRestock() *cobra.Command {
	var cfg stockConfig
	var order string
	cmd := cfg.stocks(&cobra.Command{
		Use:   "restock PRODUCT QUANTITY",
		Short: "Add units that have come in",
		Example: `  holdfast restock mug 10 --reference "delivery 4711"
  holdfast restock milk 24 --lot batch=B7 --lot expires=2030-01-31
  holdfast restock record 1 --for-order o-7`,
		Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		n, decimal, err := cfg.amount()
		if err != nil {
			return err
		}
		lot, err := cfg.lot()
		if err != nil {
			return err
		}
		return cfg.changed(cfg.c.Restock(ctx, client.Restock{
			ProductID: cfg.args[0], LocationID: cfg.Location, Quantity: n, Decimal: decimal, Lot: lot, ForOrderID: order, Reason: cfg.Reason, ReasonCode: cfg.Code, Reference: cfg.Reference,
		}))
	})
	cfg.addReasonFlags(cmd)
	cfg.lots(cmd)
	cmd.Flags().StringVar(&order, "for-order", "", "the order that they came for: it gets what it waits for before others")
	return cmd
}

func newAdjust() *cobra.Command {
	var cfg stockConfig
	var delta, set string
	var version int64
	cmd := cfg.stocks(&cobra.Command{
		Use:   "adjust PRODUCT",
		Short: "Correct how many units there are",
		Long: `Adjust corrects the books by a number of units (--delta), or to what is on the shelf,
held units included (--set). Which of the two, and why, must be given. After a count
while orders go on, count is the better command.`,
		Example: `  holdfast adjust mug --delta -2 --reason broken
  holdfast adjust mug --set 40 --reason counted --location berlin`,
		Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		r := client.Adjust{ProductID: cfg.args[0], LocationID: cfg.Location, Reason: cfg.Reason, ReasonCode: cfg.Code, Reference: cfg.Reference}
		var err error
		switch {
		case (delta == "") == (set == ""):
			return cfg.usageError(errors.New("one of --delta and --set must be given"))
		case cfg.Reason == "":
			return cfg.usageError(errors.New("--reason must be given: the journal keeps it"))
		case delta != "":
			if r.Delta, r.DeltaDecimal, err = units(delta); err != nil {
				return cfg.usageError(fmt.Errorf("--delta: %w", err))
			}
		default:
			var n int64
			if n, r.SetToDecimal, err = units(set); err != nil {
				return cfg.usageError(fmt.Errorf("--set: %w", err))
			}
			if r.SetToDecimal == "" {
				r.SetTo = &n
			}
		}
		if version > 0 {
			r.ExpectedVersion = &version
		}
		if r.Lot, err = cfg.lot(); err != nil {
			return err
		}
		return cfg.changed(cfg.c.Adjust(ctx, r))
	})
	cfg.addReasonFlags(cmd)
	cfg.lots(cmd)
	f := cmd.Flags()
	f.StringVar(&delta, "delta", "", "by how many units, like -2")
	f.StringVar(&set, "set", "", "how many units are on the shelf")
	f.Int64Var(&version, "version", 0, "only if the item still has this version")
	return cmd
}

func newCount() *cobra.Command {
	var cfg stockConfig
	var seen, booked string
	cmd := cfg.stocks(&cobra.Command{
		Use:   "count PRODUCT QUANTITY",
		Short: "Book what was counted on the shelf, while orders go on",
		Long: `Count says how many units somebody saw on the shelf, held units included, now or at
the moment of --at. What moved since then stays. Where fewer units are there than orders
hold, a case is opened (holdfast cases).`,
		Example: `  holdfast count mug 38
  holdfast count mug 38 --at 2030-01-31T08:30:00Z --reference "sheet 7"`,
		Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		r := client.Observe{ProductID: cfg.args[0], LocationID: cfg.Location, Reason: cfg.Reason, ReasonCode: cfg.Code, Reference: cfg.Reference}
		var err error
		if r.Seen, r.SeenDecimal, err = cfg.amount(); err != nil {
			return err
		}
		if r.AsOf, err = cfg.moment("at", seen); err != nil {
			return err
		}
		if booked != "" {
			var n int64
			if n, r.BookedDecimal, err = units(booked); err != nil {
				return cfg.usageError(fmt.Errorf("--booked: %w", err))
			}
			if r.BookedDecimal == "" {
				r.Booked = &n
			}
		}
		if r.Lot, err = cfg.lot(); err != nil {
			return err
		}
		o, err := cfg.c.Accounts.Observe(ctx, r)
		if err != nil {
			return err
		}
		t := cfg.amounts("product", "location", "corrected by", "available", "reserved", "on hand", "case", "note")
		return cfg.tell(&holdfastv1.Observation{}, t, func() {
			note := ""
			if o.Superseded {
				note = cfg.cell("a later count was there already")
			}
			for _, b := range o.Behind {
				if note != "" {
					note += "; "
				}
				note += fmt.Sprintf("%s %s: %s", cfg.cell("till"), b.TillID, cfg.cell(string(b.State)))
			}
			i := &o.Inventory
			u := declared{i.Unit, i.Scale}
			t.row(i.ProductID, i.LocationID, u.change(o.Posted), u.amount(i.AvailableStock), u.amount(i.ReservedStock), u.amount(i.OnHand), o.CaseID, note)
		})
	})
	cfg.addReasonFlags(cmd)
	cfg.lots(cmd)
	cmd.Flags().StringVar(&seen, "at", "", "when it was counted, like 2030-01-31T08:30:00Z (default: now)")
	cmd.Flags().StringVar(&booked, "booked", "", "what the books said then (default: what the journal says)")
	return cmd
}

func newThreshold() *cobra.Command {
	var cfg stockConfig
	return cfg.stocks(&cobra.Command{
		Use:     "threshold PRODUCT QUANTITY",
		Short:   "Say from which figure down stock counts as low",
		Long:    "Threshold says from which figure down stock counts as low; 0 switches that off.",
		Example: "  holdfast threshold mug 5",
		Args:    cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		n, decimal, err := cfg.amount()
		if err != nil {
			return err
		}
		return cfg.changed(cfg.c.SetThreshold(ctx, client.SetThreshold{ProductID: cfg.args[0], LocationID: cfg.Location, LowStockThreshold: n, Decimal: decimal}))
	})
}

func newSale() *cobra.Command {
	var cfg stockConfig
	var channel string
	cmd := cfg.stocks(&cobra.Command{
		Use:   "sale on|off PRODUCT",
		Short: "Switch the sale of a product on or off",
		Long:  "Sale switches the sale of a product at a location on or off, on one channel or on all. How many units there are stays.",
		Example: `  holdfast sale off mug --reason "glaze peels off"
  holdfast sale on mug --channel web`,
		Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		if cfg.args[0] != "on" && cfg.args[0] != "off" {
			return cfg.usageError(fmt.Errorf("%q is neither on nor off", cfg.args[0]))
		}
		return cfg.changed(cfg.c.SetSaleStatus(ctx, client.SetSaleStatus{
			ProductID: cfg.args[1], LocationID: cfg.Location, ChannelID: channel, OnSale: cfg.args[0] == "on", Reason: cfg.Reason, ReasonCode: cfg.Code,
		}))
	})
	cmd.Flags().StringVar(&channel, "channel", "", "only this channel")
	cmd.Flags().StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	cmd.Flags().StringVar(&cfg.Code, "reason-code", "", reasonCodeUsage)
	return cmd
}
