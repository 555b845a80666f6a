package audit

import (
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// faults takes what is wrong with an item.
type faults interface {
	addItemViolation(k stock.ItemKey, fault string)
	// addItemDrift takes that a figure of the item is not that of its open lines.
	addItemDrift(k stock.ItemKey, fault string)
}

// keptItem is an item with the sums of its open lines.
type keptItem struct {
	item stock.Item
	heldLines
	owing
	escrows []escrowSums // of the outposts that were given units of it
	wrong   bool         // a violation of it was found: others would only follow from it
	// drift is where a figure was first found that is not that of the open lines, nil: all
	// are. A repair mends it.
	drift *Violation
	// gone says that its bucket left, and has not brought it again so far: it is as
	// it was when the bucket left.
	gone bool
}

// checkHeld checks the account held against the open lines.
func (it *keptItem) checkHeld(to faults) {
	if fault := it.heldDrift(); fault != "" {
		to.addItemDrift(it.item.Key, fault)
	}
}

func (it *keptItem) heldDrift() string {
	if held := it.item.Of(stock.Held); held != it.units {
		return fmt.Sprintf("its account held has %d, its open lines hold %d", held, it.units)
	}
	return ""
}

// hasDrift reports whether any figure is not that of the open lines.
func (it *keptItem) hasDrift() bool {
	if it.heldDrift() != "" {
		return true
	}
	for i := range it.item.Channels {
		if it.tallyDrift(it.item.Channels[i].ID) != "" {
			return true
		}
	}
	for channel := range it.tallies {
		if it.tallyDrift(channel) != "" {
			return true
		}
	}
	return false
}

// heldLines is what the open lines of an item hold of it.
type heldLines struct {
	units stock.Qty // when it is counted
	// tallies are the part of the units that counts in figures of channels.
	tallies channelTallies
	waits   channelWaits
	ahead   saleWaits
	lots    lotUnits
}

// add counts a line once more, or once less.
func (h *heldLines) add(l *stock.Line, sign stock.Qty) {
	h.units += sign * unitsHeld(l)
	h.tallies.add(l, sign)
	h.waits.add(l, sign)
	h.ahead.add(l, sign)
	h.lots.add(l, sign)
}

// unitsHeld is what the line holds of a counted item and is there.
func unitsHeld(l *stock.Line) stock.Qty {
	var n stock.Qty
	for _, d := range l.Drawn {
		if d.Account != stock.Uncounted && !d.Account.Ahead() {
			n += d.Qty
		}
	}
	return n
}
