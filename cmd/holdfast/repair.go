package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
)

// repairConfig has the settings of the repair command.
type repairConfig struct {
	books                    booksConfig
	tenant, reason, operator string
}

func newRepair() *cobra.Command {
	var cfg repairConfig
	cmd := &cobra.Command{
		Use:   "repair LOCATION/PRODUCT",
		Short: "Set an item right whose books contradict themselves",
		Long: `Repair sets what an item keeps of its open orders to what the orders hold: its held
units, and those of its channels. Use it when calls about an item are answered with "the
books of the item contradict themselves". "holdfast verify --explain" shows first what
is wrong.

The repair is an entry of the journal, with the reason. Units that orders hold and the
item does not have are owed (ext/oversold); units that no order holds are for sale again.
Units for sale cover what the item owes. An item that is right stays as it is. Servers
may run meanwhile.`,
		Example: `  holdfast verify --db sqlite:holdfast.db --explain berlin/mug
  holdfast repair --db sqlite:holdfast.db berlin/mug --reason "counted twice in the old version"`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return cfg.run(cmd.Context(), args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cfg.books.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&cfg.tenant, "tenant", catalog.DefaultTenant, "tenant of the item")
	f.StringVar(&cfg.reason, "reason", "", "why, for the journal")
	f.StringVar(&cfg.operator, "operator", "cli", "who, for the journal")
	return cmd
}

// repairTries bounds how often an item is looked at that changes before it is repaired.
const repairTries = 20

func (c *repairConfig) run(ctx context.Context, item string, out, errOut io.Writer) (err error) {
	if err := c.books.check(); err != nil {
		return &usageError{err: err, path: "holdfast repair"}
	}
	key, err := parseItem(c.tenant, item)
	if err != nil {
		return &usageError{err: err, path: "holdfast repair"}
	}
	b, err := openLaidOut(ctx, c.books)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	books, end, err := b.runBooks(ctx, errOut)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	for range repairTries {
		is, err := audit.Explain(ctx, b.slotSet.kept, key)
		if err != nil {
			return err
		}
		if len(is.Faults) == 0 {
			fmt.Fprintf(out, "%s is right: nothing was repaired\n", item)
			return nil
		}
		res := books.Submit(ctx, ledger.Request{Command: stock.Repair{
			Item: key, Bucket: is.Item.Bucket, Version: is.Item.Version, Lines: is.Sums,
			Note: stock.Note{Reason: c.reason, Operator: c.operator},
		}})[0]
		var refusal *stock.Refusal
		if errors.As(res.Err, &refusal) && refusal.Field == stock.RepairLate {
			continue
		}
		if res.Err != nil {
			return fmt.Errorf("repair %s: %w", item, res.Err)
		}
		for _, fault := range is.Faults {
			fmt.Fprintf(out, "repaired: %s\n", fault)
		}
		return nil
	}
	return fmt.Errorf("%s changes all the time: try again", item)
}

// parseItem reads LOCATION/PRODUCT.
func parseItem(tenant, item string) (k stock.ItemKey, err error) {
	location, product, ok := strings.Cut(item, "/")
	if !ok || location == "" || product == "" {
		return k, fmt.Errorf("item %q: write LOCATION/PRODUCT, as in berlin/mug", item)
	}
	return stock.ItemKey{Tenant: tenant, Location: location, Product: product}, nil
}

// explainItem prints an item and its open lines, and returns how many faults there are.
func explainItem(ctx context.Context, s *slotSet, tenant, item string, out io.Writer) (faults int, err error) {
	key, err := parseItem(tenant, item)
	if err != nil {
		return 0, err
	}
	is, err := audit.Explain(ctx, s.kept, key)
	if err != nil {
		return 0, err
	}
	it := is.Item
	fmt.Fprintf(out, "%s: version %d\n", item, it.Version)
	for _, b := range it.Balances {
		if b.Qty != 0 {
			fmt.Fprintf(out, "  account %s: %d\n", b.Account, b.Qty)
		}
	}
	for i := range it.Channels {
		c := &it.Channels[i]
		lines := is.Sums.Of(c.ID)
		fmt.Fprintf(out, "  channel %s: quota %d, remaining %d, held %d (orders: %d), sold %d; of the pool held %d (orders: %d), sold %d\n",
			c.ID, it.Quota(c), it.Remaining(c.ID), c.Held, lines.Held, c.Sold, c.PoolHeld, lines.Pool, c.PoolSold)
	}
	for _, l := range is.Lines {
		fmt.Fprintf(out, "  order %s: holds %d", l.Order, l.Quantity())
		for _, b := range l.Drawn {
			fmt.Fprintf(out, ", %d of %s", b.Qty, b.Account)
		}
		fmt.Fprintln(out)
	}
	for _, fault := range is.Faults {
		fmt.Fprintf(out, "wrong: %s\n", fault)
	}
	if len(is.Faults) > 0 {
		fmt.Fprintf(out, "\"holdfast repair %s\" sets this right\n", item)
	}
	return len(is.Faults), nil
}
