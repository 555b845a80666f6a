package stock

import (
	"slices"
	"testing"
)

func TestARecordNamesItsHandoversAlone(t *testing.T) {
	t.Parallel()
	b := NewRecordBuilder()
	b.Reset(RecordHeader{Seq: 9, At: 1_700_000_000_000})
	item := ItemChange{Key: ItemKey{Tenant: "a", Location: "l", Product: "p"}, Changed: true}
	for _, e := range []Event{
		{Op: OpRestock, Tenant: "a", Items: []ItemChange{item}},
		{Op: OpRecallKey, From: &Origin{Slot: 1, Seq: 7}},
		{Op: OpHandover, Handover: &Handover{Bucket: 3, Stage: Here, Slot: 1, Seq: 7}},
		{Op: OpArrive, Tenant: "a", From: &Origin{Slot: 1, Seq: 7}, Items: []ItemChange{item}},
		{Op: OpHandover, Handover: &Handover{Bucket: 4, Stage: Left, Slot: 2}},
	} {
		if _, err := b.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	body, _, _ := b.Finish([16]byte{})
	r, err := ParseRecord(body)
	if err != nil {
		t.Fatal(err)
	}
	var got []Bucket
	if err := r.Handovers(func(h *Handover) { got = append(got, h.Bucket) }); err != nil || !slices.Equal(got, []Bucket{3, 4}) {
		t.Errorf("%v, %v", got, err)
	}
	touched := 0
	if err := r.Touched(func(ItemKey) { touched++ }); err != nil || touched != 1 {
		t.Errorf("%d items are touched, %v; what arrives has no history here", touched, err)
	}
}
