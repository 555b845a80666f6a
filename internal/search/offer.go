package search

import (
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// unnamed stands for every channel that nothing of an offer names. No channel is called so.
const unnamed = "\x00"

// offer is a product at one location that keeps it.
type offer struct {
	level *ledger.Level
	item  *stock.Item    // as it is now
	at    *catalog.Place // nil: nobody has described the location
}

// offersOf are the offers of a product, by location.
func offersOf(levels []ledger.Level, places []catalog.Place) map[string][]offer {
	all := map[string][]offer{}
	for i := range levels {
		if it := levels[i].Now(); it != nil && it.Key.Location != "" {
			at := it.Key.Location
			all[at] = append(all[at], offer{&levels[i], it, catalog.FindPlace(places, at)})
		}
	}
	return all
}

// channels are those that are listed by name there: those that the location, a
// quota, a campaign or a switch names.
func (o *offer) channels() (all []string) {
	if o.at != nil {
		all = append(all, o.at.Channels...)
	}
	for i := range o.item.Channels {
		all = append(all, o.item.Channels[i].ID)
	}
	for i := range o.item.Rules {
		all = append(all, o.item.Rules[i].Channel)
	}
	return append(all, o.item.Off...)
}

// sells reports whether an order of the channel ("": of none) gets a unit there now.
func (o *offer) sells(channel string) bool {
	if o.at != nil && (!o.at.Active || channel != "" && !o.at.Serves(channel)) {
		return false
	}
	return o.item.Sells(channel) && (!o.item.Tracked || o.level.Available(channel) > 0)
}
