package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

// lanesConfig is what "lanes" and its commands are told.
type lanesConfig struct {
	askConfig
	Unit, Shipment int64
}

func newLanes() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lanes",
		Short: "See and set what sending from locations costs",
		Long: `A lane says what it costs to send units from a location to a zone: an id that orders
name, or that of a region; without one, everywhere that has no lane of its own. Orders
that choose the cheapest locations go by it. Costs are whole numbers, like cents. These
commands talk to a running server; docs/guide/places.md has the whole story.`,
		Example: "  holdfast lanes list --url http://127.0.0.1:8080",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newLanesList(), newLanesSet(), newLanesDrop())
	return cmd
}

// laneAnswer is what "lanes" shows of a lane.
type laneAnswer struct {
	Location string `json:"location_id"`
	Zone     string `json:"zone"`
	Unit     int64  `json:"cost_per_unit"`
	Shipment int64  `json:"cost_per_shipment"`
}

func newLanesList() *cobra.Command {
	var cfg lanesConfig
	return cfg.asks(asking("list [LOCATION]", "List lanes, those of a location or all", "lanes list berlin", cobra.MaximumNArgs(1)), func(ctx context.Context) error {
		query := url.Values{}
		if len(cfg.args) > 0 {
			query.Set("location_id", cfg.args[0])
		}
		t := newTable(cfg.out, "from", "to", "of a unit", "of a shipment")
		return list(ctx, &cfg.askConfig, "/v1/lanes", query, t, func(l *laneAnswer) { t.row(l.Location, l.to(), l.Unit, l.Shipment) })
	})
}

func newLanesSet() *cobra.Command {
	var cfg lanesConfig
	cmd := cfg.asks(asking("set LOCATION [ZONE]", "Set what sending from a location costs", "lanes set berlin eu --per-unit 300 --per-shipment 500", cobra.RangeArgs(1, 2)), func(ctx context.Context) error {
		lane := laneAnswer{Location: cfg.args[0], Zone: cfg.zone(), Unit: cfg.Unit, Shipment: cfg.Shipment}
		return cfg.answer(ctx, http.MethodPut, "/v1/lanes", map[string]any{"items": []laneAnswer{lane}}, inWords(cfg.print))
	})
	cmd.Flags().Int64Var(&cfg.Unit, "per-unit", 0, "what each unit costs")
	cmd.Flags().Int64Var(&cfg.Shipment, "per-shipment", 0, "what a shipment costs, however many units it has")
	return cmd
}

func newLanesDrop() *cobra.Command {
	var cfg lanesConfig
	return cfg.asks(asking("drop LOCATION [ZONE]", "Take a lane away", "lanes drop berlin eu", cobra.RangeArgs(1, 2)), func(ctx context.Context) error {
		path := "/v1/lanes/" + url.PathEscape(cfg.args[0]) + "?" + narrowed(map[string]string{"zone": cfg.zone()}).Encode()
		return cfg.answer(ctx, http.MethodDelete, path, nil, func([]byte) error {
			gone := laneAnswer{Location: cfg.args[0], Zone: cfg.zone()}
			_, err := fmt.Fprintf(cfg.out, "there is no lane from %s to %s\n", gone.Location, gone.to())
			return err
		})
	})
}

// zone is the one that the arguments name, "": everywhere else.
func (c *lanesConfig) zone() string {
	if len(c.args) < 2 {
		return ""
	}
	return c.args[1]
}

func (l *laneAnswer) to() string {
	if l.Zone == "" {
		return "everywhere else"
	}
	return l.Zone
}

func (c *lanesConfig) print(a *itemsAnswer[laneAnswer]) error {
	for i := range a.Items {
		l := &a.Items[i]
		fmt.Fprintf(c.out, "from %s to %s: %d a unit, %d a shipment\n", l.Location, l.to(), l.Unit, l.Shipment)
	}
	return nil
}
