package main

import (
	"context"
	"fmt"
)

// transferAnswer is what "transfers" shows of the server's answer.
type transferAnswer struct {
	ID       string `json:"transfer_id"`
	From     string `json:"from_location_id"`
	To       string `json:"to_location_id"`
	Channel  string `json:"channel_id"`
	State    string `json:"state"`
	Pending  bool   `json:"pending"`
	Expected string `json:"expected_at"`
	Lines    []struct {
		Product   string `json:"product_id"`
		Requested int64  `json:"requested"`
		Shipped   int64  `json:"shipped"`
		Received  int64  `json:"received"`
		Lost      int64  `json:"lost"`
		Surplus   int64  `json:"surplus"`
		Returned  int64  `json:"returned"`
		InTransit int64  `json:"in_transit"`
	} `json:"lines"`
	History []struct {
		Action   string `json:"action"`
		Outcome  string `json:"outcome"`
		At       string `json:"at"`
		Detail   string `json:"detail"`
		Operator string `json:"operator"`
	} `json:"history"`
}

func (t *transferAnswer) headline() string {
	line := fmt.Sprintf("%s from %s to %s: %s", t.ID, t.From, t.To, t.State)
	if t.ID == "" {
		line = fmt.Sprintf("from %s to %s", t.From, t.To)
	}
	if t.Channel != "" {
		line += ", of channel " + t.Channel
	}
	if t.Expected != "" {
		line += ", expected " + t.Expected
	}
	if t.Pending {
		line += ", a step is being completed"
	}
	return line
}

func (c *transfersConfig) print(t *transferAnswer) error {
	fmt.Fprintln(c.out, t.headline())
	lines := newTable(c.out, "product", "requested", "shipped", "received", "lost", "surplus", "returned", "in transit")
	for _, l := range t.Lines {
		lines.row(l.Product, l.Requested, l.Shipped, l.Received, l.Lost, l.Surplus, l.Returned, l.InTransit)
	}
	if err := lines.Flush(); err != nil {
		return err
	}
	for _, s := range t.History {
		fmt.Fprintf(c.out, "%s %s %s by %s\n", s.At, s.Action, s.Outcome, s.Operator)
		if s.Detail != "" {
			fmt.Fprintf(c.out, "  %s\n", s.Detail)
		}
	}
	return nil
}

// replenishedAnswer is what "transfers replenish" shows of the server's answer.
type replenishedAnswer struct {
	Transfers []transferAnswer `json:"transfers"`
	Shortages []struct {
		Product   string `json:"product_id"`
		Location  string `json:"location_id"`
		Requested int64  `json:"requested"`
		Available int64  `json:"available"`
	} `json:"shortages"`
}

func (c *transfersConfig) printReplenished(a *replenishedAnswer) error {
	if len(a.Transfers)+len(a.Shortages) == 0 {
		fmt.Fprintln(c.out, "nothing is lacking")
	}
	for i := range a.Transfers {
		if err := c.print(&a.Transfers[i]); err != nil {
			return err
		}
	}
	for _, s := range a.Shortages {
		fmt.Fprintf(c.out, "%s at %s: %d of %d can be had\n", s.Product, s.Location, s.Available, s.Requested)
	}
	return nil
}

func (c *transfersConfig) list(ctx context.Context) error {
	query := narrowed(map[string]string{"state": c.State, "location_id": c.Location})
	all := newTable(c.out, "transfer", "from", "to", "state", "lines", "requested", "in transit", "expected")
	return list(ctx, &c.askConfig, "/v1/transfers", query, all, func(t *transferAnswer) {
		var requested, underway int64
		for _, l := range t.Lines {
			requested, underway = requested+l.Requested, underway+l.InTransit
		}
		all.row(t.ID, t.From, t.To, t.State, len(t.Lines), requested, underway, t.Expected)
	})
}
