package stock

import "fmt"

// A holder sells units of one location away from the books: they are in escrow for it
// (DESIGN §1.4), and only its own log takes them from there. The books keep a hidden item
// of each holder, at its location, with how far its log is in them.

// holderLot is the lot of that item. The lots of other hidden items are longer, or differ.
const holderLot = allowanceLot + "\x01"

// HolderItem names the hidden item of a holder at its location.
func HolderItem(tenant, location, holder string) ItemKey {
	return ItemKey{Tenant: tenant, Location: location, Product: holder, Lot: holderLot}
}

// OfHolder returns the holder whose hidden item it is.
func (k ItemKey) OfHolder() (holder string, ok bool) { return k.Product, k.Lot == holderLot }

// Holder is what the books know of a holder.
type Holder struct {
	// Epoch names its log, at random; never 0. Open says that its log continues.
	Epoch uint64
	Open  bool
	// Ticket distinguishes copies of the holder: it changes with each hello. 0: it never
	// said hello.
	Ticket uint64
	// Era is the era of the centre's books at the holder's latest hello.
	Era uint64
	// Seq and Hash are of the last record of its log whose entries are all in the books.
	// Done is how many entries of the next record are.
	Seq  uint64
	Hash [32]byte
	Done uint32
}

// begun reports whether there is an epoch.
func (h *Holder) begun() bool { return h != nil && h.Epoch != 0 }

// holderOf is what the state has of the holder at the item's location, nil for nothing.
func holderOf(s State, item ItemKey, holder string) (*Item, *Holder) {
	it := s.Item(HolderItem(item.Tenant, item.Location, holder))
	if it == nil {
		return nil, nil
	}
	return it, it.Holder
}

// openHolder returns the holder when its epoch is the named one and open; otherwise why
// not.
func openHolder(s State, item ItemKey, holder string, epoch uint64) (*Item, *Refusal) {
	it, h := holderOf(s, item, holder)
	if !h.begun() || !h.Open || h.Epoch != epoch {
		return nil, &Refusal{Code: InvalidState, Field: HolderStale, Detail: fmt.Sprintf("till %q has no such epoch, or it is closed", holder)}
	}
	return it, nil
}

// The reasons why a holder is refused, as the Field of an InvalidState refusal.
const (
	// HolderStale: its file is no longer the holder's.
	HolderStale = "holder_stale"
	// HolderLook: it has to be checked whether its log has the books' last record.
	HolderLook = "holder_look"
	// HolderHello: it has to say hello first.
	HolderHello = "holder_hello"
	// HolderGap: records are missing before those that it sent.
	HolderGap = "holder_gap"
	// HolderOpen: its epoch is not closed.
	HolderOpen = "holder_open"
)
