package slot

import (
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// Level is an item as a strong read shows it: holds past their deadline count
// as expired, swept or not.
type Level struct {
	Key stock.ItemKey
	// Item is the item as committed, with what time has changed since; nil when it
	// was never opened. It must not be changed.
	Item *stock.Item
	// committed is the item as committed, where it differs from Item.
	committed *stock.Item
	// due is what holds past their deadline have drawn.
	due []stock.HeldUnits
	at  stock.Time
}

// LevelOf is the level of an item at a time, with nothing due.
func LevelOf(k stock.ItemKey, it *stock.Item, at stock.Time) Level {
	return Level{Key: k, Item: it, at: at}
}

// Available is what a hold on the channel could take now.
func (l *Level) Available(channel string) stock.Qty { return l.AvailableOf(channel, "") }

// AvailableOf is Available for a hold that takes units of the lot only, or, when
// the item has no such lot, of the lots that have all its attributes; "": of any.
func (l *Level) AvailableOf(channel string, lot stock.Lot) stock.Qty {
	if l.Item == nil {
		return 0
	}
	return l.Now().DrawableOf(channel, lot, l.at)
}

// Back is the level as it would be if open holds gave back what they hold.
func (l *Level) Back(held []stock.HeldUnits) *Level {
	if len(held) == 0 {
		return l
	}
	after := *l
	after.due = slices.Concat(l.due, held)
	return &after
}

// Ahead is how many units that are not there yet a hold could have now, and when
// the first of them are expected; 0 when no time is given.
func (l *Level) Ahead(channel string) (n stock.Qty, promised stock.Time) {
	if l.Item == nil || l.Item.Promises == nil {
		return 0, 0
	}
	it := l.Now()
	if n = it.Obtainable(channel, true, l.at) - it.Drawable(channel, l.at); n == 0 {
		return 0, 0
	}
	for _, a := range [...]stock.Account{stock.Presale, stock.Backorder} {
		if it.OnSaleAhead(a, channel) > 0 && promised == 0 {
			promised = it.Promises.Sale(a).For
		}
	}
	return n, promised
}

// Committed is the item as the log has it, without what time has changed since; nil
// when it was never opened. It must not be changed.
func (l *Level) Committed() *stock.Item {
	if l.committed != nil {
		return l.committed
	}
	return l.Item
}

// mayCascade reports whether units that due holds give back may move further than to
// where they were drawn from: to orders that wait, to what is oversold, or to what
// is withheld of a lot.
func (l *Level) mayCascade() bool {
	return len(l.due) > 0 && (l.Item.Promises != nil || len(l.Item.Lots) > 0 || l.Item.Of(stock.Oversold) < 0)
}

// Figures are the item's sums.
func (l *Level) Figures() stock.Figures {
	if l.Item == nil {
		return stock.Figures{}
	}
	if l.mayCascade() {
		return l.Now().Figures()
	}
	f := l.Item.Figures()
	for _, d := range l.due {
		if d.Account != stock.Uncounted {
			f.Held -= d.Qty
			f.Available += d.Qty
		}
	}
	return f
}

// Balances are the item's accounts by name; some may have 0.
func (l *Level) Balances() []stock.Balance {
	if l.Item == nil {
		return nil
	}
	if len(l.due) == 0 {
		return slices.Clone(l.Item.Balances)
	}
	return l.Now().Balances
}

// SortLevels puts levels in the order in which they are listed.
func SortLevels(levels []Level) {
	slices.SortFunc(levels, func(a, b Level) int { return a.Key.Compare(b.Key) })
}

func (m *memory) level(k stock.ItemKey, e *itemEntry, now stock.Time) Level {
	l := Level{Key: k, Item: e.cur, at: now}
	if e.cur != nil {
		l.Item, l.committed = e.cur.At(now), e.cur
	}
	l.due = append(l.due, m.dues().sums(k, now)...)
	l.due = append(l.due, m.legs.sums(k, now)...)
	return l
}

// Now is the item as it counts now: units that holds past their deadline have drawn
// are back where they came from. It is nil when the item was never opened, and must
// not be changed.
func (l *Level) Now() *stock.Item {
	if l.Item == nil {
		return nil
	}
	return l.Item.Freed(l.due, l.at)
}
