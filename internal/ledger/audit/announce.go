package audit

import (
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// isAnnouncement reports whether the change of a product's hidden item over all
// locations inverts the state of one channel, and does nothing else.
func isAnnouncement(from *stock.Item, c *stock.ItemChange, e *followedEvent) bool {
	if len(e.Items) != 1 || len(e.Lines) > 0 || e.Order != "" ||
		len(c.Postings) > 0 || c.Threshold != 0 || c.Retired || c.Seen != (stock.Seen{}) || c.Unit != "" {
		return false
	}
	if !c.Changed {
		return c.OnSale == from.OnSale && slices.Equal(c.Off, from.Off)
	}
	onSale, off := from.OnSale, slices.Clone(from.Off)
	out := e.Op == stock.OpSoldOut
	at, was := slices.BinarySearch(off, e.Channel)
	switch {
	case e.Channel == "":
		was, onSale = !onSale, !out
	case out:
		off = slices.Insert(off, at, e.Channel)
	case was:
		off = slices.Delete(off, at, at+1)
	}
	return was != out && c.OnSale == onSale && slices.Equal(c.Off, off)
}
