package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// availabilityConfig has the settings of "availability".
type availabilityConfig struct {
	talkConfig
	Location, Channel, Customer, Order string
	Strategy, Split, Zone, Pickup, To  string
}

func newAvailability() *cobra.Command {
	var cfg availabilityConfig
	cmd := cfg.talks(&cobra.Command{
		Use:   "availability PRODUCT=QUANTITY…",
		Short: "Ask what a reserve of a whole cart would be answered now",
		Long: `Availability asks for all lines of a cart at once, kits among them, and holds nothing.
Of each line it says whether it can be had, and if not, why. With --strategy the
locations are chosen as a reserve would choose them, and it says why these. It ends
with 1 when the whole cart cannot be reserved now.

docs/guide/kits-and-sourcing.md has the whole story.`,
		Example: `  holdfast availability espresso=2 cup=1 --location berlin
  holdfast availability lamp=4 --strategy nearest --to 48.85,2.35`,
		Args: cobra.MinimumNArgs(1),
	}, func(ctx context.Context) error {
		cart, err := cfg.cart()
		if err != nil {
			return err
		}
		found, err := cfg.c.ConfirmAvailability(ctx, cart)
		if err != nil {
			return err
		}
		return cfg.confirm(ctx, found)
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

// cart is the cart to ask about.
func (c *availabilityConfig) cart() (client.Cart, error) {
	cart := client.Cart{ChannelID: c.Channel, CustomerID: c.Customer, OrderID: c.Order}
	chosen := c.Strategy != "" || c.Split != "" || c.Zone != "" || c.Pickup != "" || c.To != ""
	switch {
	case chosen && c.Strategy == "":
		return cart, c.usageError(errors.New("--split, --to, --zone and --pickup belong to --strategy"))
	case chosen && c.Location != "":
		return cart, c.usageError(errors.New("with --strategy the locations are chosen, --location names one"))
	case chosen:
		cart.Sourcing = &client.Sourcing{Strategy: client.Strategy(c.Strategy), Split: client.Split(c.Split), Zone: c.Zone, Pickup: c.Pickup}
		if err := c.destination(cart.Sourcing); err != nil {
			return cart, c.usageError(err)
		}
	}
	var err error
	cart.Items, err = c.lines(c.args, c.Location, false)
	return cart, err
}

// destination reads --to: NORTH,EAST or a location.
func (c *availabilityConfig) destination(s *client.Sourcing) error {
	north, east, ok := strings.Cut(c.To, ",")
	if !ok {
		s.Destination = c.To
		return nil
	}
	latitude, err := strconv.ParseFloat(north, 64)
	longitude, more := strconv.ParseFloat(east, 64)
	if err != nil || more != nil {
		return fmt.Errorf("--to %q is neither like 48.85,2.35 nor a location", c.To)
	}
	s.Latitude, s.Longitude = &latitude, &longitude
	return nil
}

// confirm prints the answer. When the server chose the locations, it also prints why.
func (c *availabilityConfig) confirm(ctx context.Context, a *client.Confirmation) error {
	t := c.amounts("product", "location", "asked", "available", "answer")
	err := c.tell(nil, t, func() {
		for i := range a.Items {
			it := &a.Items[i]
			u := c.unitOf(ctx, it.ProductID)
			available, answer := any(u.amount(it.Available)), c.cell("yes")
			if !it.Tracked {
				available = c.cell("not counted")
			}
			if !it.Confirmed {
				answer = c.cell("no") + ": " + it.Explanation
			}
			t.row(it.ProductID, it.LocationID, u.amount(it.Requested), available, answer)
		}
	})
	if err == nil && a.Plan != nil && !c.JSON && !c.CSV {
		err = c.plan(a.Plan)
	}
	if err != nil || a.Confirmed {
		return err
	}
	return errors.New(c.words.translate("the whole cart cannot be reserved now"))
}

// plan prints the locations that the cart would come from, and why.
func (c *availabilityConfig) plan(p *client.SourcingPlan) error {
	cost := ""
	if p.Costed {
		cost = fmt.Sprintf(c.words.translate(", cost %d"), p.Cost)
	}
	text := fmt.Sprintf("\n"+c.words.translate("shipments: %d%s")+"\n", p.Shipments, cost)
	for _, e := range p.Explanation {
		text += e.Sentence + "\n"
	}
	_, err := fmt.Fprint(c.out, text)
	return err
}
