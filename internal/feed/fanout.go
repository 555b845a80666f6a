package feed

import "holdfast.dev/holdfast/internal/stock"

// fanout finds the watchers of a slot's event. Each watcher is in one list: that of its
// product, else of its location, else of its tenant. So the cost of an event depends only
// on the watchers that may want it.
type fanout struct {
	lists map[interest][]*strand
	n     int
}

// interest names a list.
type interest struct {
	tenant string
	kind   uint8
	name   string
}

const (
	byTenant uint8 = iota
	byLocation
	byProduct
)

func newFanout() fanout { return fanout{lists: map[interest][]*strand{}} }

func interestOf(f *Filter) interest {
	switch {
	case f.Product != "":
		return interest{f.Tenant, byProduct, f.Product}
	case f.Location != "":
		return interest{f.Tenant, byLocation, f.Location}
	}
	return interest{f.Tenant, byTenant, ""}
}

func (o *fanout) add(s *strand) {
	k := interestOf(s.filter)
	list := o.lists[k]
	s.place = len(list)
	o.lists[k] = append(list, s)
	o.n++
}

func (o *fanout) remove(s *strand) {
	k := interestOf(s.filter)
	list := o.lists[k]
	last := len(list) - 1
	list[s.place] = list[last]
	list[s.place].place = s.place
	list[last] = nil
	o.n--
	if last == 0 {
		delete(o.lists, k)
		return
	}
	o.lists[k] = list[:last]
}

// interests are the lists of the watchers that may want events of an item.
func interests(tenant, location, product string) [3]interest {
	return [3]interest{{tenant, byProduct, product}, {tenant, byLocation, location}, {tenant, byTenant, ""}}
}

// wants reports whether anybody may want events of the item.
func (o *fanout) wants(k stock.ItemKey) bool {
	for _, i := range interests(k.Tenant, k.Location, k.Product) {
		if len(o.lists[i]) > 0 {
			return true
		}
	}
	return false
}

// forEachWatcher calls fn for every watcher that may want the event.
func (o *fanout) forEachWatcher(e *Event, fn func(*strand)) {
	for _, i := range interests(e.Tenant, e.Location, e.Product) {
		for _, s := range o.lists[i] {
			fn(s)
		}
	}
}
