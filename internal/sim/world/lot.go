package world

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"time"
)

// The lots of an item: units with attributes in common. Nobody draws units of a lot
// that has expired or was recalled: they are withheld without a command.

// lotsOfAll is how many lots there are of each item that is kept in lots.
const lotsOfAll = 4

// lots are identified by their number. Two expire while orders come, one later, one
// never.
var lots = [lotsOfAll]lot{
	{"batch": "b0", "grade": "A", "expires_at": expiry(3)},
	{"batch": "b1", "grade": "A", "expires_at": expiry(8)},
	{"batch": "b2", "grade": "B", "expires_at": expiry(7200)},
	{"batch": "b3", "grade": "B"},
}

// lot is the attributes of one, or some of them.
type lot map[string]string

// expiry is so many seconds after the bubble's clock began.
func expiry(seconds int) string {
	begun := time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)
	return begun.Add(time.Duration(seconds) * time.Second).Format("2006-01-02T15:04:05.000Z")
}

// expires is when the lot's units stop being for sale, 0: never.
func (l lot) expires() int64 {
	at, err := time.Parse(time.RFC3339, l["expires_at"])
	if err != nil {
		return 0
	}
	return at.UnixMilli()
}

// encoded is the lot as the log names it (docs/protocol/log-entry.md): names and values
// by name, each with its length before it.
func (l lot) encoded() string {
	var b []byte
	for _, name := range slices.Sorted(maps.Keys(l)) {
		for _, text := range []string{name, l[name]} {
			b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
		}
	}
	return string(b)
}

// wants are what a reserve may say of lots: nothing, a grade, or the number of
// one lot.
var wants = map[string]lot{
	"A": {"grade": "A"}, "B": {"grade": "B"}, "0": lots[0], "1": lots[1], "2": lots[2], "3": lots[3],
}

// lotKept is what an item keeps of a lot.
type lotKept struct {
	since    int64 // when it was first received, 0: nothing is kept of it
	held     int64
	recalled bool
}

// sells reports whether units of the lot may be sold. One that comes for the first time may have been
// recalled before.
func (it *item) sells(n int, now int64) bool {
	k := &it.lots[n]
	return !k.recalled && (k.since != 0 || !it.ruled[n]) && it.policy.sells(n, now)
}

// amongLots puts the lots that an order may have among the other places. By expiry, lots that
// expire first are drawn first, then lots that never expire, and units of no lot last. By arrival,
// units of no lot are drawn first, then the lots in the order in which they came. The usual way is
// by expiry where something expires.
func (it *item) amongLots(loose []place, want string, now int64) []place {
	var which []int
	expiring := false
	for n := range lots {
		if it.lots[n].since == 0 {
			continue
		}
		expiring = expiring || lots[n].expires() != 0
		if it.sells(n, now) && lots[n].has(wants[want]) {
			which = append(which, n)
		}
	}
	if it.policy.draw != usual {
		expiring = it.policy.draw == fefo
	}
	slices.SortStableFunc(which, func(a, b int) int {
		rank := func(n int) int64 {
			at := lots[n].expires()
			if at == 0 {
				return 1 << 60
			}
			return at
		}
		byExpiry := 0
		if expiring {
			byExpiry = cmp.Compare(rank(a), rank(b))
		}
		return cmp.Or(byExpiry, cmp.Compare(it.lots[a].since, it.lots[b].since))
	})
	var all []place
	for _, n := range which {
		all = append(all, lotPool+place(n))
	}
	switch {
	case want != "":
		return all
	case expiring:
		return append(all, loose...)
	}
	return append(loose, all...)
}

// restock has units come into the house. Those that may be sold first cover what is
// owed.
func (it facts) restock(c *command, now int64) {
	switch n := c.lot - 1; {
	case n < 0:
		it.has[pool] += it.settle(c.qty)
	case it.sells(n, now):
		it.receive(n, it.settle(c.qty), now)
	default:
		it.receive(n, c.qty, now)
	}
}

// receive lets units of a lot come in; those of one that is not sold are withheld.
func (it *item) receive(n int, units, now int64) {
	meetLot(it, n, now)
	it.arriveForSale(n, units, now)
}

// meetLot notes a lot that comes for the first time. It may have been recalled before.
func meetLot(it *item, n int, now int64) {
	if k := &it.lots[n]; k.since == 0 {
		k.since, k.recalled = now, it.ruled[n]
	}
}

// arriveForSale lets units come to where the lot is sold from. When it is not, they are
// withheld with what is still there.
func (it *item) arriveForSale(n int, units, now int64) {
	free, kept := &it.has[lotPool+place(n)], &it.has[lotWithheld+place(n)]
	if *free += units; !it.sells(n, now) {
		*kept += *free
		*free = 0
	}
}

// recall takes the lot off sale, whenever it comes, or puts what is withheld of it on sale again.
func (it *item) recall(c *command, now int64) {
	n := slices.IndexFunc(lots[:], func(l lot) bool { return maps.Equal(l, wants[c.want]) })
	it.ruled[n] = !c.lift
	k := &it.lots[n]
	if k.since == 0 || k.recalled != c.lift {
		return
	}
	k.recalled = !c.lift
	free, kept := &it.has[lotPool+place(n)], &it.has[lotWithheld+place(n)]
	switch {
	case !c.lift:
		*kept += *free
		*free = 0
	case it.sells(n, now):
		*free += it.settle(*kept)
		*kept = 0
	}
}

// lapse withholds the units of expired lots, and reports whether there were any.
func (it *item) lapse(now int64) bool {
	lapsed := false
	for n := range lots {
		if free := &it.has[lotPool+place(n)]; *free > 0 && !it.sells(n, now) {
			it.has[lotWithheld+place(n)] += *free
			*free, lapsed = 0, true
		}
	}
	if lapsed {
		it.version++
	}
	return lapsed
}

// forget drops what is kept of lots that have nothing left, unless they are
// recalled.
func (it *item) forget() {
	for n := range it.lots {
		if k := &it.lots[n]; !k.recalled && it.onHandOf(n+1) == 0 {
			*k = lotKept{}
		}
	}
}

// lapses are the times, up to the latest, at which an item may change without a command.
func lapses(upTo int64) []int64 {
	var all []int64
	for n := range lots {
		if at := lots[n].expires(); at != 0 && at <= upTo {
			all = append(all, at)
		}
	}
	return all
}

// lotUnits is how an answer shows units of a lot.
type lotUnits struct {
	Lot      lot
	Quantity int64
}

// fitLots reports whether the answer shows the lots that the line holds units of.
func (l *line) fitLots(got []lotUnits) bool {
	for _, p := range l.drawn {
		if p.from < lotPool {
			continue
		}
		if len(got) == 0 || got[0].Quantity != p.n || !maps.Equal(got[0].Lot, lots[p.from-lotPool]) {
			return false
		}
		got = got[1:]
	}
	return len(got) == 0
}
