package engine

import "context"

// Dropper drops everything that is stored of a tenant, except its entries in the log,
// which Rewriter removes. Nobody may write to the slot meanwhile: other processes that
// have it open are not notified.
type Dropper interface {
	// DropKeys drops the keys that lead to the entries, and says how many. Rows of keys
	// do not name their tenant; its entries in the log do.
	DropKeys(ctx context.Context, entries []EntryRange) (int, error)
	// DropTenant drops items, holds and journal rows of the tenant, at most limit of them
	// all together, and says how many it dropped: 0 when none is left. The journal
	// of an item goes before the item.
	//
	// Rows that DropKeys and DropTenant report as dropped stay dropped when the
	// machine crashes. After an error some may have been dropped: the next call
	// drops the rest.
	DropTenant(ctx context.Context, tenant string, limit int) (int, error)
}

// EntryRange is entries of one record, from First to Last.
type EntryRange struct {
	Seq         Seq
	First, Last uint32
}

// KeyNos returns the numbers of the first and the last key that lead to the entries.
func (r EntryRange) KeyNos() (first, last int64) {
	from, to := KeyRow{Seq: r.Seq, Index: r.First}, KeyRow{Seq: r.Seq, Index: r.Last}
	return from.No(), to.No()
}
