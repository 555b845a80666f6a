package test

import (
	"cmp"
	"slices"
)

// witness says whether the history fits one order of events that it finds without a search: writes
// in the order of the item's journal, and every read as early as it fits. The journal comes from
// the books under test, so it is not trusted. The order is checked against the model and the clocks
// of the callers, and then proves by itself that a right order exists. An order that does not fit
// proves nothing; then a search has to decide.
//
// It is for histories in which many outcomes stayed unknown for long, because a database was away.
// A search through those takes too long.
func witness(first level, history []event, journal []entry) bool {
	writes, rest, ok := byJournal(history, journal)
	if !ok {
		return false
	}
	// levels[i] is the level before write i.
	levels := make([]level, len(writes)+1)
	levels[0] = first
	for i, e := range writes {
		if ok, levels[i+1] = levels[i].happen(e); !ok {
			return false
		}
	}
	slices.SortStableFunc(rest, func(a, b event) int { return cmp.Compare(a.call, b.call) })
	between := make([][]event, len(writes)+1)
	at := make([]int, len(rest))
	for i, e := range rest {
		least, most := 0, len(writes)
		for n, w := range writes {
			if w.end < e.call {
				least = n + 1
			}
			if w.call > e.end {
				most = min(most, n)
			}
		}
		for n := range i {
			if rest[n].end < e.call {
				least = max(least, at[n])
			}
		}
		for at[i] = least; at[i] <= most; at[i]++ {
			if ok, _ := levels[at[i]].happen(e); ok {
				break
			}
		}
		if at[i] > most {
			return false
		}
		between[at[i]] = append(between[at[i]], e)
	}
	var all []event
	for i := range between {
		all = append(all, between[i]...)
		if i < len(writes) {
			all = append(all, writes[i])
		}
	}
	return explains(first, history, all)
}

// explains says whether the order has all of the history, once, whether the model allows it, and
// whether each event comes after all events that had ended before it began.
func explains(first level, history, order []event) bool {
	compare := func(a, b event) int {
		return cmp.Or(cmp.Compare(a.call, b.call), cmp.Compare(a.end, b.end), cmp.Compare(a.client, b.client),
			cmp.Compare(a.what, b.what), cmp.Compare(a.order, b.order), cmp.Compare(a.qty, b.qty), cmp.Compare(a.free, b.free))
	}
	if !slices.Equal(slices.SortedFunc(slices.Values(history), compare), slices.SortedFunc(slices.Values(order), compare)) {
		return false
	}
	l, latest := first, int64(-1)
	for _, e := range order {
		if e.end < latest {
			return false
		}
		latest = max(latest, e.call)
		ok, next := l.happen(e)
		if !ok {
			return false
		}
		l = next
	}
	return true
}

// byJournal puts the writes of a history in the order of the journal and returns
// the others too. It is false when the two do not fit.
func byJournal(history []event, journal []entry) (writes, rest []event, ok bool) {
	type name struct{ what, order string }
	known := map[name][]event{}
	for _, e := range history {
		// A deduct changes the held units at a leg only when its home has told it: after the
		// answer.
		if e.what == looked || e.what == refusal || e.what == deducted && e.leg {
			rest = append(rest, e)
			continue
		}
		n := name{e.what, e.order}
		known[n] = append(known[n], e)
	}
	reserves := map[string]int{}
	for _, e := range journal {
		if e.Operation == "reserve" {
			reserves[e.Order]++
		}
	}
	use := func(what, order string) {
		n := name{what, order}
		if len(known[n]) == 0 {
			ok = false
			return
		}
		writes = append(writes, known[n][0])
		if known[n] = known[n][1:]; len(known[n]) == 0 {
			delete(known, n)
		}
	}
	ok = true
	away := map[string]bool{} // orders whose units are lent
	for _, e := range journal {
		switch e.Operation {
		case "create", "extend": // a leg receives its deadline
		case "restock":
			use(restocked, e.Reference)
		case "reserve":
			if reserves[e.Order] > 1 {
				reserves[e.Order]--
				use(lent, e.Order)
				away[e.Order] = true
				continue
			}
			use(took, e.Order)
		case "release":
			if away[e.Order] {
				delete(away, e.Order)
				use(returned, e.Order)
				continue
			}
			use(released, e.Order)
		case "deduct":
			if len(known[name{deducted, e.Order}]) > 0 { // else at a leg
				use(deducted, e.Order)
			}
		default:
			return nil, nil, false
		}
	}
	return writes, rest, ok && len(known) == 0
}
