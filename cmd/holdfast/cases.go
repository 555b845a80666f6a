package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// casesConfig has the settings of "cases" and its commands.
type casesConfig struct {
	talkConfig
	Kind, State, Product, Location, Assignee, Order, Till string
	Orders                                                []string
	To, Note                                              string
}

func newCases() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cases",
		Short: "Decide what to do where more was promised than there is",
		Long: `A case is a task for people: a count found fewer units than orders hold, or more was
sold elsewhere than there was (docs/guide/stock-take.md), or a till needs somebody
(docs/guide/tills.md), or a message says that an order was paid which is not there
(docs/guide/sources.md).`,
		Example: "  holdfast cases list --state open",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newCasesList(), newCasesShow(), newCasesAssign(), newCasesDecide(), newCasesComment())
	return cmd
}

func newCasesList() *cobra.Command {
	var cfg casesConfig
	cmd := cfg.talks(&cobra.Command{Use: "list", Short: "List cases, the newest first", Example: "  holdfast cases list --state open", Args: cobra.NoArgs}, func(ctx context.Context) error {
		r := client.CaseList{
			Kind: cfg.Kind, State: cfg.State, ProductID: cfg.Product, LocationID: cfg.Location, Assignee: cfg.Assignee, OrderID: cfg.Order, TillID: cfg.Till, PageSize: pageSize,
		}
		t := cfg.cases()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Case], error) { return cfg.c.Cases.List(ctx, r) },
			func(k *client.Case) { cfg.row(t, k) })
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Kind, "kind", "", "shortage, oversell, over_return, parked, copy, malformed, uncovered, order_twice, against_rule, lost_line or file_lost")
	f.StringVar(&cfg.State, "state", "", "open, assigned, decided or settled (default all)")
	f.StringVar(&cfg.Product, "product", "", "only this product")
	f.StringVar(&cfg.Location, "location", "", "only this location")
	f.StringVar(&cfg.Assignee, "assignee", "", "only what is this one's")
	f.StringVar(&cfg.Order, "order", "", "only what this order, sold elsewhere, has opened")
	f.StringVar(&cfg.Till, "till", "", "only what is about this till")
	return cmd
}

func newCasesShow() *cobra.Command {
	var cfg casesConfig
	return cfg.talks(&cobra.Command{
		Use: "show CASE", Short: "Show a case and who holds the product", Example: "  holdfast cases show case-3vq5yb6e2nkx7q4d", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		k, err := cfg.c.Cases.Get(ctx, cfg.args[0])
		return cfg.print(ctx, k, err)
	})
}

func newCasesAssign() *cobra.Command {
	var cfg casesConfig
	return cfg.writes(&cobra.Command{
		Use: "assign CASE [NAME]", Short: "Say whose a case is; without a name, nobody's",
		Example: "  holdfast cases assign case-3vq5yb6e2nkx7q4d ann", Args: cobra.RangeArgs(1, 2),
	}, func(ctx context.Context) error {
		k, err := cfg.c.Cases.Assign(ctx, cfg.args[0], strings.Join(cfg.args[1:], ""))
		return cfg.print(ctx, k, err)
	})
}

func newCasesDecide() *cobra.Command {
	var cfg casesConfig
	cmd := cfg.writes(&cobra.Command{
		Use:   "decide CASE release|move|wait|accept|book|dismiss",
		Short: "Decide about a case",
		Long: `Decide carries a decision out: release gives back what the orders named hold of the
product there, move moves it to another location, wait leaves all as it is until there
are units, accept ends the case as it is. Of what a till did that is not in the books
(lost_line), book posts it, once, and dismiss does not. Of a paid order that is not
there (parked), accept books it and owes what is missing, release gives back what it
holds, and dismiss gives only the message up. Until a case is settled it may be decided
anew.`,
		Example: `  holdfast cases decide case-3vq5yb6e2nkx7q4d release --order o-2 --note called
  holdfast cases decide case-3vq5yb6e2nkx7q4d move --order o-2 --to hamburg`,
		Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		k, err := cfg.c.Cases.Decide(ctx, client.DecideCase{CaseID: cfg.args[0], Decision: cfg.args[1], Orders: cfg.Orders, ToLocationID: cfg.To, Note: cfg.Note})
		return cfg.print(ctx, k, err)
	})
	f := cmd.Flags()
	f.StringArrayVar(&cfg.Orders, "order", nil, "an order whose units are released or moved; may be given again")
	f.StringVar(&cfg.To, "to", "", "the location that move moves them to")
	f.StringVar(&cfg.Note, "note", "", "why, for the case and the journal")
	return cmd
}

func newCasesComment() *cobra.Command {
	var cfg casesConfig
	return cfg.writes(&cobra.Command{
		Use: "comment CASE TEXT", Short: "Say something about a case, also one that is settled",
		Example: "  holdfast cases comment case-3vq5yb6e2nkx7q4d 'the truck comes at noon'", Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		said, err := cfg.c.Cases.Comment(ctx, cfg.args[0], cfg.args[1])
		if err != nil {
			return err
		}
		t := cfg.comments()
		return cfg.tell(nil, t, func() { t.row(formatTime(said.At), said.Operator, said.Text) })
	})
}

// comments is the table of what people said.
func (c *casesConfig) comments() *table { return c.table("said", "by", "comment") }

// cases is the table of cases.
func (c *casesConfig) cases() *table {
	return c.amounts("case", "kind", "state", "product", "location", "till", "short", "opened", "assignee", "decided", "note")
}

func (c *casesConfig) row(t *table, k *client.Case) {
	d := client.CaseDecision{}
	if k.Decided != nil {
		d = *k.Decided
	}
	t.row(k.CaseID, c.cell(k.Kind), c.cell(k.State), k.ProductID, k.LocationID, k.TillID, declared{k.Unit, k.Scale}.amount(k.Quantity), formatTime(k.OpenedAt), k.Assignee, c.cell(d.Decision), d.Note)
}

// print prints a case and the orders that hold the product.
func (c *casesConfig) print(ctx context.Context, k *client.Case, err error) error {
	if err != nil {
		return err
	}
	u := declared{k.Unit, k.Scale}
	head := c.table("case", "kind", "state", "product", "location", "short", "still short", "assignee", "decided", "by", "note")
	d := client.CaseDecision{}
	if k.Decided != nil {
		d = *k.Decided
	}
	head.row(k.CaseID, c.cell(k.Kind), c.cell(k.State), k.ProductID, k.LocationID, u.amount(k.Quantity), u.amount(k.Oversold), k.Assignee, c.cell(d.Decision), d.Operator, d.Note)
	orders := c.amounts("order", "channel", "held", "until")
	for _, o := range k.Orders {
		orders.row(o.OrderID, o.ChannelID, u.amount(o.Quantity), formatTime(o.ExpiresAt))
	}
	if p := k.Paid; p != nil && k.State != "settled" {
		orders = c.amounts("source", "message", "order", "product", "paid", "short")
		for _, l := range p.Lines {
			u := c.unitOf(ctx, l.ProductID)
			orders.row(p.Source, p.MessageID, k.OrderID, l.ProductID, u.amount(l.Quantity), u.amount(l.Short))
		}
	}
	if l := k.Lost; l != nil {
		orders = c.table("the till did", "order", "record", "entry", "booked beside it")
		orders.row(c.cell(l.Did), k.OrderID, l.Record, l.Entry, l.Booked)
	}
	if len(d.Left) > 0 {
		orders = c.table("order left", "why")
		for _, o := range d.Left {
			orders.row(o.OrderID, o.Detail)
		}
	}
	if err := c.document(nil, head, orders); err != nil || len(k.Comments) == 0 || c.JSON || c.CSV {
		return err
	}
	if _, err := fmt.Fprintln(c.out); err != nil {
		return err
	}
	comments := c.comments()
	for _, o := range k.Comments {
		comments.row(formatTime(o.At), o.Operator, o.Text)
	}
	return comments.Flush()
}
