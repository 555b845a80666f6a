package soldout

import (
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// offer is a product at one location that keeps it.
type offer struct {
	level *ledger.Level
	item  *stock.Item    // as it is now
	at    *catalog.Place // nil: nobody has described the location
}

func offersOf(levels []ledger.Level, places []catalog.Place) []offer {
	all := make([]offer, 0, len(levels))
	for i := range levels {
		if it := levels[i].Now(); it != nil {
			all = append(all, offer{&levels[i], it, catalog.FindPlace(places, levels[i].Key.Location)})
		}
	}
	return all
}

// appendChannels appends the channels that are announced separately there:
// those that the location, a quota, a campaign or a switch names.
func (o *offer) appendChannels(to []string) []string {
	if o.at != nil {
		to = append(to, o.at.Channels...)
	}
	for i := range o.item.Channels {
		to = append(to, o.item.Channels[i].ID)
	}
	for i := range o.item.Rules {
		to = append(to, o.item.Rules[i].Channel)
	}
	return append(to, o.item.Off...)
}

// sells reports whether an order of the channel ("": of none) gets a unit there now.
// Units that are sold before they arrive do not count, as for a check.
func (o *offer) sells(channel string) bool {
	if o.at != nil && (!o.at.Active || channel != "" && !o.at.Serves(channel)) {
		return false
	}
	return o.item.Sells(channel) && (!o.item.Tracked || o.level.Available(channel) > 0)
}
