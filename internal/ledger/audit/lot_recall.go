package audit

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// This file checks the recalls that items keep: which lots they cover.

// recallsAfter are the recalls of the item after the event.
func recallsAfter(from *stock.Item, c *stock.ItemChange) []stock.RecallRule {
	if len(c.Recalls) == 0 {
		return from.Recalls
	}
	kept := slices.DeleteFunc(slices.Clone(from.Recalls), func(r stock.RecallRule) bool {
		return slices.ContainsFunc(c.Recalls, func(is stock.RecallRule) bool { return is.Lot == r.Lot })
	})
	for _, r := range c.Recalls {
		if r.Since != 0 {
			kept = append(kept, r)
		}
	}
	return kept
}

// covers reports whether one of the recalls is about the lot.
func covers(recalls []stock.RecallRule, lot stock.Lot) bool {
	for i := range recalls {
		if r := &recalls[i]; lot.Has(r.Lot) && !slices.ContainsFunc(r.Except, lot.Has) {
			return true
		}
	}
	return false
}

func sameRecalls(a, b []stock.RecallRule) bool {
	return slices.EqualFunc(a, b, func(x, y stock.RecallRule) bool {
		return x.Lot == y.Lot && x.Since == y.Since && slices.Equal(x.Except, y.Except)
	})
}

// checkRecalls says what is wrong with an event's changes of recalls, given the item before it. A
// recall changes by a recall alone, or with the first event of an item.
func checkRecalls(from *stock.Item, c *stock.ItemChange, e *followedEvent) string {
	if len(c.Recalls) > 0 && (!c.Changed || e.Op != stock.OpRecall && from.Version > 0) {
		return fmt.Sprintf("recalls change by %s", e.Op)
	}
	for i, r := range c.Recalls {
		if slices.ContainsFunc(c.Recalls[:i], func(o stock.RecallRule) bool { return o.Lot == r.Lot }) {
			return fmt.Sprintf("the recall of lot %q is in it twice", r.Lot)
		}
	}
	if e.Op != stock.OpRecall {
		return ""
	}
	recalls := recallsAfter(from, c)
	for i := range from.Lots {
		is := from.Lots[i]
		if at := slices.IndexFunc(c.Lots, func(r stock.LotRecord) bool { return r.Lot == is.Lot }); at >= 0 {
			is = c.Lots[at]
		}
		if is.Since != 0 && !is.Recalled && covers(recalls, is.Lot) {
			return fmt.Sprintf("lot %q is sold, and a recall covers it", is.Lot)
		}
	}
	return ""
}
