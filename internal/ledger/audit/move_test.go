package audit

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/stock"
)

func TestCheckSlotPassesOnBucketsThatMove(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := newCluster(t, rapid.IntRange(2, 3).Draw(rt, "slots"))
		buckets := map[stock.Bucket]bool{}
		for _, at := range []string{"a", "b", "c"} {
			buckets[bucketOf(itemKey(at, ""))] = true
		}
		moving := stock.Bucket(stock.Buckets)
		some := func(label string) {
			for range rapid.IntRange(0, 6).Draw(rt, label) {
				c.do(t, someOrderCommand(rt), moving)
				c.do(t, someCommand(rt), moving)
			}
			if rapid.Bool().Draw(rt, "legs follow") {
				c.settle(t)
			}
		}
		for _, at := range []string{"a", "b", "c"} {
			for _, product := range []string{"tea", "soap"} {
				c.slots[0].do(t, openItem(itemKey(at, product), 40))
			}
		}
		some("commands at first")
		for range rapid.IntRange(1, 4).Draw(rt, "moves") {
			b := rapid.SampledFrom(sortedBuckets(buckets)).Draw(rt, "bucket")
			to := rapid.IntRange(0, len(c.slots)-1).Draw(rt, "to")
			if to == c.home[b] {
				continue
			}
			c.keep = rapid.IntRange(0, 4).Draw(rt, "keep") == 0 && !slices.Contains(c.kept, [2]int{int(b), c.home[b]})
			moving = b
			c.meanwhile = func(p movePoint) {
				if p == "leaving" || p == "parted" || p == "copied" {
					some("commands when " + string(p))
				}
				if p == "parted" || p == "copied" {
					c.slots[c.home[b]].part(t, b)
				}
			}
			for i, kept := range c.kept { // it comes back: its rows were dropped
				if kept == [2]int{int(b), to} {
					c.slots[to].drop(t, b)
					c.kept = slices.Delete(c.kept, i, i+1)
					break
				}
			}
			c.move(t, b, to)
			moving = stock.Buckets
			some("commands after")
		}
		for _, s := range c.slots {
			s.project(t)
		}
		opts := Options{
			JournalKeys: testJournalKeys, Named: 5,
			ended: rapid.IntRange(1, 8).Draw(rt, "ended"), keySpan: rapid.IntRange(1, 30).Draw(rt, "key span"),
		}
		if found := c.verify(t, c.engines(), opts); found != nil {
			rt.Fatalf("violations:\n%s", strings.Join(found, "\n"))
		}
	})
}

// do sends the command to the slot that has all its items. It is left out when
// there are several such slots, or when it would cross the border of a moving
// bucket.
func (c *cluster) do(t testing.TB, cmd stock.Command, moving stock.Bucket) {
	t.Helper()
	var named []stock.Bucket
	switch cmd := cmd.(type) {
	case stock.Place:
		for i := range cmd.Lines {
			named = append(named, cmd.Lines[i].Bucket)
		}
	case stock.Move:
		named = []stock.Bucket{cmd.From.Bucket, cmd.To.Bucket}
	default:
		reach := cmd.Reach()
		for _, k := range reach.Items {
			named = append(named, bucketOf(k))
		}
		if named == nil {
			for _, s := range c.slots {
				s.do(t, cmd)
			}
			return
		}
	}
	for _, b := range named {
		if c.home[b] != c.home[named[0]] || b != named[0] && (named[0] == moving || b == moving) {
			return
		}
	}
	c.slots[c.home[named[0]]].do(t, cmd)
}

func sortedBuckets(m map[stock.Bucket]bool) []stock.Bucket {
	var all []stock.Bucket
	for b := range m {
		all = append(all, b)
	}
	slices.Sort(all)
	return all
}

// someOrderCommand draws a command about one of few orders, most of which have
// lines in several buckets.
func someOrderCommand(t *rapid.T) stock.Command {
	order := rapid.SampledFrom([]string{"o1", "o2", "o3", "o4", "o5", "o6"}).Draw(t, "the order")
	var keys []stock.ItemKey
	for _, at := range []string{"a", "b", "c"} {
		if rapid.IntRange(0, 2).Draw(t, "at "+at) > 0 {
			keys = append(keys, itemKey(at, rapid.SampledFrom([]string{"tea", "soap"}).Draw(t, "product")))
		}
	}
	target := stock.Target{Order: orderKey(order), Keyed: true}
	if len(keys) > 0 && rapid.Bool().Draw(t, "of one line") {
		target.Item, target.Qty = keys[0], 1
	}
	switch rapid.IntRange(0, 6).Draw(t, "what") {
	case 0:
		return stock.Confirm{Target: target}
	case 1:
		return stock.Release{Target: target}
	case 2:
		return stock.Commit{Target: stock.Target{Order: orderKey(order)}}
	}
	if len(keys) == 0 {
		return stock.Expire{Order: orderKey(order)}
	}
	p := placeOrder(order, 2, keys...)
	p.TTL = stock.Time(rapid.IntRange(5, 200).Draw(t, "time to live")) * 1000
	return p
}

// Lines that had left or were given back when a bucket's rows were copied may hold
// units again before it is sealed.
func TestCheckSlotPassesOnLinesThatAreHeldAgainMeanwhile(t *testing.T) {
	t.Parallel()
	m := newMoveScene(t)
	m.at("parted", func() { m.slots[0].do(t, stock.Confirm{Target: stock.Target{Order: orderKey("alone")}}) })
	m.at("copied", func() { m.slots[0].do(t, stock.Withdraw{Target: stock.Target{Order: orderKey("alone")}}) })
	m.run(t)
	if found := m.found(t); found != "" {
		t.Error(found)
	}
}
