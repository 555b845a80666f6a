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

// checkWaits checks the item's record of waiting orders against the open lines.
func (it *keptItem) checkWaits(to faults) {
	var says []stock.Wait
	if it.item.Promises != nil {
		says = it.item.Promises.Waits
	}
	if !slices.Equal(says, it.waits) {
		to.addItemViolation(it.item.Key, fmt.Sprintf("orders are said to wait for %+v, its open lines wait for %+v", says, []stock.Wait(it.waits)))
	}
	it.checkShares(to)
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
		if !c.Promises.Same(&was) {
			return "what may be sold ahead changes and the item does not"
		}
		return ""
	}
	for _, a := range [...]stock.Account{stock.Presale, stock.Backorder} {
		is, old := *c.Promises.Sale(a), *was.Sale(a)
		switch e.Op {
		case stock.OpPromise:
			continue
		case stock.OpPlace, stock.OpChange, stock.OpRelocate, stock.OpRelease, stock.OpExpire, stock.OpFulfil, stock.OpRestock, stock.OpTransfer:
		default:
			return fmt.Sprintf("what may be sold ahead changes by %s", e.Op)
		}
		if is == (stock.Sale{}) {
			// It also ends when the last of the units promised beyond a bound of
			// zero is given back.
			if is != old && !old.Closed && old.Bound > old.Over {
				return fmt.Sprintf("%s ends that was not closed", a)
			}
			continue
		}
		want := old
		want.Waiting, want.Filled = is.Waiting, is.Filled
		if filled := is.Filled - old.Filled; filled != 0 && (e.Op != stock.OpFulfil && e.Op != stock.OpRestock && e.Op != stock.OpTransfer || filled != old.Waiting-is.Waiting) {
			return fmt.Sprintf("%s counts %d units as arrived by %s", a, filled, e.Op)
		}
		freed := old.Waiting - is.Waiting - (is.Filled - old.Filled)
		switch {
		case old.Closed:
			want.Bound -= freed
		case freed > 0:
			want.Over = max(0, old.Over-freed)
			want.Bound -= old.Over - want.Over
		case freed < 0 && old.Over > 0:
			return fmt.Sprintf("%s promises %d units more by %s while %d are promised beyond its bound", a, -freed, e.Op, old.Over)
		}
		if is != want {
			return fmt.Sprintf("%s is %+v, after %s it should be %+v", a, is, e.Op, want)
		}
		if fault := checkShares(a, was.Shares(a), c.Promises.Shares(a), e); fault != "" {
			return fault
		}
	}
	return ""
}

// checkShares says what is wrong with what channels have of a sale after an event that
// sets no limits. What they have is compared with the open lines afterwards.
func checkShares(a stock.Account, was, is []stock.ChannelShare, e *followedEvent) string {
	limits := map[string]stock.ChannelShare{}
	for _, c := range was {
		limits[c.Channel] = c
	}
	for _, c := range is {
		old := limits[c.Channel]
		delete(limits, c.Channel)
		switch {
		case len(was) == 0 || c.Limited != old.Limited || c.Limit != old.Limit:
			return fmt.Sprintf("the limit of channel %q of %s changes by %s", c.Channel, a, e.Op)
		case c.Limited && c.Taken > old.Taken && c.Taken > c.Limit:
			return fmt.Sprintf("channel %q has %d of %s by %s, its limit is %d", c.Channel, c.Taken, a, e.Op, c.Limit)
		case c.Taken < old.Taken && a == stock.Presale && e.Op != stock.OpRelease && e.Op != stock.OpExpire && e.Op != stock.OpChange && e.Op != stock.OpRelocate:
			return fmt.Sprintf("channel %q has %d of %s after %s, it had %d", c.Channel, c.Taken, a, e.Op, old.Taken)
		}
	}
	for _, c := range limits {
		if c.Limited {
			return fmt.Sprintf("the limit of channel %q of %s is gone by %s", c.Channel, a, e.Op)
		}
	}
	return ""
}

// saleWaits are what an item's open lines wait for, by sale and channel.
type saleWaits map[saleChannel]stock.Qty

type saleChannel struct {
	sale    stock.Account
	channel string
}

// add counts the line once more, or once less.
func (a *saleWaits) add(l *stock.Line, sign stock.Qty) {
	if l.Copied() {
		return
	}
	for _, d := range l.Drawn {
		if !d.Account.Ahead() {
			continue
		}
		if *a == nil {
			*a = saleWaits{}
		}
		k := saleChannel{d.Account, l.Channel}
		if (*a)[k] += sign * d.Qty; (*a)[k] == 0 {
			delete(*a, k)
		}
	}
}

// checkShares checks the recorded shares of channels in a sale with limits against
// the open lines: for a backorder they are equal, for a presale the units that have
// arrived are added.
func (it *keptItem) checkShares(to faults) {
	if it.item.Promises == nil {
		return
	}
	for _, a := range [...]stock.Account{stock.Presale, stock.Backorder} {
		s, shares := it.item.Promises.Sale(a), it.item.Promises.Shares(a)
		if shares == nil {
			continue
		}
		waiting, arrived := s.Waiting, stock.Qty(0)
		for _, c := range shares {
			waits := it.ahead[saleChannel{a, c.Channel}]
			waiting -= waits
			if arrived += c.Taken - waits; c.Taken < waits {
				to.addItemViolation(it.item.Key, fmt.Sprintf("channel %q is said to have %d of %s, its open lines wait for %d", c.Channel, c.Taken, a, waits))
			}
		}
		if waiting != 0 || arrived != s.Filled {
			to.addItemViolation(it.item.Key, fmt.Sprintf("channels are said to have of %s %+v, and the sale says %+v", a, shares, *s))
		}
	}
}

// drawnAfterFilling is what a line must have drawn after it received the units that
// "is" has in pools and old does not.
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

// drawnAfterHearing is what the home's copy of a line must have drawn after the
// home learned of units that its leg received: all that the leg has, which has
// followed the home, and the copy waits for fewer units than before.
func drawnAfterHearing(old, is *stock.Line) []stock.Balance {
	if is.Quantity() != old.Quantity() || is.Waiting() >= old.Waiting() {
		return nil
	}
	return is.Drawn
}

// samePromises reports whether both say the same; nil equals empty.
func samePromises(a, b *stock.Promises) bool {
	var none stock.Promises
	a, b = cmp.Or(a, &none), cmp.Or(b, &none)
	return a.Same(b)
}
