package stock

import (
	"errors"
	"testing"
)

// spreadItem is an item whose product's bucket is not its location's.
var spreadItem = ItemKey{Tenant: "acme", Location: "default", Product: "tea-green-50"}

func TestARowSaysWhereTheItemsOfALocationLie(t *testing.T) {
	t.Parallel()
	own, share := BucketOf("acme", "default"), SpreadBucketOf("acme", "default", "tea-green-50")
	rows := map[Bucket]*Handover{own: {Bucket: own, Epoch: 4}}
	last := func(b Bucket) *Handover { return rows[b] }
	take := func(c Spread) {
		c.Tenant, c.Location = "acme", "default"
		for _, r := range c.Rows(last) {
			rows[r.Bucket] = r
		}
	}
	says := func(place Bucket, known bool) {
		t.Helper()
		if b, ok := rows[own].Place(spreadItem); ok != known || b != place {
			t.Errorf("the row says %d, %t; want %d, %t", b, ok, place, known)
		}
		if known && (rows[own].Lacks(spreadItem) != (place == share) || rows[share].Lacks(spreadItem) != (place == own)) {
			t.Errorf("in bucket %d, and lacking in both or none", place)
		}
	}
	says(0, false)
	on := Spread{On: true, Turn: 1, At: 7}
	on.Shares.Put(share, true)
	take(on)
	says(share, true)
	if !rows[own].Spreads.Pending() || rows[share].Spreads.Pending() || rows[own].Epoch != 4 {
		t.Error("the location's own row is to be pending, and else as it was")
	}
	take(Spread{Done: true, Turn: 1})
	if rows[own].Spreads.Pending() {
		t.Error("it is done and pending")
	}
	off := Spread{Turn: 2, At: 9, Shares: AllShares()}
	take(off)
	says(own, true)
	if at, ok := rows[share].Since(spreadItem); !ok || at != 9 {
		t.Errorf("since %d, %t", at, ok)
	}
	if rows[share].Lacks(ItemKey{Tenant: "acme", Location: "store-1", Product: "tea-green-50"}) {
		t.Error("a row lacks what it never had to do with")
	}
	for b, row := range rows {
		back, err := DecodeHandover(AppendHandover(nil, row))
		if err != nil || *back != *row {
			t.Fatalf("row of bucket %d: %v", b, err)
		}
	}
}

func TestWhatWasOpenedAsSpreadIsAllElsewhereAtFirst(t *testing.T) {
	t.Parallel()
	off := Spread{Tenant: "acme", Location: "default", Turn: 1}
	off.Shares.Put(5, true)
	rows := off.Rows(func(Bucket) *Handover { return nil })
	if b, ok := rows[0].Place(spreadItem); !ok || b != SpreadBucketOf("acme", "default", "tea-green-50") {
		t.Errorf("a share that was not told to come lies in bucket %d, %t", b, ok)
	}
}

func TestLinesGoWhereTheirItemsAre(t *testing.T) {
	t.Parallel()
	order := OrderKey{"acme", "o"}
	call := Call{HomeBucket: 7, HomeLocation: "default", HomeProduct: "tea-green-50"}
	leg := &Leg{Key: [16]byte{1}}
	line := Line{Item: spreadItem, Requested: 2, Drawn: []Balance{{Shared, 2}}, CreatedAt: 1, UpdatedAt: 1}
	withLeg := func(l Line, leg *Leg) Line { l.Leg = leg; return l }
	counts := func(l Line) Line { l.Tallied = true; return l }
	released := func(l Line) Line { l.Drawn, l.Released, l.End = nil, 2, EndReleased; return l }
	hold := func(b Bucket, lines ...Line) *Hold {
		return &Hold{Key: HoldKey{order, b}, Calls: []Call{call}, Lines: lines}
	}
	for _, c := range []struct {
		name     string
		from, to *Hold
		comes    *Line
		err      error
	}{
		{"an open line", hold(7, line), nil, &line, nil},
		{"an ended line", hold(7, released(line)), nil, new(released(line)), nil},
		{"a leg joins its home", hold(7, withLeg(line, leg)), hold(9, withLeg(line, &Leg{Copy: true, Key: leg.Key})), &line, nil},
		{"a leg that counts for its channel joins its home", hold(7, counts(withLeg(line, leg))), hold(9, withLeg(line, &Leg{Copy: true, Key: leg.Key})), new(counts(line)), nil},
		{"a leg that is behind its home", hold(7, withLeg(line, leg)), hold(9, withLeg(released(line), &Leg{Copy: true, Key: leg.Key})), nil, ErrUnsettled},
		{"a leg that counts as never placed", hold(7, withLeg(released(line), &Leg{Undone: true})), nil, nil, nil},
		{"a second line of an item", hold(7, line), hold(9, line), nil, errTwice},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newShelf()
			b.items[spreadItem] = &Item{Key: spreadItem, Bucket: 9}
			b.holds[order] = []*Hold{c.from}
			if c.to != nil {
				b.holds[order] = append(b.holds[order], c.to)
			}
			e, err := Decide(b, Rehouse{Order: order, From: 7}, 5)
			if !errors.Is(err, c.err) {
				t.Fatal(err)
			}
			if err != nil {
				return
			}
			for range 2 { // what was applied may be applied again
				Apply(b, &e)
			}
			if left := b.EditHold(HoldKey{order, 7}); len(left.Lines) != 0 || (c.comes != nil) != (len(left.Calls[0].Legs) == 1) {
				t.Errorf("left behind: %+v", left)
			}
			came := b.EditHold(HoldKey{order, 9}).Find(spreadItem)
			if (c.comes == nil) != (came == nil) || came != nil && !came.Equal(c.comes) {
				t.Errorf("came: %+v, want %+v", came, c.comes)
			}
		})
	}
}

func TestAShiftGoesWhereAllOfItsItemsLie(t *testing.T) {
	t.Parallel()
	a, b := ItemKey{Tenant: "acme", Location: "store-1", Product: "a"}, ItemKey{Tenant: "acme", Location: "store-1", Product: "b"}
	for _, c := range []struct {
		name string
		lie  map[ItemKey]Bucket
		want Bucket
	}{
		{"where it says", map[ItemKey]Bucket{a: 3, b: 3}, 3},
		{"both in another", map[ItemKey]Bucket{a: 9, b: 9}, 9},
		{"in two", map[ItemKey]Bucket{a: 9, b: 3}, 3},
		{"in two others", map[ItemKey]Bucket{a: 9, b: 8}, 3},
	} {
		cmd := Rebucket(Shift{Bucket: 3, Lines: []ShiftLine{{Item: a}, {Item: b}}}, func(k ItemKey, _ Bucket) Bucket { return c.lie[k] })
		if got := cmd.(Shift).Bucket; got != c.want {
			t.Errorf("%s: it is for bucket %d, want %d", c.name, got, c.want)
		}
	}
}
