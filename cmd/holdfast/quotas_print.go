package main

import (
	"fmt"
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

func (c *quotasConfig) print(q *quotasAnswer) error {
	fmt.Fprintf(c.out, "%s at %s: %d for all channels, %d open to sale, %d reserved, %s\n",
		q.ProductID, q.LocationID, q.Shared, q.AvailableStock, q.ReservedStock, q.Status)
	if len(q.Channels) == 0 {
		return nil
	}
	t := newTable(c.out, "channel", "quota", "remaining", "held", "sold", "of the pool: held", "sold", "weight", "level", "pending", "available", "status")
	for i := range q.Channels {
		is := &q.Channels[i]
		t.row(is.ChannelID, is.Quota, is.Remaining, is.Held, is.Sold, is.HeldFromPool, is.SoldFromPool,
			is.Weight, is.Level, is.Pending, is.Available, is.Status)
	}
	return t.Flush()
}

// allotmentAnswer is what "quotas allot" shows of the server's answer.
type allotmentAnswer struct {
	Moves []struct {
		From     string `json:"from"`
		To       string `json:"to"`
		Quantity int64  `json:"quantity"`
	} `json:"moves"`
	Stock quotasAnswer `json:"stock"`
}

func (c *quotasConfig) printAllotment(a *allotmentAnswer) error {
	if len(a.Moves) == 0 {
		fmt.Fprintln(c.out, "nothing to share")
	}
	for _, m := range a.Moves {
		fmt.Fprintf(c.out, "%d from %s to %s\n", m.Quantity, m.From, m.To)
	}
	return c.print(&a.Stock)
}
