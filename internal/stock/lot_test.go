package stock

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func made(t *testing.T, attrs ...string) Lot {
	t.Helper()
	m := map[string]string{}
	for i := 0; i < len(attrs); i += 2 {
		m[attrs[i]] = attrs[i+1]
	}
	lot, err := MakeLot(m)
	if err != nil {
		t.Fatal(err)
	}
	return lot
}

func TestALotHasOneSpelling(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, value, kept string }{
		{"batch", "B7/é \"x\"", "B7/é \"x\""},
		{"batch", " B7 ", " B7 "},
		{"expires_at", "2026-12-01", "2026-12-01"},
		{"expires_at", "2026-12-01T08:00:00+02:00", "2026-12-01T06:00:00.000Z"},
		{"expires_at", "2026-12-01T06:00:00.123999Z", "2026-12-01T06:00:00.123Z"},
	} {
		if got := made(t, c.name, c.value).Value(c.name); got != c.kept {
			t.Errorf("%s %q is kept as %q, not %q", c.name, c.value, got, c.kept)
		}
	}
	dec, noon := made(t, "expires_at", "2026-12-01"), made(t, "expires_at", "2026-12-02T00:00:00Z")
	if dec.Expires() != noon.Expires() || dec == noon {
		t.Errorf("the first of December is sold until %d, not %d", dec.Expires(), noon.Expires())
	}
	if got := made(t, "expires_at", "9999-12-31").Expires(); got != lastMoment {
		t.Errorf("the last day ends at %d, not at %d", got, lastMoment)
	}
	if made(t, "batch", "B7").Expires() != 0 || made(t, "batch", "B7").Value("grade") != "" {
		t.Error("a batch says more than its number")
	}
}

func TestWhatIsNoLotIsRefused(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for n := range MaxAttributes + 1 {
		many[fmt.Sprint("a", n)] = "1"
	}
	long := map[string]string{}
	for n := range 10 {
		long[fmt.Sprint("a", n)] = strings.Repeat("v", maxAttrValue)
	}
	for name, attrs := range map[string]map[string]string{
		"no attributes": {}, "too many": many, "too long in all": long,
		"a name in capitals": {"Batch": "1"}, "an empty name": {"": "1"}, "a name too long": {strings.Repeat("n", maxAttrName+1): "1"},
		"an empty value": {"batch": ""}, "a blank value": {"batch": "  "}, "an invisible value": {"batch": "\u200b\u3000"}, "a value too long": {"batch": strings.Repeat("v", maxAttrValue+1)},
		"a control character": {"batch": "a\x00b"}, "a line break": {"batch": "a\nb"}, "no text": {"batch": "\xff"},
		"a date that is none": {"expires_at": "2026-02-30"}, "a time without a zone": {"expires_at": "2026-12-01T00:00:00"},
		"an expiry before 1970": {"expires_at": "1969-12-30"}, "an expiry beyond what can be written": {"expires_at": "9999-12-31T23:59:59-01:00"},
	} {
		lot, err := MakeLot(attrs)
		if r := (*Refusal)(nil); !errors.As(err, &r) || r.Code != Invalid || r.Field != "lot" {
			t.Errorf("%s: %q, %v", name, lot, err)
		}
	}
	for _, l := range []Lot{"batch", "\x05batch", "\x05batch\x01B\x00", "\x05grade\x01A\x05batch\x01B", "\x05batch\x01A\x05batch\x01B", "\x0aexpires_at\x142026-12-01T00:00:00Z", "\x85\x00batch\x01B"} {
		if attrs, ok := l.Attributes(); ok {
			t.Errorf("%q is read as %v", l, attrs)
		}
	}
}

func TestEveryLotReadsAsItWasMade(t *testing.T) {
	t.Parallel()
	names := rapid.StringMatching(`[a-d_]{1,3}`)
	values := rapid.StringN(1, 12, maxAttrValue).Filter(func(s string) bool { return checkAttribute("a", s) == "" && strings.ContainsFunc(s, Visible) })
	rapid.Check(t, func(t *rapid.T) {
		attrs := rapid.MapOfN(names, values, 1, 6).Draw(t, "attributes")
		lot, err := MakeLot(attrs)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		list, ok := lot.Attributes()
		for _, a := range list {
			got[a.Name] = a.Value
		}
		if !ok || !maps.Equal(got, attrs) || !slices.IsSortedFunc(list, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) }) {
			t.Fatalf("%v reads as %v", attrs, list)
		}
		part := maps.Clone(attrs)
		for name := range attrs {
			if len(part) > 1 && rapid.Bool().Draw(t, "leaves out") {
				delete(part, name)
			}
		}
		of, err := MakeLot(part)
		if err != nil || !lot.Has(of) || of.Has(lot) != (len(part) == len(attrs)) {
			t.Fatalf("%v has %v: %v", attrs, part, err)
		}
		for _, k := range lotKinds {
			own := k.whole.InLot(lot)
			if l, whole, ok := own.Lot(); l != lot || whole != k.whole || !ok || !own.Valid() || own.Physical() != k.whole.Physical() || own.Sellable() != k.whole.Sellable() {
				t.Fatalf("account %q of %q reads as %q of %q", own, lot, whole, l)
			}
		}
	})
}

// A count of a lot is as of now. Its own units are too many or too few; if held units are
// missing, they are oversold.
func TestALotIsCounted(t *testing.T) {
	t.Parallel()
	batch := made(t, "batch", "B1")
	k := inLot(item("A"), batch)
	given := []Command{Restock{Item: k, Bucket: bucket(item("A")), Qty: 5, Open: &Opening{}}, restock("A", 2), place("o", want("A", 4))}
	for _, c := range []struct{ seen, pool, oversold Qty }{{5, 3, 0}, {7, 5, 0}, {2, 0, 0}, {1, 0, 1}} {
		book := newShelf()
		for _, cmd := range given {
			if _, err := book.do(cmd, start); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := book.do(Observe{Item: k, Bucket: bucket(item("A")), Seen: c.seen, Reckoned: true}, start); err != nil {
			t.Fatal(err)
		}
		it := book.Item(item("A"))
		if it.Of(Shared.InLot(batch)) != c.pool || it.Of(Oversold) != -c.oversold || it.Of(Held) != 4 || it.Seen.AsOf != 0 {
			t.Errorf("%d seen: %+v", c.seen, it)
		}
	}
}

// The comment of each command says what it may name of lots. The rest is refused, and so is
// what an item with lots cannot have.
func TestLotsAreRefusedWhereTheyMeanNothing(t *testing.T) {
	t.Parallel()
	batch := made(t, "batch", "B1")
	k, b := inLot(item("A"), batch), bucket(item("A"))
	one := Qty(1)
	lots := []Command{Restock{Item: k, Bucket: b, Qty: 5, Open: &Opening{}}}
	promises := SetPromises{Item: item("A"), Bucket: b, Backorder: &SaleSetting{Bound: 3}, Open: &Opening{}}
	named := want("A", 1)
	named.Item = k
	chosen := want("A", 1)
	chosen.Lot = batch
	wrong := want("A", 1)
	wrong.Lot = "batch"
	// Four of the lot, and two of none, are held.
	held := append(lots, restock("A", 2), place("o", want("A", 6)))
	part := Target{Order: OrderKey{"t", "o"}, Item: k}
	more, other, noLot := part, part, part
	more.Qty, more.Keyed = 5, true
	other.Item, other.Keyed = inLot(item("A"), made(t, "batch", "B2")), true
	noLot.Item.Lot = "batch"
	for _, c := range []struct {
		name  string
		given []Command
		when  Command
		code  Code
		field string
	}{
		{"quotas of an item with lots", lots, setQuotas("A", LowerRefuse, quota("app", 1)), InvalidState, ""},
		{"units moved into a quota of an item with lots", append(lots, restock("A", 2)), allot("A", "app", 1), InvalidState, ""},
		{"selling ahead of an item with lots", lots, promises, InvalidState, ""},
		{"lots of an item with quotas", []Command{open("A", 5), setQuotas("A", LowerRefuse, quota("app", 1))}, lots[0], InvalidState, ""},
		{"lots of an item that is sold ahead", []Command{open("A", 5), promises}, lots[0], InvalidState, ""},
		{"a lot moved into a quota", lots, Move{From: Spot{k, b, Shared}, To: Spot{k, b, Quota("app")}, Qty: 1}, Invalid, "to"},
		{"a lot moved on its way", lots, Move{From: Spot{k, b, Shared}, To: Spot{k, b, Transit("T-1")}, Qty: 1}, Invalid, "to"},
		{"an account of a lot by its own name", lots, Move{From: Spot{item("A"), b, Shared.InLot(batch)}, To: Spot{item("A"), b, Shared}, Qty: 1}, Invalid, "from"},
		{"units moved into a lot that was recalled", append(lots, Recall{Item: k, Bucket: b}), Move{From: Spot{k, b, Withheld}, To: Spot{k, b, Shared}, Qty: 1}, InvalidState, ""},
		{"more of a lot than there is", lots, Move{From: Spot{k, b, Shared}, To: Spot{k, b, Damaged}, Qty: 6}, Insufficient, ""},
		{"a lot returned into a quota", lots, Return{Item: k, Bucket: b, Qty: 1, To: Quota("app")}, Invalid, "to"},
		{"a count of the item that misses units of its lots", lots, Observe{Item: item("A"), Bucket: b, Seen: 4, Booked: 5, AsOf: start}, InvalidState, ""},
		{"a count of a lot at another time", lots, Observe{Item: k, Bucket: b, Seen: 4, Booked: 5, AsOf: start}, Invalid, "as_of"},
		{"a threshold of a lot", lots, SetThreshold{Item: k, Bucket: b, Threshold: 1}, Invalid, "lot"},
		{"a quota of a lot", lots, SetQuotas{Item: k, Bucket: b, Set: []QuotaSetting{{Channel: "app", Quota: &one}}}, Invalid, "lot"},
		{"an item opened with a lot", nil, OpenItem{Item: k, Bucket: b, Tracked: true}, Invalid, "lot"},
		{"a deadline of a lot", held, Commit{Target: part}, Invalid, "lot"},
		{"a longer one", held, Extend{Target: part, TTL: minute}, Invalid, "lot"},
		{"a line of what is no lot", held, Release{Target: noLot}, Invalid, "lot"},
		{"a lot of all lines", held, Release{Target: Target{Order: part.Order, Item: ItemKey{Lot: k.Lot}}}, Invalid, "location_id"},
		{"more of a lot than a line has", held, Release{Target: more}, InvalidState, "lot"},
		{"a lot that a line has nothing of", held, Confirm{Target: other}, InvalidState, "lot"},
		{"a part that could not be told from its repeat", held, Confirm{Target: part}, Invalid, "quantity"},
		{"a place that names the lot as its item", lots, place("o", named), Invalid, "lot"},
		{"a place of a lot that is none", lots, place("o", wrong), Invalid, "lot"},
		{"two choices of lots of one item", lots, place("o", chosen, want("A", 1)), Invalid, "lot"},
		{"a recall without a lot", lots, Recall{Item: item("A"), Bucket: b}, Invalid, "lot"},
		{"a recall at a place nobody opened", nil, Recall{Item: k, Bucket: b}, NotFound, "item"},
		{"a policy nobody knows", lots, SetLotPolicy{Item: item("A"), Bucket: b, Policy: LotPolicy{Draw: 9}}, Invalid, "draw"},
		{"a lead of more than ten years", lots, SetLotPolicy{Item: item("A"), Bucket: b, Policy: LotPolicy{LeadDays: MaxLeadDays + 1}}, Invalid, "lead_days"},
		{"a transfer of a lot out of a quota", lots, Shift{Bucket: b, Lines: []ShiftLine{{Item: k, Postings: []Posting{{Quota("app"), Adjustment, 1}}, Mark: Transit("T-1")}}}, Invalid, "lines"},
		{"a transfer of a lot with units of no lot, of which there are none", lots, Shift{Bucket: b, Lines: []ShiftLine{
			{Item: k, Postings: []Posting{{Shared, Adjustment, 1}}, Mark: Transit("T-1")},
			{Item: item("A"), Postings: []Posting{{Shared, Adjustment, 1}}, Mark: Transit("T-1")},
		}}, Insufficient, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShelf()
			for _, cmd := range c.given {
				if _, err := s.do(cmd, start); err != nil {
					t.Fatal(err)
				}
			}
			before := s.clone()
			_, err := s.do(c.when, start+second)
			r := (*Refusal)(nil)
			if !errors.As(err, &r) || r.Code != c.code || r.Field != c.field {
				t.Fatalf("got %v", err)
			}
			if !same(before, s) {
				t.Error("it changed something")
			}
		})
	}
}

func TestAnItemHasSoManyLotsAndNoMore(t *testing.T) {
	t.Parallel()
	s, k, b := newShelf(), item("A"), bucket(item("A"))
	for n := range MaxLots {
		if _, err := s.do(Restock{Item: inLot(k, made(t, "batch", fmt.Sprint(n))), Bucket: b, Qty: 1, Open: &Opening{}}, start+Time(n)); err != nil {
			t.Fatal(err)
		}
	}
	more := Restock{Item: inLot(k, made(t, "batch", "more")), Bucket: b, Qty: 1}
	if _, err := s.do(more, start+minute); err == nil {
		t.Fatal("another lot was taken")
	}
	if _, err := s.do(place("o", want("A", 1)), start+minute); err != nil { // drawn from the first that was received
		t.Fatal(err)
	}
	if _, err := s.do(Confirm{Target: whole("o")}, start+minute); err != nil {
		t.Fatal(err)
	}
	if _, err := s.do(more, start+minute); err != nil {
		t.Fatalf("the first lot is gone, and another is refused: %v", err)
	}
	it := s.Item(k)
	if it.LotRecord(made(t, "batch", "0")) != nil || len(it.Lots) != MaxLots {
		t.Errorf("it keeps %d lots", len(it.Lots))
	}
	if err := it.Sound(); err != nil {
		t.Error(err)
	}
	if row := AppendItem(nil, it); len(row) > 100_000 {
		t.Errorf("its row takes %d bytes", len(row))
	}
}

// Records of quotas that are over, and say nothing, do not keep an item from being kept in
// lots.
func TestLotsComeAfterQuotasAreOver(t *testing.T) {
	t.Parallel()
	s, b := newShelf(), bucket(item("A"))
	lots := Restock{Item: inLot(item("A"), made(t, "batch", "B1")), Bucket: b, Qty: 5}
	over := Rule{Channel: "app", Ends: start + second, LendsAll: true}
	for _, cmd := range []Command{open("A", 5), setQuotas("A", LowerRefuse, campaign(2, over), quota("web", 1))} {
		if _, err := s.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	for _, cmd := range []Command{lapse("A"), setQuotas("A", LowerRefuse, quota("web", 0)), lots} {
		if _, err := s.do(cmd, start+minute); err != nil {
			t.Fatal(err)
		}
	}
	if it := s.Item(item("A")); len(it.Channels)+len(it.Rules) != 0 || it.Figures().Available != 10 {
		t.Errorf("%+v", it)
	}
}

func TestARecallHoldsForWhatComesLater(t *testing.T) {
	t.Parallel()
	s, b := newShelf(), bucket(item("A"))
	k := inLot(item("A"), made(t, "batch", "B1"))
	pool, aside := Shared.InLot(k.LotOf()), Withheld.InLot(k.LotOf())
	do := func(cmd Command, want Qty, sold Qty) {
		t.Helper()
		if _, err := s.do(cmd, start); err != nil {
			t.Fatal(err)
		}
		if it := s.Item(item("A")); it.Of(pool) != sold || it.Of(aside) != want {
			t.Errorf("after %s %d are withheld and %d for sale, not %d and %d", cmd.Op(), it.Of(aside), it.Of(pool), want, sold)
		}
	}
	do(open("A", 0), 0, 0)
	do(Recall{Item: k, Bucket: b}, 0, 0)
	do(Restock{Item: k, Bucket: b, Qty: 5}, 5, 0)
	do(Return{Item: k, Bucket: b, Qty: 1}, 6, 0)
	do(Recall{Item: k, Bucket: b}, 6, 0)
	do(Recall{Item: k, Bucket: b, Lift: true}, 0, 6)
	do(place("o", want("A", 2)), 0, 4)
	do(Recall{Item: k, Bucket: b}, 4, 0)
	do(Release{Target: whole("o").n(0)}, 6, 0)
	do(Move{From: Spot{k, b, Withheld}, To: Spot{k, b, Adjustment}, Qty: 6}, 0, 0)
	if r := s.Item(item("A")).LotRecord(k.LotOf()); r == nil || !r.Recalled {
		t.Errorf("the recall is over with its units: %+v", r)
	}
	do(Recall{Item: k, Bucket: b, Lift: true}, 0, 0)
	if r := s.Item(item("A")).LotRecord(k.LotOf()); r != nil {
		t.Errorf("nothing is left of it, and %+v", r)
	}
}

func TestAHoldOfALotThatExpiredMayBeDeducted(t *testing.T) {
	t.Parallel()
	s, b := newShelf(), bucket(item("A"))
	k := inLot(item("A"), historyLots[2])
	for _, step := range []struct {
		at  Time
		cmd Command
	}{
		{start, Restock{Item: k, Bucket: b, Qty: 5, Open: &Opening{}}},
		{start, place("o", want("A", 3)).forTTL(10 * minute)},
		{start + 2*minute, lapse("A")},
		{start + 2*minute, Confirm{Target: Target{Order: OrderKey{"t", "o"}, Item: item("A"), Qty: 2, Keyed: true}}},
		{start + 2*minute, Release{Target: whole("o")}},
	} {
		if _, err := s.do(step.cmd, step.at); err != nil {
			t.Fatal(err)
		}
	}
	if it := s.Item(item("A")); it.Of(Withheld.InLot(k.LotOf())) != 3 || it.Of(Customer) != 2 || it.Figures().Available != 0 {
		t.Errorf("%+v", it.Balances)
	}
}
