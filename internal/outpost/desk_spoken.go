package outpost

import (
	"errors"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// spoken is a till that said hello here, and what the books had of its log when it was last
// heard of here. Another process may have taken more of the log since, or another hello.
type spoken struct {
	till  catalog.Till
	known stock.Holder
}

// errOutdated says that a report cannot be answered with what is remembered: the books have
// to be read first.
var errOutdated = errors.New("what is remembered of the till is out of date")

func (d *Desk) remember(t *catalog.Till, known *stock.Holder) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.spoken[tillKey{t.Tenant, t.ID}] = spoken{*t, *known}
}

func (d *Desk) remembered(tenant, till string) (spoken, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.spoken[tillKey{tenant, till}]
	return s, ok
}
