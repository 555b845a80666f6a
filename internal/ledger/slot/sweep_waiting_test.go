package slot

import (
	"slices"
	"testing"

	mem "holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// While a bucket is coming, its waiting orders are known and its items are not
// shown: the sweep could only try again and again. (Seed 228 of the simulation.)
func TestTheSweepLeavesWhoWaitInABucketThatComes(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), 0, mem.New(), Defaults())
	if err != nil {
		t.Fatal(err)
	}
	var comes, stays stock.Bucket = 7, 8
	for b, product := range map[stock.Bucket]string{comes: "coming", stays: "here"} {
		item := stock.ItemKey{Tenant: "t", Location: "l", Product: product}
		s.m.waits.note("o", b, &stock.Line{Item: item, Requested: 3, Drawn: []stock.Balance{{Account: stock.Presale, Qty: 3}}})
		s.m.waits.behind[item] = 0
	}
	for _, tc := range []struct {
		stage stock.Stage
		want  []string
	}{
		{stock.Coming, []string{"here"}},
		{stock.Here, []string{"coming", "here"}},
	} {
		s.m.step(&stock.Handover{Bucket: comes, Stage: tc.stage, Slot: 1, Seq: 1})
		var got []string
		for _, f := range (&sweeper{s}).listSetAside(0) {
			got = append(got, f.Item.Product)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("at stage %d the sweep looks at %q, want %q", tc.stage, got, tc.want)
		}
	}
}
