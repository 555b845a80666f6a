package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// availabilityConfig is what "availability" is told.
type availabilityConfig struct {
	askConfig
	Location, Channel, Customer, Order string
	Strategy, Split, Zone, Pickup, To  string
}

func newAvailability() *cobra.Command {
	var cfg availabilityConfig
	cmd := cfg.asks(&cobra.Command{
		Use:   "availability PRODUCT=QUANTITY…",
		Short: "Ask what a reserve of a whole cart would be answered now",
		Long: `Availability asks for all lines of a cart at once, kits among them, and holds nothing.
Of each line it says whether it can be had, and if not, why. With --strategy the
locations are chosen as a reserve would choose them, and it says why these.

It talks to a running server; docs/guide/kits-and-sourcing.md has the whole story.`,
		Example: `  holdfast availability espresso=2 cup=1 --location berlin --url http://127.0.0.1:8080
  holdfast availability lamp=4 --strategy nearest --to 48.85,2.35 --url http://127.0.0.1:8080`,
		Args: cobra.MinimumNArgs(1),
	}, func(ctx context.Context) error {
		body, err := cfg.cart()
		if err != nil {
			return cfg.wrong(err)
		}
		return cfg.answer(ctx, http.MethodPost, "/v1/availability:confirm", body, inWords(cfg.print))
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Location, "location", "", "location of all lines (default: the tenant's default location)")
	f.StringVar(&cfg.Channel, "channel", "", "the channel that sells")
	f.StringVar(&cfg.Customer, "customer", "", "who would order, where a campaign limits what one has")
	f.StringVar(&cfg.Order, "order", "", "count what this order holds as free")
	f.StringVar(&cfg.Strategy, "strategy", "", "choose the locations: priority, nearest, fewest_shipments, highest_available or cheapest")
	f.StringVar(&cfg.Split, "split", "", "with --strategy: allow, lines or never (default allow)")
	f.StringVar(&cfg.To, "to", "", "with --strategy: where the order goes, like 48.85,2.35, or a location")
	f.StringVar(&cfg.Zone, "zone", "", "with --strategy: whose lanes count")
	f.StringVar(&cfg.Pickup, "pickup", "", "with --strategy: the location where the customer fetches it")
	return cmd
}

// cart is the body that asks for the lines.
func (c *availabilityConfig) cart() (map[string]any, error) {
	body := filled(map[string]string{"channel_id": c.Channel, "customer_id": c.Customer, "order_id": c.Order})
	sourcing := filled(map[string]string{"strategy": c.Strategy, "split": c.Split, "zone": c.Zone, "pickup_location_id": c.Pickup})
	if c.To != "" {
		to, err := destination(c.To)
		if err != nil {
			return nil, err
		}
		sourcing["destination"] = to
	}
	switch {
	case len(sourcing) > 0 && c.Strategy == "":
		return nil, errors.New("--split, --to, --zone and --pickup belong to --strategy")
	case len(sourcing) > 0 && c.Location != "":
		return nil, errors.New("with --strategy the locations are chosen, --location names one")
	case len(sourcing) > 0:
		body["sourcing"] = sourcing
	}
	var items []map[string]any
	for _, arg := range c.args {
		product, quantity, _ := strings.Cut(arg, "=")
		if product == "" || quantity == "" {
			return nil, fmt.Errorf("%q is not like lamp=4", arg)
		}
		n, err := amount(quantity)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", arg, err)
		}
		item := filled(map[string]string{"product_id": product, "location_id": c.Location})
		item["quantity"] = n
		items = append(items, item)
	}
	body["items"] = items
	return body, nil
}

// destination reads NORTH,EAST or a location.
func destination(text string) (map[string]any, error) {
	north, east, ok := strings.Cut(text, ",")
	if !ok {
		return map[string]any{"location_id": text}, nil
	}
	latitude, err := strconv.ParseFloat(north, 64)
	longitude, more := strconv.ParseFloat(east, 64)
	if err != nil || more != nil {
		return nil, fmt.Errorf("--to %q is neither like 48.85,2.35 nor a location", text)
	}
	return map[string]any{"latitude": latitude, "longitude": longitude}, nil
}

// confirmation is what "availability" shows of the server's answer.
type confirmation struct {
	Confirmed bool `json:"confirmed"`
	Items     []struct {
		Product     string `json:"product_id"`
		Location    string `json:"location_id"`
		Requested   int64  `json:"requested"`
		Available   *int64 `json:"available"`
		Confirmed   bool   `json:"confirmed"`
		Explanation string `json:"explanation"`
	} `json:"items"`
	Plan *struct {
		Shipments   int    `json:"shipments"`
		Cost        *int64 `json:"cost"`
		Explanation []struct {
			Sentence string `json:"sentence"`
		} `json:"explanation"`
	} `json:"plan"`
}

func (c *availabilityConfig) print(a *confirmation) error {
	t := newTable(c.out, "product", "location", "wanted", "to be had", "answer")
	for _, i := range a.Items {
		have, said := "not counted", "yes"
		if i.Available != nil {
			have = strconv.FormatInt(*i.Available, 10)
		}
		if !i.Confirmed {
			said = "no: " + i.Explanation
		}
		t.row(i.Product, i.Location, i.Requested, have, said)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if p := a.Plan; p != nil {
		cost := ""
		if p.Cost != nil {
			cost = fmt.Sprintf(", cost %d", *p.Cost)
		}
		fmt.Fprintf(c.out, "shipments: %d%s\n", p.Shipments, cost)
		for _, e := range p.Explanation {
			fmt.Fprintln(c.out, e.Sentence)
		}
	}
	whole := "the whole cart can be reserved now"
	if !a.Confirmed {
		whole = "the whole cart cannot be reserved now"
	}
	_, err := fmt.Fprintln(c.out, whole)
	return err
}
