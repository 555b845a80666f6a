package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/sheet"
)

func newLocations() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "locations",
		Short: "Import, export and list what is known of locations",
		Long: `Locations says what a location is: its kind, coordinates, priority, the channels
it serves, its region, and how many units one order may be sent from there.
Orders that choose where they are sent from go by it; see docs/guide/places.md.`,
		Example: `  holdfast locations import locations.csv --url http://127.0.0.1:8080
  holdfast locations list --url http://127.0.0.1:8080`,
	}
	cmd.AddCommand(importKind(sheet.KindLocations, "locations.csv"), exportKind(sheet.KindLocations, "locations.csv"), listLocations())
	return cmd
}

// shownLocation is a location as the server shows it.
type shownLocation struct {
	ID          string `json:"location_id"`
	Kind        string `json:"kind"`
	Name        string `json:"name"`
	Coordinates *struct {
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
	} `json:"coordinates"`
	Priority int      `json:"priority"`
	Active   bool     `json:"active"`
	Online   bool     `json:"online"`
	Pickup   bool     `json:"pickup"`
	Channels []string `json:"channels"`
	Region   string   `json:"region"`
	Capacity int64    `json:"capacity"`
}

func listLocations() *cobra.Command {
	head := []any{"id", "kind", "name", "latitude", "longitude", "priority", "open", "channels", "region", "capacity"}
	return listKind(sheet.KindLocations, head, func(l *shownLocation) []any {
		north, east, capacity := "", "", ""
		if at := l.Coordinates; at != nil {
			north, east = strconv.FormatFloat(at.Latitude, 'f', -1, 64), strconv.FormatFloat(at.Longitude, 'f', -1, 64)
		}
		if l.Capacity > 0 {
			capacity = strconv.FormatInt(l.Capacity, 10)
		}
		channels := "all"
		if len(l.Channels) > 0 {
			channels = strings.Join(l.Channels, " ")
		}
		return []any{l.ID, l.Kind, l.Name, north, east, l.Priority, l.open(), channels, l.Region, capacity}
	})
}

// open says in a word what orders may be sent from there.
func (l *shownLocation) open() string {
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
