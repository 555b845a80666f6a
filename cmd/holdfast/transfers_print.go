package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
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

func (t *transferAnswer) print(out io.Writer) error {
	fmt.Fprintln(out, t.headline())
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "product\trequested\tshipped\treceived\tlost\tsurplus\treturned\tin transit")
	for _, l := range t.Lines {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", l.Product, l.Requested, l.Shipped, l.Received, l.Lost, l.Surplus, l.Returned, l.InTransit)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, s := range t.History {
		fmt.Fprintf(out, "%s %s %s by %s\n", s.At, s.Action, s.Outcome, s.Operator)
		if s.Detail != "" {
			fmt.Fprintf(out, "  %s\n", s.Detail)
		}
	}
	return nil
}

func (c *transfersConfig) printOne(answer []byte) error {
	var t transferAnswer
	if err := json.Unmarshal(answer, &t); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return t.print(c.out)
}

func (c *transfersConfig) printReplenished(answer []byte) error {
	var a struct {
		Transfers []transferAnswer `json:"transfers"`
		Shortages []struct {
			Product   string `json:"product_id"`
			Location  string `json:"location_id"`
			Requested int64  `json:"requested"`
			Available int64  `json:"available"`
		} `json:"shortages"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if len(a.Transfers)+len(a.Shortages) == 0 {
		fmt.Fprintln(c.out, "nothing is lacking")
	}
	for i := range a.Transfers {
		if err := a.Transfers[i].print(c.out); err != nil {
			return err
		}
	}
	for _, s := range a.Shortages {
		fmt.Fprintf(c.out, "%s at %s: %d of %d can be had\n", s.Product, s.Location, s.Available, s.Requested)
	}
	return nil
}

func runTransfersList(ctx context.Context, cfg *transfersConfig) error {
	query := narrowed(map[string]string{"state": cfg.State, "location_id": cfg.Location})
	head := "transfer\tfrom\tto\tstate\tlines\trequested\tin transit\texpected"
	return list(ctx, &cfg.askConfig, "/v1/transfers", query, head, func(w io.Writer, t *transferAnswer) {
		var requested, underway int64
		for _, l := range t.Lines {
			requested, underway = requested+l.Requested, underway+l.InTransit
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", t.ID, t.From, t.To, t.State, len(t.Lines), requested, underway, t.Expected)
	})
}
