package audit

import (
	"cmp"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// channelWaits are what an item's open lines wait for, by channel.
type channelWaits []stock.Wait

// add counts the line once more, or once less.
func (a *channelWaits) add(l *stock.Line, sign stock.Qty) {
	units := l.Waiting()
	if units == 0 || l.Copied() {
		return
	}
	at, ok := slices.BinarySearchFunc(*a, l.Channel, func(w stock.Wait, id string) int { return cmp.Compare(w.Channel, id) })
	if !ok {
		*a = slices.Insert(*a, at, stock.Wait{Channel: l.Channel})
	}
	w := &(*a)[at]
	w.Units += sign * units
	if w.Orders++; sign < 0 {
		w.Orders -= 2
	}
	if *w == (stock.Wait{Channel: l.Channel}) {
		*a = slices.Delete(*a, at, at+1)
	}
}

// checkWaits checks what the item says of those who wait against the open lines.
func (it *keptItem) checkWaits(to faults) {
	var says []stock.Wait
	if it.Promises != nil {
		says = it.Promises.Waits
	}
	if !slices.Equal(says, it.waits) {
		to.wrongItem(it.Key, fmt.Sprintf("orders are said to wait for %+v, its open lines wait for %+v", says, []stock.Wait(it.waits)))
	}
}

// checkPromises says what is wrong with what may be sold ahead after an event,
// given the item before it. That it agrees with the accounts and with the open
// lines is checked afterwards.
func checkPromises(from *stock.Item, c *stock.ItemChange, e *followedEvent) string {
	if c.Promises == nil {
		return ""
	}
	var was stock.Promises
	if from.Promises != nil {
		was = *from.Promises
	}
	if !c.Changed {
		if c.Promises.Presale != was.Presale || c.Promises.Backorder != was.Backorder || !slices.Equal(c.Promises.Waits, was.Waits) {
			return "what may be sold ahead changes and the item does not"
		}
		return ""
	}
	for _, a := range [...]stock.Account{stock.Presale, stock.Backorder} {
		is, old := *c.Promises.Sale(a), *was.Sale(a)
		switch e.Op {
		case stock.OpPromise:
			continue
		case stock.OpPlace, stock.OpChange, stock.OpRelocate, stock.OpRelease, stock.OpExpire, stock.OpFulfil:
		default:
			return fmt.Sprintf("what may be sold ahead changes by %s", e.Op)
		}
		if is == (stock.Sale{}) {
			if is != old && !old.Closed {
				return fmt.Sprintf("%s ends that was not closed", a)
			}
			continue
		}
		want := old
		want.Waiting, want.Filled = is.Waiting, is.Filled
		if filled := is.Filled - old.Filled; filled != 0 && (e.Op != stock.OpFulfil || filled != old.Waiting-is.Waiting) {
			return fmt.Sprintf("%s counts %d units as arrived by %s", a, filled, e.Op)
		}
		if old.Closed {
			want.Bound -= old.Waiting - is.Waiting - (is.Filled - old.Filled)
		}
		if is != want {
			return fmt.Sprintf("%s is %+v, after %s it should be %+v", a, is, e.Op, want)
		}
	}
	return ""
}

// drawnAfterFilling is what a line must have drawn when it got what is has in pools
// and old does not.
func drawnAfterFilling(old, is *stock.Line) []stock.Balance {
	drawn := old.Drawn
	for _, pool := range stock.Draws(old.Channel) {
		for n := drawnFrom(is, pool) - drawnFrom(old, pool); n > 0; {
			at := slices.IndexFunc(drawn, func(b stock.Balance) bool { return b.Account.Ahead() })
			if at < 0 {
				return nil // more than it waited for
			}
			took := min(n, drawn[at].Qty)
			drawn = stock.Filled(drawn, pool, took)
			n -= took
		}
	}
	return drawn
}

// samePromises reports whether both say the same; nothing is as good as empty.
func samePromises(a, b *stock.Promises) bool {
	var none stock.Promises
	a, b = cmp.Or(a, &none), cmp.Or(b, &none)
	return a.Presale == b.Presale && a.Backorder == b.Backorder && slices.Equal(a.Waits, b.Waits)
}
