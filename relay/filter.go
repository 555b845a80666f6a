package relay

import (
	"slices"

	"holdfast.dev/holdfast/client"
)

// passes reports whether the sink wants the event. The types were selected by
// the watch.
func passes(f *client.SinkFilter, e *client.Event) bool {
	among := func(wanted []string, id string) bool { return len(wanted) == 0 || slices.Contains(wanted, id) }
	named := func(channel string) bool { return slices.Contains(f.ChannelIDs, channel) }
	return among(f.ProductIDs, e.ProductID) && among(f.LocationIDs, e.LocationID) &&
		(len(f.ChannelIDs) == 0 || named(e.ChannelID) || slices.ContainsFunc(e.ChannelsSoldOut, named) || slices.ContainsFunc(e.ChannelsInStock, named))
}

// watchOf is the watch that leaves out as much as a watch can. passes leaves out the
// rest.
func watchOf(f *client.SinkFilter, after string) client.Watch {
	only := func(list []string) string {
		if len(list) == 1 {
			return list[0]
		}
		return ""
	}
	return client.Watch{
		Types: f.Types, ProductID: only(f.ProductIDs), LocationID: only(f.LocationIDs), ChannelID: only(f.ChannelIDs), After: after, Idle: true,
	}
}
