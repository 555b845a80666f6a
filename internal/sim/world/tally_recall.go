package world

import (
	"maps"
	"slices"
)

// withholds complains about units of recalled lots that are for sale: a recall holds for all that is
// there and all that comes. An item that is opened while a recall is asked for may lack it until servers
// look again.
func (h *heap) withholds(recalls []*question, seq int, wrong func(string, ...any)) {
	for _, a := range slices.Sorted(maps.Keys(h.has)) {
		n := lotSold(a)
		if n < 0 || h.has[a] <= 0 {
			continue
		}
		if q := recallOf(recalls, seq, n); q != nil && (h.opener == nil || h.opened < q.from || h.opener.from > q.to) {
			wrong("%d of lot %d are for sale, %s (%s) has recalled them", h.has[a], n, q.id, &q.command)
		}
	}
}

// recallOf is the recall that the lot is under at a record, nil when there may be none: it was answered
// before, and every call that may end it was over before it was asked.
func recallOf(all []*question, seq, n int) *question {
	ends := func(r *question) bool {
		return slices.ContainsFunc(all, func(l *question) bool {
			return l.lift && lots[n].has(wants[l.want]) && l.from < seq && (l.answer == nil || l.to > r.from)
		})
	}
	for _, r := range all {
		if !r.lift && lots[n].has(wants[r.want]) &&
			r.answer != nil && r.answer.code == "" && r.to < seq && !ends(r) {
			return r
		}
	}
	return nil
}

// recallsAt are the calls about recalls that hold at the item.
func recallsAt(all []*question, k itemKey) []*question {
	return slices.DeleteFunc(slices.Clone(all), func(q *question) bool {
		return q.item.product != k.product || q.item.location != "" && q.item.location != k.location
	})
}

// recallsOf are the recalls of sundries.
func recallsOf(all []*question) []*question {
	var some []*question
	for _, q := range all {
		if q.sundry != nil && q.verb == "recall" {
			some = append(some, q)
		}
	}
	return some
}
