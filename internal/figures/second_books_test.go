package figures

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// secondBooks computes figures again from the entries of the logs, by what the handbook says
// of each. It knows nothing of how the figures are made.
type secondBooks struct {
	entries []booking // oldest first
	ends    map[*stock.LineChange]bool
}

// findEnds notes each change after which a line that held something holds nothing.
func (b *secondBooks) findEnds() {
	holds := map[string]bool{}
	b.ends = map[*stock.LineChange]bool{}
	for _, e := range b.entries {
		for i := range e.event.Lines {
			l := &e.event.Lines[i]
			name := fmt.Sprint(e.event.Order, l.Line.Item)
			b.ends[l] = holds[name] && l.Line.Quantity() == 0
			holds[name] = l.Line.Quantity() > 0
		}
	}
}

// between are the sums of all entries from one time until another, by channel, as text.
func (b *secondBooks) between(location string, from, until time.Time) map[string]string {
	sums := map[string]map[string]int64{}
	first, _ := slices.BinarySearchFunc(b.entries, from.UnixMilli(), func(e booking, at int64) int { return cmp.Compare(int64(e.at), at) })
	for _, e := range b.entries[first:] {
		if !time.UnixMilli(int64(e.at)).Before(until) {
			break
		}
		ev := e.event
		count := func(channel, name string, n int64) {
			if sums[channel] == nil {
				sums[channel] = map[string]int64{}
			}
			sums[channel][name] += n
		}
		if ev.Refusal != nil {
			if ev.Op == stock.OpPlace && (location == "" || slices.ContainsFunc(ev.Refusal.Shortages, func(s stock.Shortage) bool { return s.Location == location })) {
				count(ev.Channel, "refused", 1)
			}
			continue
		}
		called := false
		for i := range ev.Lines {
			l := &ev.Lines[i]
			if b.ends[l] && (location == "" || l.Line.Item.Location == location) {
				count(l.Line.Channel, "lines_ended", 1)
			}
			if !l.Changed || location != "" && l.Line.Item.Location != location {
				continue
			}
			switch ev.Op {
			case stock.OpPlace:
				count(l.Line.Channel, "lines_reserved", 1)
				if !called {
					count(l.Line.Channel, "reserves", 1)
				}
				called = true
			case stock.OpExpire:
				count(l.Line.Channel, "lines_expired", 1)
			}
		}
		for i := range ev.Items {
			it := &ev.Items[i]
			if location != "" && it.Key.Location != location {
				continue
			}
			channel := ev.Channel
			for _, l := range ev.Lines {
				if l.Changed && l.Line.Item == it.Key {
					channel = l.Line.Channel
				}
			}
			if ev.Op == stock.OpObserve && it.Changed {
				count("", "counts", 1)
				if len(it.Postings) == 0 {
					count("", "counts_exact", 1)
				}
			}
			var over int64
			for _, p := range it.Postings {
				n := int64(p.Qty)
				from, to := string(p.From), string(p.To)
				if from == "ext/oversold" {
					over += n
				}
				if ev.Op == stock.OpTransfer {
					leaves := strings.HasPrefix(from, "transit/") || strings.HasPrefix(to, "transit/")
					switch {
					case to == "ext/discrepancy":
						count(channel, "transfer_lost", n)
					case from == "ext/discrepancy":
						count(channel, "transfer_surplus", n)
						count(channel, "transfer_received", -n)
					case from == "pool/shared" && leaves:
						count(channel, "transfer_shipped", n)
					case to == "pool/shared" && leaves:
						count(channel, "transfer_returned", n)
					case from == "ext/adjustment":
						count(channel, "transfer_received", n)
					}
					continue
				}
				held := func(a string) bool { return a == "held" }
				switch {
				case from == "ext/customer":
					count(channel, "returned", n)
				case to == "ext/customer":
					count(channel, "sold", n)
				case from == "ext/supplier":
					count(channel, "received", n)
				case from == "ext/adjustment":
					count(channel, "gained", n)
				case to == "ext/adjustment":
					count(channel, "lost", n)
				case held(from) && ev.Op == stock.OpExpire:
					count(channel, "expired", n)
				case held(from) && ev.Op == stock.OpRelease:
					count(channel, "released", n)
				case held(to) && ev.Op == stock.OpPlace:
					count(channel, "reserved", n)
				}
			}
			if over > 0 {
				count("", "oversells", 1) // of all channels
				count("", "oversold", over)
			}
		}
	}
	return told(sums)
}

// told are the sums of each channel as text, those of none left out.
func told(sums map[string]map[string]int64) map[string]string {
	all := map[string]string{}
	for channel, of := range sums {
		if text := tellSums(of); text != "" {
			all[channel] = text
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
