package figures

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// fact is something that the handbook counts.
type fact struct {
	at       time.Time
	location string
	all      bool // it counts for all locations together, too; without a location, only for them
	group    string
	name     string // as the API calls it
	n        int64
}

// secondBooks computes figures again from the entries of the logs, by what the handbook says
// of each. It knows nothing of how the figures are made.
type secondBooks struct {
	facts []fact // oldest first
	holds map[string]int64
	owed  map[stock.ItemKey]int64
}

// newSecondBooks reads the entries, oldest first.
func newSecondBooks(entries []booking) *secondBooks {
	b := &secondBooks{holds: map[string]int64{}, owed: map[stock.ItemKey]int64{}}
	for _, e := range entries {
		if at := e.event.Happened; at != 0 { // reported later
			e.at = at
		}
		b.read(&e)
	}
	slices.SortStableFunc(b.facts, func(a, b fact) int { return a.at.Compare(b.at) })
	return b
}

// read notes what an entry says.
func (b *secondBooks) read(e *booking) {
	ev := e.event
	note := func(location string, all bool, group, name string, n int64) {
		b.facts = append(b.facts, fact{time.UnixMilli(int64(e.at)), location, all, group, name, n})
	}
	short := func(name, channel string, missing []stock.Shortage) {
		note("", true, channel, name, 1)
		for _, location := range slices.Compact(slices.Sorted(func(yield func(string) bool) {
			for i := range missing {
				if !yield(missing[i].Location) {
					return
				}
			}
		})) {
			note(location, false, channel, name, 1)
		}
	}
	if ev.Refusal != nil {
		if ev.Op == stock.OpPlace {
			short("refused", ev.Channel, ev.Refusal.Shortages)
		}
		return
	}
	left := b.lines(ev, note)
	if ev.Op == stock.OpPlace && len(ev.Short) > 0 {
		if len(ev.Lines) > 0 {
			short("partial", ev.Lines[0].Line.Channel, ev.Short)
		} else {
			short("refused", ev.Channel, ev.Short)
		}
	}
	for i := range ev.Items {
		it := &ev.Items[i]
		if _, holder := it.Key.OfHolder(); holder {
			continue
		}
		group := ev.Channel
		for _, l := range ev.Lines {
			if l.Changed && l.Line.Item == it.Key {
				group = l.Line.Channel
			}
		}
		if it.Unit != "" {
			group += " in " + it.Unit
		}
		units := func(name string, n int64) { note(it.Key.Location, true, group, name, n) }
		if ev.Op == stock.OpConfirm && !it.Tracked {
			units("sold", left[it.Key])
		}
		b.owes(it, units)
		if ev.Op == stock.OpObserve && it.Changed {
			units("counts", 1)
			if len(it.Postings) == 0 {
				units("counts_exact", 1)
			}
		}
		for _, p := range it.Postings {
			if name, n := meaning(ev, p); name != "" {
				units(name, n)
			}
			if ev.Op == stock.OpTransfer && p.From == stock.Discrepancy {
				units("transfer_received", -int64(p.Qty)) // of what arrived, those are beyond what was shipped
			}
		}
	}
}

// lines notes the lines and calls, and returns how many units of each item left its line.
func (b *secondBooks) lines(ev *stock.Event, note func(location string, all bool, group, name string, n int64)) map[stock.ItemKey]int64 {
	called, left := map[string]bool{}, map[stock.ItemKey]int64{}
	for i := range ev.Lines {
		l := &ev.Lines[i].Line
		if l.Leg != nil && !l.Leg.Copy {
			continue // it follows another line
		}
		name := fmt.Sprint(ev.Order, l.Item)
		had, has := b.holds[name], int64(l.Quantity())
		b.holds[name] = has
		left[l.Item] += had - has
		if had > 0 && has == 0 {
			note(l.Item.Location, true, l.Channel, "lines_ended", 1)
			if ev.Op == stock.OpExpire {
				note(l.Item.Location, true, l.Channel, "lines_expired", 1)
			}
		}
		if ev.Op != stock.OpPlace || had > 0 || has == 0 {
			continue
		}
		note(l.Item.Location, true, l.Channel, "lines_reserved", 1)
		for _, location := range []string{"", l.Item.Location} {
			if !called[location] {
				note(location, location == "", l.Channel, "reserves", 1)
			}
			called[location] = true
		}
	}
	return left
}

// owes notes the units that the item promised or sold and that it does not have, also not at a till.
func (b *secondBooks) owes(it *stock.ItemChange, note func(name string, n int64)) {
	lacked := func(sellable int64) int64 { return max(0, b.owed[it.Key]-sellable) }
	var more, freed int64
	for _, p := range it.Postings {
		if p.From == stock.Oversold {
			more += int64(p.Qty)
		}
		if p.To == stock.Oversold {
			more -= int64(p.Qty)
		}
		freed += int64(p.Qty) * (count(p.To.Sellable()) - count(p.From.Sellable()))
	}
	is := int64(it.Figures.Available)
	before := lacked(is - freed)
	b.owed[it.Key] += more
	if after := lacked(is); more > 0 && after > before {
		note("oversells", 1)
		note("oversold", min(more, after-before))
	}
}

// meaning is what the handbook calls a posting.
func meaning(ev *stock.Event, p stock.Posting) (name string, n int64) {
	from, to := string(p.From), string(p.To)
	if ev.Op == stock.OpTransfer {
		leaves := strings.HasPrefix(from, "transit/") || strings.HasPrefix(to, "transit/")
		switch {
		case to == "ext/discrepancy":
			name = "transfer_lost"
		case from == "ext/discrepancy":
			name = "transfer_surplus"
		case from == "pool/shared" && leaves:
			name = "transfer_shipped"
		case to == "pool/shared" && leaves:
			name = "transfer_returned"
		case from == "ext/adjustment":
			name = "transfer_received"
		}
		return name, int64(p.Qty)
	}
	changes := ev.Op == stock.OpChange
	switch {
	case from == "ext/customer":
		name = "returned"
	case to == "ext/customer":
		name = "sold"
	case from == "ext/supplier":
		name = "received"
	case from == "ext/adjustment":
		name = "gained"
	case to == "ext/adjustment":
		name = "lost"
	case from == "held" && ev.Op == stock.OpExpire:
		name = "expired"
	case from == "held" && (ev.Op == stock.OpRelease || changes):
		name = "released"
	case to == "held" && (ev.Op == stock.OpPlace || changes):
		name = "reserved"
	}
	return name, int64(p.Qty)
}

// between are the sums of all facts from one time until another, by channel and unit, as text.
func (b *secondBooks) between(location string, from, until time.Time) map[string]string {
	sums := map[string]map[string]int64{}
	first, _ := slices.BinarySearchFunc(b.facts, from, func(f fact, at time.Time) int { return cmp.Or(f.at.Compare(at), 1) })
	for _, f := range b.facts[first:] {
		if !f.at.Before(until) {
			break
		}
		if f.location != location && (location != "" || !f.all) {
			continue
		}
		if sums[f.group] == nil {
			sums[f.group] = map[string]int64{}
		}
		sums[f.group][f.name] += f.n
	}
	return told(sums)
}

// told are the sums of each group as text, those of none left out.
func told(sums map[string]map[string]int64) map[string]string {
	all := map[string]string{}
	for group, of := range sums {
		if text := tellSums(of); text != "" {
			all[group] = text
		}
	}
	return all
}

// tellSums are all sums that are not 0, as text.
func tellSums(of map[string]int64) string {
	var all []string
	for name, n := range of {
		if n != 0 {
			all = append(all, fmt.Sprint(name, " ", n))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// sumNames are the sums as the API calls them.
var sumNames = map[Sum]string{
	Reserves: "reserves", Refused: "refused", LinesReserved: "lines_reserved", LinesExpired: "lines_expired", Reserved: "reserved", Sold: "sold",
	Returned: "returned", Released: "released", Expired: "expired", Received: "received", Gained: "gained", Lost: "lost", Partial: "partial",
	Counts: "counts", CountsExact: "counts_exact", Oversells: "oversells", Oversold: "oversold", TransferShipped: "transfer_shipped",
	TransferReceived: "transfer_received", TransferReturned: "transfer_returned", TransferLost: "transfer_lost", TransferSurplus: "transfer_surplus", LinesEnded: "lines_ended",
}
