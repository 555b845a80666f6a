package stock

import "slices"

// Bounds are the locations and the channels that a caller is limited to. An empty list sets
// no limit: then all are inside, as they are for nil.
type Bounds struct {
	Locations []string `json:"locations,omitempty"`
	Channels  []string `json:"channels,omitempty"`
}

// Location reports whether the location is inside.
func (b *Bounds) Location(id string) bool {
	return b == nil || len(b.Locations) == 0 || slices.Contains(b.Locations, id)
}

// Channel reports whether the channel is inside. The empty channel is outside where there
// are bounds: a sale without a channel is from the pool that all share.
func (b *Bounds) Channel(id string) bool {
	return b == nil || len(b.Channels) == 0 || slices.Contains(b.Channels, id)
}

// Shows reports whether an event at a location for a channel may be shown. An event for no
// channel concerns all channels.
func (b *Bounds) Shows(location, channel string) bool {
	return b.Location(location) && (channel == "" || b.Channel(channel))
}

// Line reports whether a line of an order is inside.
func (b *Bounds) Line(l *Line) bool { return b.Location(l.Item.Location) && b.Channel(l.Channel) }
