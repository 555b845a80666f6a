package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// quotasAnswer is what "quotas" shows of the server's answer.
type quotasAnswer struct {
	ProductID      string `json:"product_id"`
	LocationID     string `json:"location_id"`
	Shared         int64  `json:"shared"`
	AvailableStock int64  `json:"available_stock"`
	ReservedStock  int64  `json:"reserved_stock"`
	Status         string `json:"status"`
	Channels       []struct {
		ChannelID    string `json:"channel_id"`
		Quota        int64  `json:"quota"`
		Remaining    int64  `json:"remaining"`
		Held         int64  `json:"held"`
		Sold         int64  `json:"sold"`
		HeldFromPool int64  `json:"held_from_pool"`
		SoldFromPool int64  `json:"sold_from_pool"`
		Weight       int64  `json:"weight"`
		Level        int64  `json:"level"`
		Pending      int64  `json:"pending"`
		Available    int64  `json:"available"`
		Status       string `json:"status"`
	} `json:"channels"`
}

func printQuotas(out io.Writer, answer []byte) error {
	var q quotasAnswer
	if err := json.Unmarshal(answer, &q); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return q.print(out)
}

func (q *quotasAnswer) print(out io.Writer) error {
	fmt.Fprintf(out, "%s at %s: %d for all channels, %d open to sale, %d reserved, %s\n",
		q.ProductID, q.LocationID, q.Shared, q.AvailableStock, q.ReservedStock, q.Status)
	if len(q.Channels) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "channel\tquota\tremaining\theld\tsold\tof the pool: held\tsold\tweight\tlevel\tpending\tavailable\tstatus")
	for i := range q.Channels {
		c := &q.Channels[i]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", c.ChannelID, c.Quota, c.Remaining, c.Held, c.Sold,
			c.HeldFromPool, c.SoldFromPool, c.Weight, c.Level, c.Pending, c.Available, c.Status)
	}
	return w.Flush()
}

func printAllotment(out io.Writer, answer []byte) error {
	var a struct {
		Moves []struct {
			From     string `json:"from"`
			To       string `json:"to"`
			Quantity int64  `json:"quantity"`
		} `json:"moves"`
		Stock quotasAnswer `json:"stock"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if len(a.Moves) == 0 {
		fmt.Fprintln(out, "nothing to share")
	}
	for _, m := range a.Moves {
		fmt.Fprintf(out, "%d from %s to %s\n", m.Quantity, m.From, m.To)
	}
	return a.Stock.print(out)
}
