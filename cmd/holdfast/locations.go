package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/sheet"
)

func newLocations() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "locations",
		Short: "Import, export and list what is known of locations",
		Long: `Locations says what a location is: its kind, coordinates, priority, the channels
it serves, its region, and how many units one order may be sent from there.
Orders that choose where they are sent from go by it; see docs/guide/places.md.`,
		Example: `  holdfast locations import locations.csv
  holdfast locations list`,
	}
	cmd.AddCommand(importKind(sheet.KindLocations, "locations.csv"), exportKind(sheet.KindLocations, "locations.csv"), listLocations())
	return cmd
}

func listLocations() *cobra.Command {
	page := func(c *client.Client, ctx context.Context, r client.List) (*client.Page[client.Location], error) {
		return c.Locations.List(ctx, r)
	}
	head := []string{"id", "kind", "name", "latitude", "longitude", "priority", "open for", "channels", "region", "capacity"}
	return listKind(sheet.KindLocations, page, head, func(_ context.Context, c *talkConfig, l *client.Location) []any {
		north, east, capacity := "", "", ""
		if at := l.Coordinates; at != nil {
			north, east = strconv.FormatFloat(at.Latitude, 'f', -1, 64), strconv.FormatFloat(at.Longitude, 'f', -1, 64)
		}
		if l.Capacity > 0 {
			capacity = strconv.FormatInt(l.Capacity, 10)
		}
		channels := c.cell("all")
		if len(l.Channels) > 0 {
			channels = strings.Join(l.Channels, " ")
		}
		return []any{l.LocationID, c.cell(string(l.Kind)), l.Name, north, east, l.Priority, c.cell(openFor(l)), channels, l.Region, capacity}
	})
}

// openFor says in a word which orders may be sent from the location.
func openFor(l *client.Location) string {
	switch {
	case !l.Active:
		return "no"
	case l.Online && l.Pickup:
		return "online, pickup"
	case l.Online:
		return "online"
	case l.Pickup:
		return "pickup"
	}
	return "on the spot"
}
