package outpost

import "holdfast.dev/holdfast/internal/stock"

// rulesOf are the rules of the item that a till sells by, by channel.
func rulesOf(it *stock.Item) (rules []TillRule) {
	if !it.Tracked || len(it.Lots) > 0 {
		return nil
	}
	for n := range it.Rules {
		r := TillRule{Rule: it.Rules[n].AtTill()}
		if !r.Says() {
			continue
		}
		if c := it.Channel(r.Channel); c != nil {
			r.Since = c.Since
		}
		rules = append(rules, r)
	}
	return rules
}

// mayHave reports whether a till of the channel may have units of the item: it is on sale there, and
// the channel's campaign is not over.
func mayHave(it *stock.Item, channel string, now stock.Time) bool {
	return it.Sells(channel) && !it.Rule(channel).Over(now)
}
