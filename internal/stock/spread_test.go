package stock

import (
	"errors"
	"testing"
)

// spreadItem is an item whose product's bucket is not its location's.
var spreadItem = ItemKey{Tenant: "acme", Location: "default", Product: "tea-green-50"}

func TestARowSaysHowALocationIsPlaced(t *testing.T) {
	t.Parallel()
	own, share := BucketOf("acme", "default"), SpreadBucketOf("acme", "default", "tea-green-50")
	rows := map[Bucket]*Handover{own: {Bucket: own, Epoch: 4}}
	take := func(p Placement, buckets ...Bucket) {
		p.Tenant, p.Location = "acme", "default"
		c := Spread{Placement: p}
		for _, b := range buckets {
			c.Buckets.Put(b)
		}
		for _, r := range c.Rows(func(b Bucket) *Handover { return rows[b] }) {
			rows[r.Bucket] = r
		}
	}
	if p := rows[own].Placement("acme", "default"); p != nil {
		t.Errorf("a row that was told nothing says %+v", p)
	}
	take(Placement{Seal: Sealed, Spread: true, At: 7}, own, share)
	take(Placement{Seal: Following, Spread: true, At: 8}, own)
	for b, want := range map[Bucket]Seal{own: Following, share: Sealed} {
		p := rows[b].Placement("acme", "default")
		if p == nil || p.Seal != want || p.Bucket("tea-green-50") != share {
			t.Errorf("the row of bucket %d says %+v, want %s", b, p, want)
		}
	}
	take(Placement{Seal: Unsealed, At: 9}, own, share)
	if p := rows[share].Placement("acme", "default"); p == nil || p.At != 9 || p.Bucket("tea-green-50") != own {
		t.Errorf("the row says %+v, want the location's own bucket", p)
	}
	if rows[own].Epoch != 4 || rows[share].Placement("acme", "store-1") != nil {
		t.Error("more than the location's placement has changed")
	}
	for b, row := range rows {
		back, err := DecodeHandover(AppendHandover(nil, row))
		if err != nil || *back != *row {
			t.Fatalf("row of bucket %d: %v", b, err)
		}
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
			for range 2 { // an event may be applied again
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
