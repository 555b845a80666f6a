package stock

import (
	"cmp"
	"slices"
)

// ItemKey names an item. Lot is the canonical encoding of an attribute map,
// empty for most. Keys are compared byte for byte and never joined into one
// string.
type ItemKey struct {
	Tenant, Location, Product, Lot string
}

// Compare orders keys by tenant, product, location and lot: the order in
// which levels are listed.
func (k ItemKey) Compare(o ItemKey) int {
	return cmp.Or(
		cmp.Compare(k.Tenant, o.Tenant),
		cmp.Compare(k.Product, o.Product),
		cmp.Compare(k.Location, o.Location),
		cmp.Compare(k.Lot, o.Lot),
	)
}

// Balance is what one account of an item holds.
type Balance struct {
	Account Account
	Qty     Qty
}

// Item is the state of one item.
type Item struct {
	Key    ItemKey
	Bucket Bucket

	// Unit and Scale are the declared unit and its decimals (1-6), or "" and 0.
	Unit  string
	Scale uint8

	Threshold Qty
	// Tracked is false for an item that is not counted: reserving always
	// succeeds and the balances stay empty.
	Tracked bool
	// OnSale is the switch for all channels, Off lists the channels switched
	// off one by one, sorted.
	OnSale bool
	Off    []string
	// Retired is set of an item that is out of use (Retire); then it is not on sale.
	Retired bool `json:",omitempty"`

	// Version grows by one with each change of the item.
	Version   uint64
	UpdatedAt Time

	// Balances has one entry for each account that was ever posted to,
	// sorted by account.
	Balances []Balance

	// Seen is the latest observation that counted.
	Seen Seen

	// Channels has the figures of each channel that has or had a quota, sorted
	// by ID.
	Channels []Channel `json:",omitempty"`
	// Rules are those of campaigns and key accounts, sorted by Channel.
	Rules []Rule `json:",omitempty"`

	// Promises is what may be sold before it is in the house, nil when nothing ever was or
	// all of it is over. The value it points to is never changed.
	Promises *Promises `json:",omitempty"`

	// Lots has a record of each lot with units or holds, sorted by Lot.
	Lots []LotRecord `json:",omitempty"`
	// LotPolicy says how they are drawn.
	LotPolicy LotPolicy `json:",omitzero"`
	// Recalls are those of the product that hold at the location, sorted by Lot.
	Recalls []RecallRule `json:",omitempty"`

	// Escrows has a record of each holder that was given units, sorted by Holder.
	Escrows []EscrowRecord `json:",omitempty"`
	// Holder is what is known of the holder whose hidden item it is; nil of all others. The
	// value it points to is never changed.
	Holder *Holder `json:",omitempty"`
}

// Seen is the latest look at the shelf that was posted for an item.
type Seen struct {
	AsOf   Time
	Source string
}

// manyAccounts is the number of accounts from which a binary search is used.
const manyAccounts = 16

func (i *Item) findBalance(a Account) (at int, found bool) {
	return slices.BinarySearchFunc(i.Balances, a, func(b Balance, a Account) int { return cmp.Compare(b.Account, a) })
}

// Of returns the balance of the account.
func (i *Item) Of(a Account) Qty {
	if len(i.Balances) > manyAccounts {
		at, found := i.findBalance(a)
		if !found {
			return 0
		}
		return i.Balances[at].Qty
	}
	for _, b := range i.Balances {
		if b.Account == a {
			return b.Qty
		}
	}
	return 0
}

// Set stores the balance of the account. The caller owns i.Balances.
func (i *Item) Set(a Account, q Qty) {
	at, found := i.findBalance(a)
	if found {
		i.Balances[at].Qty = q
		return
	}
	i.Balances = slices.Insert(i.Balances, at, Balance{a, q})
}

// Clone returns a copy that shares no memory that Apply changes.
func (i *Item) Clone() *Item {
	c := *i
	c.Balances = slices.Clone(i.Balances)
	c.Off = slices.Clone(i.Off)
	c.Channels = slices.Clone(i.Channels)
	c.Rules = slices.Clone(i.Rules)
	c.Lots = slices.Clone(i.Lots)
	c.Recalls = slices.Clone(i.Recalls)
	c.Escrows = slices.Clone(i.Escrows)
	return &c
}

// Figures are the sums that answers show.
type Figures struct {
	// Available counts pools, quotas and escrow, whether on sale or not.
	Available Qty
	// Held counts what open holds have drawn.
	Held Qty
	// OnHand counts every physical inside account.
	OnHand Qty
}

// Figures returns the item's sums.
func (i *Item) Figures() Figures {
	var f Figures
	for _, b := range i.Balances {
		if b.Account.Sellable() {
			f.Available += b.Qty
		}
		if b.Account == Held {
			f.Held = b.Qty
		}
		if b.Account.Physical() {
			f.OnHand += b.Qty
		}
	}
	return f
}

// Sells reports whether the item may be sold on the channel; "" is a sale
// without a channel.
func (i *Item) Sells(channel string) bool {
	if !i.OnSale {
		return false
	}
	_, off := slices.BinarySearch(i.Off, channel)
	return channel == "" || !off
}

// SoldOut reports whether nothing is left to sell.
func (i *Item) SoldOut() bool {
	if i.Key.Hidden() {
		return false // it is not for sale
	}
	return i.Tracked && i.Figures().Available <= 0 || !i.OnSale
}

// Low reports whether the item belongs in the low-stock list: sold out, or at
// or under its threshold, and in use.
func (i *Item) Low() bool {
	return !i.Retired && i.isOutOrLow()
}

func (i *Item) isOutOrLow() bool {
	return i.SoldOut() || i.Tracked && i.Threshold > 0 && i.Figures().Available <= i.Threshold
}
