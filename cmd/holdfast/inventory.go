package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

// inventoryConfig is what "inventory" and its commands are told.
type inventoryConfig struct {
	askConfig
	Location  string
	From, To  string
	Order     string
	Lot       []string
	Reason    string
	Reference string
}

func newInventory() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inventory",
		Short: "See where the units of a product are, move them, take them back",
		Long: `Each unit of a product at a location is in one account: for sale to all (pool/shared)
or to one channel (quota/<channel>), held by orders, withheld, damaged, in quality
control. These commands talk to a running server; docs/guide/order-life.md has the
whole story.

A number with a point is in the product's declared unit, one without in its
smallest.`,
		Example: "  holdfast inventory show mug --url http://127.0.0.1:8080",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newInventoryShow(), newInventoryAccounts(), newInventoryMove(), newInventoryReturn())
	return cmd
}

func newInventoryShow() *cobra.Command {
	var cfg inventoryConfig
	return cfg.asks(asking("show PRODUCT", "Show how many units of a product each location has", "inventory show mug", cobra.ExactArgs(1)), func(ctx context.Context) error {
		return cfg.answer(ctx, http.MethodGet, "/v1/inventory/product/"+url.PathEscape(cfg.args[0]), nil, inWords(cfg.printProduct))
	})
}

func newInventoryAccounts() *cobra.Command {
	var cfg inventoryConfig
	cmd := cfg.asks(asking("accounts PRODUCT", "Show the units of a product account by account", "inventory accounts mug --location berlin", cobra.ExactArgs(1)), func(ctx context.Context) error {
		return cfg.answer(ctx, http.MethodGet, "/v1/accounts/"+url.PathEscape(cfg.args[0])+where(cfg.Location), nil, inWords(cfg.printAccounts))
	})
	cmd.Flags().StringVar(&cfg.Location, "location", "", "only this location")
	return cmd
}

func newInventoryMove() *cobra.Command {
	var cfg inventoryConfig
	cmd := cfg.change("move PRODUCT QUANTITY --from ACCOUNT --to ACCOUNT", "Move units from one account to another", func() map[string]string {
		return map[string]string{"from": cfg.From, "to": cfg.To}
	})
	cmd.Example = "  holdfast inventory move mug 3 --from pool/shared --to damaged --reason dropped --url http://127.0.0.1:8080"
	cmd.Flags().StringVar(&cfg.From, "from", "", "the account that gives: pool/shared, quota/<channel>, withheld, damaged or quality")
	cmd.Flags().StringVar(&cfg.To, "to", "", "the account that gets; ext/adjustment writes off what is not for sale")
	markRequired(cmd, "from")
	markRequired(cmd, "to")
	return cmd
}

func newInventoryReturn() *cobra.Command {
	var cfg inventoryConfig
	cmd := cfg.change("return PRODUCT QUANTITY", "Take units back from a customer", func() map[string]string {
		return map[string]string{"order_id": cfg.Order, "to": cfg.To}
	})
	cmd.Example = "  holdfast inventory return mug 1 --order o-2 --to quality --url http://127.0.0.1:8080"
	cmd.Flags().StringVar(&cfg.Order, "order", "", "the order that they had left with, for the journal")
	cmd.Flags().StringVar(&cfg.To, "to", "", "the account that gets them (default pool/shared)")
	return cmd
}

// change is a command that changes the books of a product. more are the texts
// that it has besides.
func (c *inventoryConfig) change(use, short string, more func() map[string]string) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(2)}
	f := cmd.Flags()
	f.StringVar(&c.Location, "location", "", "location (default: the tenant's default location)")
	f.StringArrayVar(&c.Lot, "lot", nil, "the lot of the units, attribute by attribute, like batch=B7; left out: of none")
	f.StringVar(&c.Reason, "reason", "", "why, for the journal")
	f.StringVar(&c.Reference, "reference", "", "a number of your own")
	return c.asks(cmd, func(ctx context.Context) error {
		texts := more()
		texts["product_id"], texts["location_id"], texts["reason"], texts["reference"] = c.args[0], c.Location, c.Reason, c.Reference
		body := filled(texts)
		n, err := amount(c.args[1])
		if err != nil {
			return c.wrong(err)
		}
		body["quantity"] = n
		if len(c.Lot) > 0 {
			if body["lot"], err = c.attributes(c.Lot); err != nil {
				return err
			}
		}
		return c.answer(ctx, http.MethodPost, "/v1/inventory/"+cmd.Name(), body, inWords(c.printWritten))
	})
}

// stockAnswer is what "inventory" shows of a product at a location.
type stockAnswer struct {
	Product   string `json:"product_id"`
	Location  string `json:"location_id"`
	Available int64  `json:"available_stock"`
	Reserved  int64  `json:"reserved_stock"`
	OnHand    int64  `json:"on_hand"`
	Withheld  int64  `json:"withheld"`
	Damaged   int64  `json:"damaged"`
	Quality   int64  `json:"quality"`
	InTransit int64  `json:"in_transit"`
	Incoming  int64  `json:"incoming"`
	Status    string `json:"status"`
}

func (c *inventoryConfig) printWritten(s *stockAnswer) error {
	_, err := fmt.Fprintf(c.out, "%s at %s: %d available, %d reserved, %d on hand, %s\n", s.Product, s.Location, s.Available, s.Reserved, s.OnHand, s.Status)
	return err
}

// productAnswer is what "inventory show" shows.
type productAnswer struct {
	Locations []stockAnswer `json:"locations"`
}

func (c *inventoryConfig) printProduct(p *productAnswer) error {
	t := newTable(c.out, "location", "available", "reserved", "on hand", "withheld", "damaged", "quality", "in transit", "incoming", "status")
	for i := range p.Locations {
		s := &p.Locations[i]
		t.row(s.Location, s.Available, s.Reserved, s.OnHand, s.Withheld, s.Damaged, s.Quality, s.InTransit, s.Incoming, s.Status)
	}
	return t.Flush()
}

// accountsAnswer is what "inventory accounts" shows of a product at a location.
type accountsAnswer struct {
	Location string `json:"location_id"`
	Accounts []struct {
		Account  string            `json:"account"`
		Quantity int64             `json:"quantity"`
		Lot      map[string]string `json:"lot"`
	} `json:"accounts"`
}

func (c *inventoryConfig) printAccounts(p *itemsAnswer[accountsAnswer]) error {
	t := newTable(c.out, "location", "account", "lot", "units")
	for _, it := range p.Items {
		for _, a := range it.Accounts {
			t.row(it.Location, a.Account, lotText(a.Lot), a.Quantity)
		}
	}
	return t.Flush()
}
