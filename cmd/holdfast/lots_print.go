package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// lotText is a lot as its attributes are given to the commands.
func lotText(lot map[string]string) string {
	words := make([]string, 0, len(lot))
	for _, name := range slices.Sorted(maps.Keys(lot)) {
		words = append(words, name+"="+lot[name])
	}
	return strings.Join(words, " ")
}

// lots is the query for those lots of the product that the arguments name.
func (c *lotsConfig) lots() (url.Values, error) {
	attr, err := c.attributes(c.args[1:])
	query := narrowed(map[string]string{"location_id": c.Location})
	for name, value := range attr {
		query.Set("attr."+name, value)
	}
	return query, err
}

// lotAnswer is what "lots list" shows of a lot.
type lotAnswer struct {
	Lot       map[string]string `json:"lot"`
	Location  string            `json:"location_id"`
	Available int64             `json:"available"`
	Held      int64             `json:"held"`
	Withheld  int64             `json:"withheld"`
	Damaged   int64             `json:"damaged"`
	Quality   int64             `json:"quality"`
	Expires   string            `json:"expires_at"`
	Sellable  bool              `json:"sellable"`
	Recalled  bool              `json:"recalled"`
}

func runLotsList(ctx context.Context, cfg *lotsConfig) error {
	query, err := cfg.lots()
	if err != nil {
		return err
	}
	head := "location\tlot\tavailable\theld\twithheld\tdamaged\tquality\texpires\tsold"
	return list(ctx, &cfg.askConfig, cfg.address(""), query, head, func(w io.Writer, l *lotAnswer) {
		sold := "yes"
		switch {
		case l.Recalled:
			sold = "recalled"
		case !l.Sellable:
			sold = "expired"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n",
			l.Location, lotText(l.Lot), l.Available, l.Held, l.Withheld, l.Damaged, l.Quality, l.Expires, sold)
	})
}

// lotOrder is what "lots orders" shows of an order.
type lotOrder struct {
	Order    string `json:"order_id"`
	Location string `json:"location_id"`
	Customer string `json:"customer_id"`
	Reserved string `json:"reserved_at"`
	Lots     []struct {
		Lot      map[string]string `json:"lot"`
		Held     int64             `json:"held"`
		Deducted int64             `json:"deducted"`
	} `json:"lots"`
}

func runLotsOrders(ctx context.Context, cfg *lotsConfig) error {
	query, err := cfg.lots()
	if err != nil {
		return err
	}
	head := "order\tlocation\tcustomer\tlot\theld\tdeducted\treserved"
	return list(ctx, &cfg.askConfig, cfg.address("/orders"), query, head, func(w io.Writer, o *lotOrder) {
		for _, l := range o.Lots {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%s\n", o.Order, o.Location, o.Customer, lotText(l.Lot), l.Held, l.Deducted, o.Reserved)
		}
	})
}

func (c *lotsConfig) printRecall(answer []byte) error {
	var a struct {
		Items []struct {
			Lot      map[string]string `json:"lot"`
			Location string            `json:"location_id"`
			Quantity int64             `json:"quantity"`
			Held     int64             `json:"held"`
			Withheld int64             `json:"withheld"`
			Recalled bool              `json:"recalled"`
		} `json:"items"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	for _, l := range a.Items {
		did := "are for sale again"
		if l.Recalled {
			did = "are taken from sale"
		}
		fmt.Fprintf(c.out, "%s at %s: %d units %s, orders hold %d, %d are withheld\n", lotText(l.Lot), l.Location, l.Quantity, did, l.Held, l.Withheld)
	}
	return nil
}

func (c *lotsConfig) printPolicy(answer []byte) error {
	var p struct {
		Product  string `json:"product_id"`
		Location string `json:"location_id"`
		Draw     string `json:"draw"`
		LeadDays int    `json:"lead_days"`
	}
	if err := json.Unmarshal(answer, &p); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	fmt.Fprintf(c.out, "%s at %s: %s, not sold in the last %d days\n", p.Product, p.Location, p.Draw, p.LeadDays)
	return nil
}
