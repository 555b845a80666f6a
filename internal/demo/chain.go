package demo

import (
	"context"
	"fmt"
	"time"

	"holdfast.dev/holdfast/client"
)

// Places and channels of the chain.
const (
	berlin, hamburg, munich, cologne = "berlin", "hamburg", "munich", "cologne"
	web, pos, market                 = "web", "pos", "market"
)

// Chain is a small chain of coffee shops next to the replayed shop, with something on
// each page of the console: places on the map, channels with quotas, a campaign, batches
// that expire, transfers under way, orders of today, a case and alert rules.
type Chain struct {
	// Now is when the first orders come.
	Now time.Time

	shop *client.Client
}

// Run opens the chain through the API. Each write has a key of its own: one that was cut off
// is run again.
func (c *Chain) Run(ctx context.Context, shop *client.Client) error {
	c.shop = shop
	ctx = client.AsOperator(ctx, "demo")
	for _, part := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"places", c.places},
		{"products", c.products},
		{"stock", c.stock},
		{"batches", c.batches},
		{"channels", c.channels},
		{"transfers", c.transfers},
		{"orders", c.orders},
		{"count", c.count},
		{"alerts", c.alerts},
	} {
		if err := part.do(ctx); err != nil {
			return fmt.Errorf("the chain's %s: %w", part.name, err)
		}
	}
	return nil
}

// writeKey is the idempotency key of a write.
func writeKey(parts ...any) string {
	k := "demo-chain"
	for _, part := range parts {
		k += fmt.Sprint("/", part)
	}
	return k
}

func (c *Chain) places(ctx context.Context) error {
	place := func(id, name string, kind client.LocationKind, latitude, longitude float64) client.Location {
		l := client.DefaultLocation(id)
		l.Name, l.Kind, l.Coordinates = name, kind, &client.Coordinates{Latitude: latitude, Longitude: longitude}
		return l
	}
	_, err := c.shop.Locations.Set(ctx,
		place(berlin, "Berlin warehouse", client.Warehouse, 52.52, 13.41),
		place(hamburg, "Hamburg harbour", client.Store, 53.55, 9.99),
		place(munich, "Munich market", client.Store, 48.14, 11.58),
		place(cologne, "Cologne cathedral", client.Store, 50.94, 6.96))
	return err
}

// goods are the chain's products with their units at each place, those of berlin first.
var goods = []struct {
	id, title string
	stock     [4]int64
	low       int64
}{
	{"cup-300", "Enamel cup, 300 ml", [4]int64{240, 36, 28, 4}, 10},
	{"dripper", "Hand dripper", [4]int64{60, 9, 12, 0}, 4},
	{"filters", "Paper filters, 100", [4]int64{900, 80, 60, 45}, 40},
	{"grinder", "Hand grinder", [4]int64{25, 6, 3, 8}, 4},
	{"kettle", "Gooseneck kettle, 1 l", [4]int64{80, 7, 9, 8}, 5},
	{"oat-drink", "Oat drink, 1 l", [4]int64{0, 0, 0, 0}, 24},
	{"cold-brew", "Cold brew, 250 ml", [4]int64{0, 0, 0, 0}, 24},
}

// sites are the places in the order of the stock of goods.
var sites = []string{berlin, hamburg, munich, cologne}

func (c *Chain) products(ctx context.Context) error {
	var all []client.Details
	for _, g := range goods {
		all = append(all, client.Details{ProductID: g.id, Title: g.title, SellerID: "chain", Tags: []string{"coffee"}})
	}
	_, err := c.shop.Details.Set(ctx, all...)
	return err
}

func (c *Chain) stock(ctx context.Context) error {
	for _, g := range goods {
		for n, site := range sites {
			create := client.Create{ProductID: g.id, LocationID: site, AvailableStock: g.stock[n], LowStockThreshold: g.low, Key: writeKey("open", g.id, site)}
			if _, err := c.shop.Create(ctx, create); err != nil {
				return err
			}
		}
	}
	return nil
}

// batches are lots that expire in some days: of the first the day comes before the demo
// is looked at.
func (c *Chain) batches(ctx context.Context) error {
	for n, b := range []struct {
		product, site, batch string
		days                 int
		units                int64
	}{
		{"oat-drink", berlin, "A17", 30, 240},
		{"oat-drink", berlin, "A16", 9, 96},
		{"oat-drink", hamburg, "A16", 9, 36},
		{"oat-drink", munich, "A15", 2, 18},
		{"oat-drink", cologne, "A14", 0, 12},
		{"cold-brew", berlin, "K40", 21, 180},
		{"cold-brew", hamburg, "K39", 5, 48},
		{"cold-brew", cologne, "K39", 5, 30},
	} {
		lot := client.Lot{"batch": b.batch, "expires_at": c.Now.AddDate(0, 0, b.days).Format(time.DateOnly)}
		restock := client.Restock{ProductID: b.product, LocationID: b.site, Quantity: b.units, Lot: lot, Reason: "delivery", Key: writeKey("batch", n)}
		if _, err := c.shop.Restock(ctx, restock); err != nil {
			return err
		}
	}
	return nil
}

// channels share what is in berlin, and a campaign has a part of its own.
func (c *Chain) channels(ctx context.Context) error {
	for _, q := range []struct {
		product          string
		web, pos, market int64
	}{{"cup-300", 90, 30, 60}, {"dripper", 24, 6, 12}, {"kettle", 20, 10, 12}} {
		quota := func(channel string, units int64) client.Quota {
			return client.Quota{ChannelID: channel, Quota: &units, Weight: &units}
		}
		set := client.SetQuotas{
			ProductID: q.product, LocationID: berlin, Reason: "share of the season", Key: writeKey("quotas", q.product),
			Channels: []client.Quota{quota(web, q.web), quota(pos, q.pos), quota(market, q.market)},
		}
		if _, err := c.shop.Quotas.Set(ctx, set); err != nil {
			return err
		}
	}
	_, err := c.shop.Campaigns.Set(ctx, client.Campaign{
		CampaignID: "brew-week", Name: "Brew week", Text: "Two kettles for each customer.",
		Rule:  &client.Rule{EndsAt: c.Now.AddDate(0, 0, 7).Truncate(time.Hour), MaxUnitsPerCustomer: 2},
		Items: []client.CampaignItem{{ProductID: "kettle", LocationID: berlin, Quota: 25}},
	})
	return err
}

// transfers are one that is requested, one approved and one on its way.
func (c *Chain) transfers(ctx context.Context) error {
	request := func(to, product string, units int64) (string, error) {
		t, err := c.shop.Transfers.Create(ctx, client.CreateTransfer{
			FromLocationID: berlin, ToLocationID: to, Lines: []client.TransferItem{{ProductID: product, Quantity: units}},
			ExpectedAt: c.Now.AddDate(0, 0, 2).Truncate(time.Hour), Reason: "replenishment", Key: writeKey("transfer", to, product),
		})
		if err != nil {
			return "", err
		}
		return t.TransferID, nil
	}
	if _, err := request(munich, "filters", 100); err != nil {
		return err
	}
	approved, err := request(cologne, "cup-300", 24)
	if err == nil {
		_, err = c.shop.Transfers.Approve(ctx, client.ApproveTransfer{TransferID: approved, Key: writeKey("approve", approved)})
	}
	if err != nil {
		return err
	}
	shipped, err := request(hamburg, "dripper", 8)
	if err == nil {
		_, err = c.shop.Transfers.Approve(ctx, client.ApproveTransfer{TransferID: shipped, Key: writeKey("approve", shipped)})
	}
	if err == nil {
		_, err = c.shop.Transfers.Ship(ctx, client.ShipTransfer{TransferID: shipped, Key: writeKey("ship")})
	}
	return err
}

// orders are those of today: most are sold, some hold their units, one waits for pickup.
func (c *Chain) orders(ctx context.Context) error {
	channels := []string{web, market, web, pos}
	for n := range 24 {
		g, site, channel := goods[n%5], berlin, channels[n%4]
		if channel == pos {
			site = sites[1+n%3]
			if g.id == "dripper" {
				site = munich
			}
		}
		order := fmt.Sprintf("C-%04d", 1001+n)
		reserve := client.Reserve{
			OrderID: order, ProductID: g.id, LocationID: site, Quantity: int64(1 + n%2), ChannelID: channel, CustomerID: fmt.Sprint("customer-", n%9),
			TTL: time.Duration(1+n%3) * 24 * time.Hour, Key: writeKey("reserve", n),
		}
		if _, err := c.shop.Reserve(ctx, reserve); err != nil {
			return err
		}
		var err error
		switch {
		case n%3 == 0:
			_, err = c.shop.Deduct(ctx, client.Deduct{OrderID: order, Key: writeKey("deduct", n)})
		case n%7 == 1:
			_, err = c.shop.Release(ctx, client.Release{OrderID: order, Key: writeKey("release", n)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// count finds fewer grinders on a shelf than are held there: a case.
func (c *Chain) count(ctx context.Context) error {
	if _, err := c.shop.Reserve(ctx, client.Reserve{OrderID: "C-1100", ProductID: "grinder", LocationID: cologne, Quantity: 4, ChannelID: web, TTL: 48 * time.Hour, Key: writeKey("reserve", "case")}); err != nil {
		return err
	}
	_, err := c.shop.Accounts.Observe(ctx, client.Observe{ProductID: "grinder", LocationID: cologne, Seen: 3, Reason: "evening count", Key: writeKey("observe")})
	return err
}

func (c *Chain) alerts(ctx context.Context) error {
	for _, r := range []client.AlertRule{
		{RuleID: "low-stock", Title: "Low on stock", Metric: "available", Condition: "value <= threshold and value > 0", Clear: 10 * time.Minute},
		{RuleID: "sold-out", Title: "Sold out in Cologne", Metric: "sold_out", LocationID: cologne, Condition: "value == 1", Severity: "critical", Clear: 10 * time.Minute},
		{RuleID: "cases", Title: "Cases wait", Metric: "open_cases", Condition: "value > 0", Severity: "info"},
	} {
		if _, err := c.shop.Alerts.SetRule(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
