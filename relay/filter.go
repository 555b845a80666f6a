package relay

import (
	"slices"

	"holdfast.dev/holdfast/client"
)

// passes reports whether the sink wants the event. The types were selected by
// the watch.
func passes(f *client.SinkFilter, e *event) bool {
	among := func(wanted []string, id string) bool { return len(wanted) == 0 || slices.Contains(wanted, id) }
	named := func(channel string) bool { return slices.Contains(f.ChannelIDs, channel) }
	return among(f.ProductIDs, e.ProductID) && among(f.LocationIDs, e.LocationID) &&
		(len(f.ChannelIDs) == 0 || named(e.ChannelID) || slices.ContainsFunc(e.ChannelsSoldOut, named) || slices.ContainsFunc(e.ChannelsInStock, named))
}
