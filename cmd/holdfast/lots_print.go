package main

import (
	"context"
	"fmt"
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
	t := newTable(cfg.out, "location", "lot", "available", "held", "withheld", "damaged", "quality", "expires", "sold")
	return list(ctx, &cfg.askConfig, cfg.address(""), query, t, func(l *lotAnswer) {
		sold := "yes"
		switch {
		case l.Recalled:
			sold = "recalled"
		case !l.Sellable:
			sold = "expired"
		}
		t.row(l.Location, lotText(l.Lot), l.Available, l.Held, l.Withheld, l.Damaged, l.Quality, l.Expires, sold)
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
	t := newTable(cfg.out, "order", "location", "customer", "lot", "held", "deducted", "reserved")
	return list(ctx, &cfg.askConfig, cfg.address("/orders"), query, t, func(o *lotOrder) {
		for _, l := range o.Lots {
			t.row(o.Order, o.Location, o.Customer, lotText(l.Lot), l.Held, l.Deducted, o.Reserved)
		}
	})
}

// recalledLot is what "lots recall" shows of a lot.
type recalledLot struct {
	Lot      map[string]string `json:"lot"`
	Location string            `json:"location_id"`
	Quantity int64             `json:"quantity"`
	Held     int64             `json:"held"`
	Withheld int64             `json:"withheld"`
	Recalled bool              `json:"recalled"`
}

func (c *lotsConfig) printRecall(a *itemsAnswer[recalledLot]) error {
	for _, l := range a.Items {
		did := "are for sale again"
		if l.Recalled {
			did = "are taken from sale"
		}
		fmt.Fprintf(c.out, "%s at %s: %d units %s, orders hold %d, %d are withheld\n", lotText(l.Lot), l.Location, l.Quantity, did, l.Held, l.Withheld)
	}
	return nil
}

// lotPolicy is what "lots policy" shows.
type lotPolicy struct {
	Product  string `json:"product_id"`
	Location string `json:"location_id"`
	Draw     string `json:"draw"`
	LeadDays int    `json:"lead_days"`
}

func (c *lotsConfig) printPolicy(p *lotPolicy) error {
	fmt.Fprintf(c.out, "%s at %s: %s, not sold in the last %d days\n", p.Product, p.Location, p.Draw, p.LeadDays)
	return nil
}
