package main

import (
	"context"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// lanesConfig has the settings of "lanes" and its commands.
type lanesConfig struct {
	talkConfig
	Unit, Shipment int64
}

func newLanes() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lanes",
		Short: "See and set what sending from locations costs",
		Long: `A lane says what it costs to send units from a location to a zone: an id that orders
name, or that of a region; without one, everywhere that has no lane of its own. Orders
that choose the cheapest locations go by it. Costs are whole numbers, like cents.
docs/guide/places.md has the whole story.`,
		Example: "  holdfast lanes list",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newLanesList(), newLanesSet(), newLanesDrop())
	return cmd
}

func newLanesList() *cobra.Command {
	var cfg lanesConfig
	return cfg.talks(&cobra.Command{
		Use: "list [LOCATION]", Short: "List lanes, those of a location or all", Example: "  holdfast lanes list berlin", Args: cobra.MaximumNArgs(1),
	}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		if len(cfg.args) > 0 {
			r.LocationID = cfg.args[0]
		}
		t := cfg.lanes()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Lane], error) { return cfg.c.Locations.Lanes(ctx, r) },
			func(l *client.Lane) { cfg.lane(t, l) })
	})
}

func newLanesSet() *cobra.Command {
	var cfg lanesConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "set LOCATION [ZONE]", Short: "Set what sending from a location costs",
		Example: "  holdfast lanes set berlin eu --per-unit 300 --per-shipment 500", Args: cobra.RangeArgs(1, 2),
	}, func(ctx context.Context) error {
		l := client.Lane{LocationID: cfg.args[0], Zone: cfg.zone(), CostPerUnit: cfg.Unit, CostPerShipment: cfg.Shipment}
		if err := cfg.c.Locations.SetLanes(ctx, l); err != nil {
			return err
		}
		t := cfg.lanes()
		return cfg.tell(nil, t, func() { cfg.lane(t, &l) })
	})
	cmd.Flags().Int64Var(&cfg.Unit, "per-unit", 0, "what each unit costs")
	cmd.Flags().Int64Var(&cfg.Shipment, "per-shipment", 0, "what a shipment costs, however many units it has")
	return cmd
}

func newLanesDrop() *cobra.Command {
	var cfg lanesConfig
	return cfg.writes(&cobra.Command{
		Use: "drop LOCATION [ZONE]", Short: "Take a lane away", Example: "  holdfast lanes drop berlin eu", Args: cobra.RangeArgs(1, 2),
	}, func(ctx context.Context) error {
		if err := cfg.c.Locations.DropLane(ctx, cfg.args[0], cfg.zone()); err != nil {
			return err
		}
		return cfg.printGone("there is no lane from %s to %s", cfg.args[0], cfg.zoneInto(cfg.zone()))
	})
}

// zone is the zone in the arguments, "": everywhere else.
func (c *lanesConfig) zone() string {
	if len(c.args) < 2 {
		return ""
	}
	return c.args[1]
}

func (c *lanesConfig) zoneInto(zone string) string {
	if zone == "" {
		return c.cell("everywhere else")
	}
	return zone
}

func (c *lanesConfig) lanes() *table { return c.table("from", "to", "of a unit", "of a shipment") }

func (c *lanesConfig) lane(t *table, l *client.Lane) {
	t.row(l.LocationID, c.zoneInto(l.Zone), l.CostPerUnit, l.CostPerShipment)
}
