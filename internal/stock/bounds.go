package stock

import "slices"

// Bounds are the locations and the channels that a caller is bound to. A list
// that is empty binds to nothing: then all are inside, as they are for nil.
type Bounds struct {
	Locations []string `json:"locations,omitempty"`
	Channels  []string `json:"channels,omitempty"`
}

// Location reports whether the location is inside.
func (b *Bounds) Location(id string) bool {
	return b == nil || len(b.Locations) == 0 || slices.Contains(b.Locations, id)
}

// Channel reports whether the channel is inside. No channel, "", is not where
// there are bounds: what is sold without one is of the pool that all share.
func (b *Bounds) Channel(id string) bool {
	return b == nil || len(b.Channels) == 0 || slices.Contains(b.Channels, id)
}

// Shows reports whether what happened at a location for a channel may be shown:
// what was done for no channel concerns them all.
func (b *Bounds) Shows(location, channel string) bool {
	return b.Location(location) && (channel == "" || b.Channel(channel))
}

// Line reports whether a line of an order is inside.
func (b *Bounds) Line(l *Line) bool { return b.Location(l.Item.Location) && b.Channel(l.Channel) }
