package itemlist

import (
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// State is the state of an item for a seller; 0: it is no longer in the books.
type State = stock.ItemState

// The states of an item.
const (
	none       = State(0)
	OffSale    = stock.OffSale
	NotCounted = stock.NotCounted
	Oversold   = stock.IsOversold
	SoldOut    = stock.SoldOut
	Low        = stock.Low
	InStock    = stock.InStock

	states = stock.ItemStates
)

// StateOf is the state of an item as it is now: for a channel the state that an order of
// one unit on that channel would find there, for "" the state of the item as a whole. at is
// its location in the catalog, nil: unknown.
func StateOf(it *stock.Item, channel string, at *catalog.Place, now stock.Time) State {
	if channel != "" && at != nil && !sells(at, channel) {
		return OffSale
	}
	return it.StateFor(channel, now)
}

// sells reports whether a location sells on the channel.
func sells(at *catalog.Place, channel string) bool { return at.Active && at.Serves(channel) }

// unnamed stands for every channel that nothing of an item names. No channel is called so.
const unnamed = "\x00"

// seenBy is the state of an item for a channel.
type seenBy struct {
	channel string
	state   State
}

// channelStates are the states of an item for channels, those that nothing names first. It is
// nil when all of them see the item as whole says.
func channelStates(it *stock.Item, whole State, now stock.Time) []seenBy {
	if len(it.Channels) == 0 && len(it.Rules) == 0 && len(it.Off) == 0 && it.Drawable(unnamed, now) == it.Figures().Available {
		return nil
	}
	names := []string{unnamed}
	for i := range it.Channels {
		names = append(names, it.Channels[i].ID)
	}
	for i := range it.Rules {
		names = append(append(names, it.Rules[i].Channel), it.Rules[i].Lends...)
	}
	names = append(names, it.Off...)
	slices.Sort(names)
	all, differs := []seenBy(nil), false
	for _, channel := range slices.Compact(names) {
		s := StateOf(it, channel, nil, now)
		differs = differs || s != whole
		all = append(all, seenBy{channel, s})
	}
	if !differs {
		return nil
	}
	return all
}

// turnsAt is when a campaign of the item next begins or ends, 0: never. Nobody writes down
// that one begins.
func turnsAt(it *stock.Item, now stock.Time) (first stock.Time) {
	for i := range it.Rules {
		for _, at := range [...]stock.Time{it.Rules[i].Starts, it.Rules[i].Ends} {
			if at > now && (first == 0 || at < first) {
				first = at
			}
		}
	}
	return first
}

// reading is what the columns keep of an item, as it was read.
type reading struct {
	key                              stock.ItemKey
	version                          uint64
	available, onHand, held, updated int64
	threshold                        int64
	state                            State // none: it is not in the books
	channels                         []seenBy
	turns                            stock.Time
}

// readingOf reads an item as it is now.
func readingOf(it *stock.Item, now stock.Time) reading {
	f := it.Figures()
	r := reading{
		key: it.Key, version: it.Version, available: int64(f.Available), onHand: int64(f.OnHand), held: int64(f.Held), updated: int64(it.UpdatedAt), threshold: int64(it.Threshold),
		state: it.State(), turns: turnsAt(it, now),
	}
	r.channels = channelStates(it, r.state, now)
	return r
}
