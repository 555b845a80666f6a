package stock

import (
	"errors"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWhatIsReadOfARecordEqualsItsEvents(t *testing.T) {
	t.Parallel()
	const at Time = 1_700_000_000_000
	lot, err := MakeLot(map[string]string{"batch": "b7"})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		b := NewRecordBuilder()
		b.Reset(RecordHeader{Seq: 9, At: at})
		for range rapid.IntRange(1, 6).Draw(rt, "events") {
			tenant := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "tenant")
			e := Event{Op: rapid.SampledFrom([]Op{OpRestock, OpPlace, OpArrive, OpPart}).Draw(rt, "op"), Tenant: tenant, Note: Note{Reason: rapid.SampledFrom([]string{"", "r"}).Draw(rt, "reason")}}
			e.Order = rapid.SampledFrom([]string{"", "o-1"}).Draw(rt, "order")
			e.Channel = rapid.SampledFrom([]string{"", "web"}).Draw(rt, "channel")
			if e.Op == OpArrive {
				e.From = &Origin{Slot: 1, Seq: 7}
			}
			for range rapid.IntRange(0, 3).Draw(rt, "items") {
				key := ItemKey{Tenant: tenant, Location: "l", Product: rapid.SampledFrom([]string{"p", "q"}).Draw(rt, "product")}
				key.Lot = rapid.SampledFrom([]string{"", "lot"}).Draw(rt, "lot")
				var lots []LotRecord
				if since := rapid.SampledFrom([]Time{0, at, at - 5}).Draw(rt, "lot since"); since != 0 {
					lots = []LotRecord{newLotRecord(lot, since)} // the first units may have come at the record's time
				}
				e.Items = append(e.Items, ItemChange{
					Key: key, Changed: rapid.Bool().Draw(rt, "changed"), Off: []string{"till"}, Threshold: 3,
					Postings: []Posting{{Supplier, Quota("web"), 2}}, Touched: []Balance{{Supplier, -2}, {Quota("web"), 2}}, Lots: lots,
				})
			}
			if rapid.Bool().Draw(rt, "has a line") {
				e.Lines = []LineChange{{Line: Line{Item: ItemKey{Tenant: tenant, Location: "l", Product: "p"}, End: EndReleased}}}
			}
			if _, err := b.Add(&e); err != nil {
				rt.Fatal(err)
			}
		}
		body, _, _ := b.Finish([16]byte{})
		r, err := ParseRecord(body)
		if err != nil {
			rt.Fatal(err)
		}
		var want, got []ItemKey
		ops := map[Op]bool{}
		err = r.Events(func(_ int, e *Event) error {
			ops[e.Op] = true
			for i := range e.Items {
				if e.Touches(i) {
					want = append(want, e.Items[i].Key)
				}
			}
			return nil
		})
		if err := errors.Join(err, r.Touched(func(k ItemKey) { got = append(got, k) })); err != nil {
			rt.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			rt.Fatalf("touched (-want +got):\n%s", diff)
		}
		for _, op := range []Op{OpRestock, OpPlace, OpArrive, OpPart, OpReturn} {
			if has, err := r.Has(OpObserve, op); err != nil || has != ops[op] {
				rt.Fatalf("has %v: %v, %v", op, has, err)
			}
		}
	})
}
