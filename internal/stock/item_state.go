package stock

import "slices"

// ItemState is the state of an item for a seller. Each surface that shows such a word, or
// counts items by it, goes by this one.
type ItemState uint8

// The states of an item. The first that is true counts.
const (
	OffSale    ItemState = iota + 1 // it is switched off
	NotCounted                      // it is always granted
	IsOversold                      // more was promised than there is
	SoldOut                         // nothing is available
	Low                             // at or under its threshold
	InStock

	ItemStates // how many there are, and none
)

var itemStateNames = [ItemStates]string{OffSale: "off_sale", NotCounted: "not_counted", IsOversold: "oversold", SoldOut: "sold_out", Low: "low", InStock: "in_stock"}

// String is the state in the words of the contract.
func (s ItemState) String() string { return itemStateNames[s] }

// ItemStateNames are the words for all states.
func ItemStateNames() []string { return itemStateNames[OffSale:] }

// ParseItemState reads what String wrote.
func ParseItemState(name string) (ItemState, bool) {
	at := slices.Index(itemStateNames[:], name)
	return ItemState(max(at, 0)), at > 0
}

// State is the state of the item as a whole.
func (i *Item) State() ItemState { return i.stateOf(i.OnSale, i.Figures().Available) }

// StateFor is the state that an order of one unit on the channel would find; "": that of the
// item as a whole.
func (i *Item) StateFor(channel string, now Time) ItemState {
	if channel == "" {
		return i.State()
	}
	return i.stateOf(i.Sells(channel), i.Drawable(channel, now))
}

func (i *Item) stateOf(onSale bool, available Qty) ItemState {
	switch {
	case !onSale:
		return OffSale
	case !i.Tracked:
		return NotCounted
	}
	return CountedState(available, i.Threshold, -i.Of(Oversold))
}

// CountedState is the state of an item that is on sale and counted, with these figures.
func CountedState(available, threshold, oversold Qty) ItemState {
	switch {
	case oversold > 0:
		return IsOversold
	case available <= 0:
		return SoldOut
	case threshold > 0 && available <= threshold:
		return Low
	}
	return InStock
}
