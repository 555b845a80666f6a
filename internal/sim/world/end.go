package world

import (
	"context"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// sums checks that what an item holds is what its orders hold.
func (v *verdict) sums(k itemKey) {
	var held int64
	for _, lines := range v.shop.orders {
		for _, l := range lines {
			if l.itemKey == k {
				held += l.held
			}
		}
	}
	if it := v.shop.item(k); it.held != held || it.available+it.held != it.onHand {
		v.w.violate("%v has %+v, its orders hold %d", k, it, held)
	}
}

// lingers checks that nothing is held long after its deadline: by now every
// sweep had its time.
func (v *verdict) lingers() {
	for order, lines := range v.shop.orders {
		for _, l := range lines {
			if l.state == active && l.deadline < int64(v.w.disk.least()) {
				v.w.violate("order %s holds %d of %v long after its deadline", order, l.held, l.itemKey)
			}
		}
	}
}

// least is the earliest that slot time can be two seconds before the end.
func (d *disk) least() stock.Time {
	if len(d.records) == 0 {
		return 0
	}
	last := &d.records[len(d.records)-1]
	gone := d.w.elapsed() - last.at
	return last.rec.At + stock.Time((gone - gone/20).Milliseconds()) - 4000
}

// verify lets the product look at its own books, as `holdfast verify` does.
func (w *world) verify() error {
	r, err := ledger.Verify(context.Background(), w.disk.inner, ledger.VerifyOptions{JournalKeys: view.Keys})
	if err != nil {
		return err
	}
	for _, found := range r.Violations {
		w.violate("verify: %s", found)
	}
	if len(r.Unchecked) > 0 {
		w.violate("verify left something out: %v", r.Unchecked)
	}
	return nil
}
