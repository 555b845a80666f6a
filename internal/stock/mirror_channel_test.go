package stock

import (
	"cmp"
	"maps"
	"slices"
)

// pairAnew writes the till off with all that its log has and the centre has not, and begins
// an epoch with an empty file.
func (w *tillLine) pairAnew() {
	w.must(w.centre, CloseHolder{Item: tillKey, Bucket: bucket(tillKey), Epoch: w.epoch})
	orders := slices.SortedFunc(maps.Keys(w.centre.holds), func(a, b OrderKey) int { return cmp.Compare(a.Order, b.Order) })
	for _, o := range orders {
		w.must(w.centre, TakeOver{Order: o, Holder: tillKey})
	}
	for _, name := range []string{"A", "B"} {
		w.must(w.centre, Reclaim{Item: item(name), Bucket: bucket(item(name)), Holder: tillName, Withhold: w.pick("withhold", 3) == 0})
	}
	w.epoch = NextEpoch(w.epoch, 5)
	w.must(w.centre, BeginHolder{Item: tillKey, Bucket: bucket(tillKey), Epoch: w.epoch})
	w.till, w.log, w.next, w.saved, w.online = tillShelf(), nil, 0, nil, newOnlineOrders()
	w.hello()
}

// endTakenOver is what people at the centre do with an order of the till.
func (w *tillLine) endTakenOver(name, order string) {
	to := line(order, name)
	switch w.pick("end", 5) {
	case 0:
		w.do(w.centre, Confirm{Target: to})
	case 1:
		w.do(w.centre, Release{Target: to})
	case 2:
		w.do(w.centre, Confirm{Target: to.n(1).keyed()})
	case 3:
		w.do(w.centre, Withdraw{Target: to})
	case 4:
		w.do(w.centre, toHold(order, hold(name, 3)))
	}
}

// stepQuota changes what the channels have.
func (w *tillLine) stepQuota(name string, n Qty) {
	if w.channel == "" {
		return
	}
	k, b := item(name), bucket(item(name))
	switch w.pick("quota", 4) {
	case 0:
		w.do(w.centre, setQuotas(name, LowerWait, quota([]string{"pos", "web"}[w.pick("of", 2)], n*2)))
	case 1:
		w.do(w.centre, setQuotas(name, LowerWait, quota([]string{"pos", "web"}[w.pick("of", 2)], 0)))
	case 2:
		w.do(w.centre, ResetSold{Item: k, Bucket: b, Open: &Opening{}})
	case 3:
		w.do(w.centre, Allot{Item: k, Bucket: b, Keep: n, Mode: AllotRebalance, Open: &Opening{}})
	}
}
