package stock

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// selling sets how many units of A are sold ahead.
func selling(presale, backorder *SaleSetting, lower Lowering) SetPromises {
	return SetPromises{Item: item("A"), Bucket: bucket(item("A")), Presale: presale, Backorder: backorder, Lower: lower}
}

func upTo(n Qty, channels ...ChannelLimit) *SaleSetting {
	return &SaleSetting{Bound: n, Channels: channels}
}

// after is given with more commands after it.
func after(given []Command, more ...Command) []Command {
	return append(given[:len(given):len(given)], more...)
}

func TestAChannelHasNoMoreOfASaleThanItsLimit(t *testing.T) {
	t.Parallel()
	ahead := func(order, channel string, n Qty) Place {
		return place(order, want("A", n)).on(channel).forTTL(2 * minute).ahead()
	}
	shop := []Command{open("A", 0), selling(upTo(10, ChannelLimit{"app", 4}), nil, 0), ahead("1", "app", 3)}
	refused := []string{"refused INSUFFICIENT_STOCK", "short A: 1 of 2, the channel's limit"}
	runCases(t, []ruleCase{
		{name: "more is refused, and says why", given: shop, when: ahead("2", "app", 2), want: refused},
		{name: "what is left of the limit is sold", given: shop, when: ahead("2", "app", 1), want: []string{
			"A v4: 1 promise/presale>promise/held, 0 available, 0 held, 0 on hand", "A: 1 of 1 held, active until 120 s",
		}},
		{name: "nothing is kept for the channel", given: shop, when: ahead("2", "web", 7), want: []string{
			"A v4: 7 promise/presale>promise/held, 0 available, 0 held, 0 on hand", "A: 7 of 7 held, active until 120 s",
		}},
		{name: "where all is sold the limit is not why", given: after(shop, ahead("2", "", 7)), when: ahead("3", "app", 1), want: []string{
			"refused INSUFFICIENT_STOCK", "short A: 0 of 1",
		}},
		{name: "what is given back may be sold on the channel again", given: after(shop, Release{Target: whole("1")}), when: ahead("2", "app", 4), want: []string{
			"A v5: 4 promise/presale>promise/held, 0 available, 0 held, 0 on hand", "A: 4 of 4 held, active until 120 s",
		}},
		{name: "so is what expires", given: after(shop, at{start + 3*minute, Expire{Order: OrderKey{"t", "1"}}}), when: at{start + 3*minute, ahead("2", "app", 4)}, want: []string{
			"A v5: 4 promise/presale>promise/held, 0 available, 0 held, 0 on hand", "A: 4 of 4 held, active until 300 s",
		}},
		{name: "what has arrived counts", given: after(shop, arrives("1", 3)), when: ahead("2", "app", 2), want: refused},
		{
			name: "in a backorder it does not", given: []Command{open("A", 0), selling(nil, upTo(10, ChannelLimit{"app", 4}), 0), ahead("1", "app", 4), arrives("1", 3)},
			when: ahead("2", "app", 3), want: []string{
				"A v5: 3 promise/backorder>promise/held, 0 available, 3 held, 3 on hand", "A: 3 of 3 held, active until 120 s",
			},
		},
		{name: "what waits counts when the limit comes later", given: []Command{open("A", 0), selling(upTo(10), nil, 0), ahead("1", "app", 3), selling(upTo(10, ChannelLimit{"app", 4}), nil, 0)}, when: ahead("2", "app", 2), want: refused},
		{name: "a limit below what the channel has is refused", given: shop, when: selling(upTo(10, ChannelLimit{"app", 2}), nil, 0), want: []string{"refused INVALID_STATE"}},
		{name: "or waits", given: after(shop, selling(upTo(10, ChannelLimit{"app", 2}), nil, LowerWait)), when: ahead("2", "app", 1), want: []string{
			"refused INSUFFICIENT_STOCK", "short A: 0 of 1, the channel's limit",
		}},
		{name: "a limit of an unknown share is refused", given: []Command{open("A", 0), selling(upTo(10), nil, 0), ahead("1", "app", 3), arrives("1", 1)}, when: selling(upTo(10, ChannelLimit{"app", 4}), nil, 0), want: []string{"refused INVALID_STATE"}},
		{name: "a channel is named once", given: shop, when: selling(upTo(10, ChannelLimit{"app", 2}, ChannelLimit{"app", 3}), nil, 0), want: []string{"refused INVALID_ARGUMENT channels"}},
	})
}

func TestALoweredBoundWaitsForWhatIsPromisedBeyondIt(t *testing.T) {
	t.Parallel()
	waits := []Command{
		open("A", 0), selling(nil, upTo(9), 0),
		place("1", want("A", 3)).forTTL(2 * minute).ahead(), place("2", want("A", 5)).forTTL(2 * minute).ahead(),
		selling(nil, upTo(5), LowerWait),
	}
	runCases(t, []ruleCase{
		{name: "what may be sold is taken back, what is promised is not", given: waits[:4], when: waits[4], want: []string{"A v5: 1 promise/backorder>ext/promise, 0 available, 0 held, 0 on hand"}},
		{name: "it is refused otherwise", given: waits[:4], when: selling(nil, upTo(5), 0), want: []string{"refused INVALID_STATE"}},
		{name: "nothing more is promised", given: waits, when: place("3", want("A", 1)).ahead(), want: []string{"refused INSUFFICIENT_STOCK", "short A: 0 of 1"}},
		{name: "what comes back is not sold again as long as it is beyond", given: waits, when: Release{Target: whole("1")}, want: []string{
			"A v6: 3 promise/held>ext/promise, 0 available, 0 held, 0 on hand", "A: 0 of 3 held, 3 released, cancelled",
		}},
		{name: "and then it is", given: waits, when: Release{Target: whole("2")}, want: []string{
			"A v6: 3 promise/held>ext/promise, 2 promise/held>promise/backorder, 0 available, 0 held, 0 on hand", "A: 0 of 5 held, 5 released, cancelled",
		}},
		{name: "so it is with what arrives", given: waits, when: arrives("2", 4), want: []string{
			"A v6: 4 ext/supplier>held, 3 promise/held>ext/promise, 1 promise/held>promise/backorder, 0 available, 4 held, 4 on hand", "A: 5 of 5 held, active until 120 s",
		}},
		{name: "raising it again ends it", given: waits, when: selling(nil, upTo(9), 0), want: []string{"A v6: 1 ext/promise>promise/backorder, 0 available, 0 held, 0 on hand"}},
		{name: "asking again changes nothing", given: waits, when: waits[4], want: []string{"A v5: 0 available, 0 held, 0 on hand (as it was)"}},
	})
}

var someShares = shared(rapid.Map(listOf(rapid.Custom(func(t *rapid.T) ChannelShare {
	c := ChannelShare{Channel: someNames.Draw(t, "channel"), Taken: someQtys.Draw(t, "taken"), Limited: rapid.Bool().Draw(t, "limited")}
	if c.Limited {
		c.Limit = Qty(rapid.Int64Range(0, int64(MaxQty)).Draw(t, "limit"))
	}
	return c
})), func(list []ChannelShare) []ChannelShare {
	slices.SortFunc(list, func(a, b ChannelShare) int { return cmp.Compare(a.Channel, b.Channel) })
	return slices.CompactFunc(list, func(a, b ChannelShare) bool { return a.Channel == b.Channel })
}))
