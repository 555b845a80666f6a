package audit

import (
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

func TestCheckSlotFindsWhatIsWrongWithAMove(t *testing.T) {
	t.Parallel()
	restock := func(k stock.ItemKey) stock.Restock { return stock.Restock{Item: k, Bucket: bucketOf(k), Qty: 5} }
	target := func(order string) stock.Target { return stock.Target{Order: orderKey(order)} }
	a := bucketOf(itemKey("a", ""))
	b := bucketOf(itemKey("b", ""))
	tests := []struct {
		name  string
		spoil func(*testing.T, *moveScene)
		want  string
	}{
		// The old slot.
		{"an item changed after its bucket left", func(t *testing.T, m *moveScene) {
			m.at("left", func() { m.slots[0].do(t, restock(m.tea)) })
		}, fmt.Sprintf("restock after bucket %d has left, with record", a)},
		{"an order was ended after its bucket left", func(t *testing.T, m *moveScene) {
			m.at("left", func() { m.slots[0].do(t, stock.Release{Target: target("alone")}) })
		}, fmt.Sprintf("release after bucket %d has left, with record", a)},
		{"a line was shown after its bucket left", func(t *testing.T, m *moveScene) {
			m.at("left", func() { m.slots[0].do(t, stock.Confirm{Target: target("ended")}) })
		}, fmt.Sprintf("deduct after bucket %d has left, with record", a)},
		{"a bucket left without a word", func(_ *testing.T, m *moveScene) {
			m.slots[0].spoil = on(stock.OpHandover, stock.Leaving, func(e *stock.Event) { e.Handover.Stage = stock.Left })
		}, fmt.Sprintf("bucket %d: it goes from here in its move 0 to left in its move 1", a)},
		{"a bucket left in another move", func(_ *testing.T, m *moveScene) {
			m.slots[0].spoil = on(stock.OpHandover, stock.Left, func(e *stock.Event) { e.Handover.Epoch = 9 })
		}, "it goes from leaving in its move 1 to left in its move 9"},
		{"a bucket left for another slot", func(_ *testing.T, m *moveScene) {
			m.slots[0].spoil = on(stock.OpHandover, stock.Left, func(e *stock.Event) { e.Handover.Slot = 7 })
		}, "its move 1 is from or to slot 1, then slot 7"},
		{"the home of an order left and its leg did not part", func(_ *testing.T, m *moveScene) {
			m.skip = func(c stock.Command) bool { return c.Op() == stock.OpPart }
		}, fmt.Sprintf(`bucket %d leaves, and decides the line of order "both" of item "tea" at "b" of tenant "acme" in bucket %d, which has not parted`, a, b)},
		{"the leg of an order left and did not part from its home", func(t *testing.T, m *moveScene) {
			m.skip = func(c stock.Command) bool { return c.Op() == stock.OpPart }
			m.move(t, m.b, 1)
		}, fmt.Sprintf(`bucket %d leaves, and the line of order "both" of item "tea" at "b" of tenant "acme" is decided in bucket %d, from which it has not parted`, b, a)},
		{"a reserve in one step over a bucket that is leaving", func(t *testing.T, m *moveScene) {
			m.at("leaving", func() { m.slots[0].do(t, placeOrder("late", 1, m.tea, m.far)) })
		}, fmt.Sprintf("a reserve call over bucket %d, which is leaving, and others is decided in one step", a)},
		{"a stale item row that is not what it was", func(_ *testing.T, m *moveScene) {
			m.keep = true
			m.engines[0].item = func(r *engine.ItemRow) bool {
				if r.Key == m.tea {
					r.Available++
				}
				return r.Key != m.soap
			}
		}, `slot 0: item "tea" at "a" of tenant "acme": available is 16, the log says 15`},
		{"a stale hold row that is not what it was", func(_ *testing.T, m *moveScene) {
			m.keep = true
			m.engines[0].hold = func(r *engine.HoldRow) bool {
				if r.Key.Order == "ended" {
					r.Seq--
				}
				return r.Key.Order != "alone"
			}
		}, `slot 0: hold of order "ended" of tenant "acme" in bucket`},
		{"a stale row from nowhere", func(_ *testing.T, m *moveScene) {
			m.keep = true
			m.engines[0].hold = func(r *engine.HoldRow) bool {
				if r.Key.Order == "ended" {
					r.Key.Order = "ghost"
				}
				return true
			}
		}, `slot 0: hold of order "ghost" of tenant "acme" in bucket`},
		{"a lost row of a bucket", func(_ *testing.T, m *moveScene) {
			m.engines[0].bucket = func(*engine.BucketRow) bool { return false }
		}, fmt.Sprintf("slot 0: bucket %d: the row is missing, it is left since record", a)},
		{"a row of a bucket that is another stage", func(_ *testing.T, m *moveScene) {
			m.engines[1].bucket = func(r *engine.BucketRow) bool {
				h, _ := stock.DecodeHandover(r.Packed)
				h.Stage = stock.Coming
				r.Packed = stock.AppendHandover(nil, h)
				return true
			}
		}, fmt.Sprintf("slot 1: bucket %d: the row says coming since record", a)},
		{"a row of a bucket that never moved", func(_ *testing.T, m *moveScene) {
			m.engines[1].bucket = func(r *engine.BucketRow) bool { r.Bucket++; return true }
		}, fmt.Sprintf("slot 1: bucket %d: there is a row, the log does not know that it moved", a+1)},
		{"a row of a bucket by another mover", func(_ *testing.T, m *moveScene) {
			m.engines[1].bucket = func(r *engine.BucketRow) bool {
				h, _ := stock.DecodeHandover(r.Packed)
				h.Mover[0]++
				r.Packed = stock.AppendHandover(nil, h)
				return true
			}
		}, fmt.Sprintf("slot 1: bucket %d: the row is not the step of record", a)},

		// The steps in the new slot.
		{"a bucket is here from no record", func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = on(stock.OpHandover, stock.Here, func(e *stock.Event) { e.Handover.Seq = 0 })
		}, "it is here and no record of slot 0 is named that sealed it there"},
		{"a bucket is here by another mover", func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = on(stock.OpHandover, stock.Here, func(e *stock.Event) { e.Handover.Mover[3]++ })
		}, "it is here by another mover than the one that brought it"},
		{"a bucket comes that lives here", func(t *testing.T, m *moveScene) {
			m.slots[0].carry(t, stock.Handover{Bucket: m.b, Stage: stock.Coming, Epoch: 1, Slot: 1})
		}, fmt.Sprintf("bucket %d comes, and lives here: item", b)},
		{"a step that is about a tenant", func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = on(stock.OpHandover, stock.Coming, func(e *stock.Event) { e.Tenant = testTenant })
		}, "handover is about no item and no order"},
		{"the clock of the new slot is behind", func(_ *testing.T, m *moveScene) {
			m.clocks = true
			m.slots[1].now -= 100_000
		}, "after its bucket came at"},

		// Rows that arrive.
		{"an item changed while it was coming", func(t *testing.T, m *moveScene) {
			m.at("copied", func() { m.slots[1].do(t, restock(m.tea)) })
		}, fmt.Sprintf("restock while bucket %d is coming, since record", a)},
		{"an item arrives after its bucket is here", func(t *testing.T, m *moveScene) {
			m.at("here", func() {
				it := m.slots[1].items[m.tea].Clone()
				it.Version++
				m.slots[1].carry(t, stock.Arrive{From: stock.Origin{Seq: 9}, Item: it})
			})
		}, fmt.Sprintf("it arrives in bucket %d, which is here", a)},
		{"an item arrives from another slot", func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = on(stock.OpArrive, 0, func(e *stock.Event) { e.From.Slot = 5 })
		}, fmt.Sprintf("it arrives from slot 5, bucket %d comes from slot 0", a)},
		{"an item arrives earlier than it was", func(t *testing.T, m *moveScene) {
			m.at("copied", func() { m.slots[0].do(t, restock(m.tea)) })
			m.slots[1].spoil = ofItem(m.tea, 2, func(c *stock.ItemChange) { c.Version = 1 })
		}, "its version goes from 3 back to 1"},
		{"an item arrives as another with the same version", func(_ *testing.T, m *moveScene) {
			m.at("copied", func() { m.slots[0].items[m.soap].Version++ })
			m.slots[1].spoil = ofItem(m.soap, 2, func(c *stock.ItemChange) {
				c.Version--
				c.Touched[0].Qty--
				c.Touched[len(c.Touched)-1].Qty++
				c.Figures.Available++
				c.Figures.OnHand++
			})
		}, "and the version stays 3"},
		{"an item arrives by postings", func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = ofItem(m.tea, 1, func(c *stock.ItemChange) {
				c.Postings = []stock.Posting{{From: stock.Shared, To: stock.Damaged, Qty: 1}}
			})
		}, "units move in it while its bucket is coming"},
		{"an item arrives with other figures than accounts", func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = ofItem(m.tea, 1, func(c *stock.ItemChange) { c.Figures.OnHand-- })
		}, "figures (available, held, on hand) are said to be {15 5 19}, the accounts have {15 5 20}"},
		{"units arrive from nothing", func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = ofItem(m.soap, 1, func(c *stock.ItemChange) {
				c.Touched[len(c.Touched)-1].Qty += 4
				c.Figures.Available += 4
				c.Figures.OnHand += 4
			})
		}, "sum to 4"},
		{"an account does not arrive again", func(t *testing.T, m *moveScene) {
			m.at("copied", func() { m.slots[0].do(t, restock(m.tea)) })
			m.slots[1].spoil = ofItem(m.tea, 2, func(c *stock.ItemChange) {
				c.Touched, c.Figures = c.Touched[:len(c.Touched)-1], stock.Figures{Held: 5, OnHand: 5}
			})
		}, "it arrives without account"},
		{"an account arrives twice", func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = ofItem(m.tea, 1, func(c *stock.ItemChange) { c.Touched = append(c.Touched, c.Touched[0]) })
		}, "it arrives with account ext/supplier twice"},
		{"an item arrives that is counted no more", func(t *testing.T, m *moveScene) {
			m.at("copied", func() { m.slots[0].do(t, restock(m.tea)) })
			m.slots[1].spoil = ofItem(m.tea, 2, func(c *stock.ItemChange) { c.Unit, c.Scale = "kg", 2 })
		}, "unit, scale or tracking changes"},
		{"a line arrives that holds more than the item has held", func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = on(stock.OpArrive, 0, func(e *stock.Event) {
				if e.Order == "alone" {
					e.Lines[0].Line.Drawn, e.Lines[0].Line.Requested = []stock.Balance{{Account: stock.Shared, Qty: 3}}, 3
				}
			})
		}, "its account held has 5, its open lines hold 6"},
		{"an item does not arrive", func(_ *testing.T, m *moveScene) {
			m.skip = func(c stock.Command) bool {
				a, ok := c.(stock.Arrive)
				return ok && a.Item != nil && a.Item.Key == m.tea
			}
			m.still = true
		}, fmt.Sprintf("bucket %d is here without it, and its lines hold 5", a)},
		{"a line does not arrive", func(_ *testing.T, m *moveScene) {
			m.skip = func(c stock.Command) bool {
				a, ok := c.(stock.Arrive)
				return ok && a.Hold != nil && a.Hold.Key.Order == "alone"
			}
		}, "its account held has 5, its open lines hold 3"},
		{"a line arrives as of a call that is not there", func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = ofLine("alone", 1, func(c *stock.LineChange) { c.Line.Call = 5 })
		}, "it arrives as of reserve call 5, the hold has 0"},
		{"a line arrives with more given back, then less", func(t *testing.T, m *moveScene) {
			m.at("copied", func() {
				m.slots[0].do(t, stock.Release{Target: stock.Target{Order: orderKey("alone"), Item: m.tea, Qty: 1, Keyed: true}})
			})
			m.slots[1].spoil = ofLine("alone", 1, func(c *stock.LineChange) { c.Line.Released = 2 })
		}, "the line goes back from open, 0 left, 2 back to open, 0, 1"},
		{"a line arrives as asked for otherwise", func(t *testing.T, m *moveScene) {
			m.at("copied", func() { m.slots[0].do(t, stock.Commit{Target: target("alone")}) })
			m.slots[1].spoil = ofLine("alone", 2, func(c *stock.LineChange) { c.Line.Requested = 7 })
		}, "it arrives with something else asked than before"},
		{"a hold arrives that denies its past", func(t *testing.T, m *moveScene) {
			m.at("copied", func() { m.slots[0].do(t, stock.Commit{Target: target("alone")}) })
			m.slots[1].spoil = ofLine("alone", 2, func(c *stock.LineChange) { c.Prev = 1 })
		}, "the line says that record 1 changed its hold before, it was record"},
		{"lines arrive from no record", func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = on(stock.OpArrive, 0, func(e *stock.Event) { e.From.Seq = 0 })
		}, "lines arrive from no record"},
		{"an item and an order arrive as one", func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = on(stock.OpArrive, 0, func(e *stock.Event) {
				if len(e.Items) > 0 {
					e.Order = "alone"
				}
			})
		}, "what arrives is neither an item nor lines of an order"},

		// A bucket that comes back.
		{"an item does not come back", func(t *testing.T, m *moveScene) {
			m.afterwards = append(m.afterwards, func() {
				m.skip = func(c stock.Command) bool {
					a, ok := c.(stock.Arrive)
					return ok && a.Item != nil && a.Item.Key == m.soap
				}
				m.slots[1].do(t, stock.Release{Target: target("new")})
				m.move(t, m.a, 0)
			})
		}, fmt.Sprintf(`slot 0: record 15, entry 0: item "soap" at "a" of tenant "acme": bucket %d comes back without it`, a)},
		{"an item comes back as it was before it left", func(t *testing.T, m *moveScene) {
			m.afterwards = append(m.afterwards, func() {
				m.slots[0].spoil = ofItem(m.tea, 1, func(c *stock.ItemChange) { c.Version = 2 })
				m.move(t, m.a, 0)
			})
		}, "its version goes from 3 back to 2"},
		{"a hold comes back and goes on with its past here", func(t *testing.T, m *moveScene) {
			m.afterwards = append(m.afterwards, func() {
				m.slots[0].spoil = ofLine("alone", 1, func(c *stock.LineChange) { c.Prev = 2 })
				m.move(t, m.a, 0)
			})
		}, "the line says that record 2 changed its hold before, it was record 0"},
		// Keys.
		{"a key is recalled and nothing comes", func(t *testing.T, m *moveScene) {
			m.at("here", func() { m.slots[1].carry(t, stock.RecallKey{Bucket: m.a, From: stock.Origin{Seq: 1}}) })
		}, "a key is recalled and no bucket is coming"},
		{"a key is recalled from no record", func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = on(stock.OpRecallKey, 0, func(e *stock.Event) { e.From.Seq = 0 })
		}, "a key is recalled from no record"},
		{"a key is recalled and is not there", func(_ *testing.T, m *moveScene) {
			m.engines[1].key = func(r *engine.KeyRow) bool { return r.ID[15] == 0 || r.Index > 0 }
		}, "entry 0: it brings a key from another slot, and no key points to it"},
		{"a key is recalled of a bucket that does not come", func(_ *testing.T, m *moveScene) {
			m.engines[1].key = func(r *engine.KeyRow) bool {
				if r.ID[15] != 0 {
					r.Bucket = m.b
				}
				return true
			}
		}, fmt.Sprintf("brought it from another slot while its bucket %d was not coming", b)},

		// Lines that are split into home and leg.
		{"an order parts and nothing leaves", func(t *testing.T, m *moveScene) {
			m.slots[0].part(t, m.a)
		}, fmt.Sprintf("a line of buckets %d and %d parts, and neither is leaving", b, a)},
		{"a leg parts without a copy", func(_ *testing.T, m *moveScene) {
			m.slots[0].spoil = on(stock.OpPart, 0, func(e *stock.Event) { e.Lines = e.Lines[:1] })
		}, "it parts and is not one leg and one copy"},
		{"a copy says otherwise than its leg", func(_ *testing.T, m *moveScene) {
			m.slots[0].spoil = on(stock.OpPart, 0, func(e *stock.Event) { e.Lines[1].Line.Deadline++ })
		}, "its copy at the home"},
		{"a leg parts with another deadline", func(_ *testing.T, m *moveScene) {
			m.slots[0].spoil = on(stock.OpPart, 0, func(e *stock.Event) { e.Lines[0].Line.Deadline++; e.Lines[1].Line.Deadline++ })
		}, "part leaves the line as"},
		{"a copy parts in a bucket that is not the home", func(_ *testing.T, m *moveScene) {
			m.slots[0].spoil = on(stock.OpPart, 0, func(e *stock.Event) { e.Lines[1].Bucket, e.Lines[1].Prev = 3, 0 })
		}, "it parts and is of no reserve call"},
		{"a line parts that was never placed", func(_ *testing.T, m *moveScene) {
			m.slots[0].spoil = on(stock.OpPart, 0, func(e *stock.Event) { e.Order, e.Lines[0].Prev, e.Lines[1].Prev = "never", 0, 0 })
		}, "what parts is no open line of its own"},
		{"an item parts", func(_ *testing.T, m *moveScene) {
			m.slots[0].spoil = on(stock.OpPart, 0, func(e *stock.Event) { e.Call = &stock.Call{} })
		}, "what parts is not the lines of an order alone"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMoveScene(t)
			test.spoil(t, m)
			m.run(t)
			if found := m.found(t); !strings.Contains(found, test.want) {
				t.Errorf("found:\n%s\nwant:\n%s", found, test.want)
			}
		})
	}
}
