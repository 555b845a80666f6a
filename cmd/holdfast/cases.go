package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

// casesConfig is what "cases" and its commands are told.
type casesConfig struct {
	askConfig
	Kind, State, Product, Location, Assignee, Order string
	Orders                                          []string
	To, Note                                        string
}

func newCases() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cases",
		Short: "Decide what to do where more was promised than there is",
		Long: `A case is a task for people: a count found fewer units than orders hold, or more was
sold elsewhere than there was. These commands talk to a running server;
docs/guide/stock-take.md has the whole story.`,
		Example: "  holdfast cases list --state open --url http://127.0.0.1:8080",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newCasesList(), newCasesShow(), newCasesAssign(), newCasesDecide())
	return cmd
}

func newCasesList() *cobra.Command {
	var cfg casesConfig
	cmd := cfg.asks(asking("list", "List cases, the newest first", "cases list --state open", cobra.NoArgs), func(ctx context.Context) error {
		query := narrowed(map[string]string{
			"kind": cfg.Kind, "state": cfg.State, "product_id": cfg.Product, "location_id": cfg.Location, "assignee": cfg.Assignee, "order_id": cfg.Order,
		})
		t := newTable(cfg.out, "case", "kind", "state", "product", "location", "short", "opened", "assignee", "decided")
		return list(ctx, &cfg.askConfig, "/v1/cases", query, t, func(k *caseAnswer) {
			t.row(k.ID, k.Kind, k.State, k.Product, k.Location, k.Quantity, k.Opened, k.Assignee, k.Decided.Decision)
		})
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Kind, "kind", "", "shortage or oversell")
	f.StringVar(&cfg.State, "state", "", "open, assigned, decided or settled (default all)")
	f.StringVar(&cfg.Product, "product", "", "only this product")
	f.StringVar(&cfg.Location, "location", "", "only this location")
	f.StringVar(&cfg.Assignee, "assignee", "", "only what is this one's")
	f.StringVar(&cfg.Order, "order", "", "only what this order, sold elsewhere, has opened")
	return cmd
}

func newCasesShow() *cobra.Command {
	var cfg casesConfig
	return cfg.asks(asking("show CASE", "Show a case and who holds the product", "cases show case-3vq5yb6e2nkx7q4d", cobra.ExactArgs(1)), func(ctx context.Context) error {
		return cfg.one(ctx, http.MethodGet, "", nil)
	})
}

func newCasesAssign() *cobra.Command {
	var cfg casesConfig
	return cfg.asks(asking("assign CASE [NAME]", "Say whose a case is; without a name, nobody's", "cases assign case-3vq5yb6e2nkx7q4d ann", cobra.RangeArgs(1, 2)), func(ctx context.Context) error {
		return cfg.one(ctx, http.MethodPost, "/assign", map[string]any{"assignee": strings.Join(cfg.args[1:], "")})
	})
}

func newCasesDecide() *cobra.Command {
	var cfg casesConfig
	cmd := cfg.asks(&cobra.Command{
		Use:   "decide CASE release|move|wait|accept",
		Short: "Decide about a case",
		Long: `Decide carries a decision out: release gives back what the orders named hold of the
product there, move moves it to another location, wait leaves all as it is until there
are units, accept ends the case as it is. Until a case is settled it may be decided
anew.`,
		Example: `  holdfast cases decide case-3vq5yb6e2nkx7q4d release --order o-2 --note called --url http://127.0.0.1:8080
  holdfast cases decide case-3vq5yb6e2nkx7q4d move --order o-2 --to hamburg --url http://127.0.0.1:8080`,
		Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		body := filled(map[string]string{"decision": cfg.args[1], "to_location_id": cfg.To, "note": cfg.Note})
		if len(cfg.Orders) > 0 {
			body["orders"] = cfg.Orders
		}
		return cfg.one(ctx, http.MethodPost, "/decide", body)
	})
	f := cmd.Flags()
	f.StringArrayVar(&cfg.Orders, "order", nil, "an order whose units are released or moved; may be given again")
	f.StringVar(&cfg.To, "to", "", "the location that move moves them to")
	f.StringVar(&cfg.Note, "note", "", "why, for the case and the journal")
	return cmd
}

// one asks about the case of the first argument and prints it.
func (c *casesConfig) one(ctx context.Context, verb, path string, body any) error {
	return c.answer(ctx, verb, "/v1/cases/"+url.PathEscape(c.args[0])+path, body, inWords(c.print))
}

// caseAnswer is what "cases" shows of the server's answer.
type caseAnswer struct {
	ID       string `json:"case_id"`
	Kind     string `json:"kind"`
	State    string `json:"state"`
	Product  string `json:"product_id"`
	Location string `json:"location_id"`
	Quantity int64  `json:"quantity"`
	Opened   string `json:"opened_at"`
	Assignee string `json:"assignee"`
	Oversold int64  `json:"oversold"`
	Decided  struct {
		Decision string `json:"decision"`
		Operator string `json:"operator"`
		At       string `json:"at"`
		Note     string `json:"note"`
	} `json:"decided"`
	Orders []struct {
		Order   string `json:"order_id"`
		Channel string `json:"channel_id"`
		Held    int64  `json:"quantity"`
		Expires string `json:"expires_at"`
	} `json:"orders"`
}

func (c *casesConfig) print(k *caseAnswer) error {
	line := fmt.Sprintf("%s is %s: %s of %d %s at %s", k.ID, k.State, k.Kind, k.Quantity, k.Product, k.Location)
	if k.Assignee != "" {
		line += ", " + k.Assignee + "'s"
	}
	if k.Oversold > 0 {
		line += fmt.Sprintf("; %d are still short there", k.Oversold)
	}
	fmt.Fprintln(c.out, line)
	if d := k.Decided; d.Decision != "" {
		fmt.Fprintf(c.out, "%s, by %s at %s %s\n", d.Decision, d.Operator, d.At, d.Note)
	}
	if len(k.Orders) == 0 {
		return nil
	}
	t := newTable(c.out, "order", "channel", "held", "until")
	for _, o := range k.Orders {
		t.row(o.Order, o.Channel, o.Held, o.Expires)
	}
	return t.Flush()
}
