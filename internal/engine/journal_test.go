package engine_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

func item(product string) stock.ItemKey {
	return stock.ItemKey{Tenant: "acme", Location: "berlin", Product: product}
}

// For all rows, wherever they were cut into runs, reading the runs gives the
// rows back.
func TestRunsSayWhatTheRowsSaid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var stored []engine.JournalRun
		want := map[stock.ItemKey][]engine.Seq{}
		from := engine.Seq(rapid.Uint64Range(0, 1<<40).Draw(rt, "from"))
		for range rapid.IntRange(1, 5).Draw(rt, "batches") {
			to := from
			var rows []engine.JournalRow
			for _, product := range []string{"a", "b", "c"} {
				seq := from
				for range rapid.IntRange(0, 600).Draw(rt, product) {
					seq += engine.Seq(rapid.Uint64Range(1, 300).Draw(rt, "step"))
					rows = append(rows, engine.JournalRow{Item: item(product), Seq: seq})
					want[item(product)] = append(want[item(product)], seq)
				}
				to = max(to, seq)
			}
			runs, err := engine.JournalRuns(from, to, rows)
			if err != nil {
				rt.Fatal(err)
			}
			stored = append(stored, runs...)
			from = to
		}
		for _, product := range []string{"a", "b", "c"} {
			seqs := want[item(product)]
			before := engine.Seq(1 << 62)
			if len(seqs) > 0 && rapid.Bool().Draw(rt, "inside") {
				before = rapid.SampledFrom(seqs).Draw(rt, "before")
			}
			limit := rapid.IntRange(0, 700).Draw(rt, "limit")
			end, _ := slices.BinarySearch(seqs, before)
			wanted := slices.Clone(seqs[max(0, end-limit):end])
			slices.Reverse(wanted)
			got, err := engine.ReadJournal(before, limit, func(before engine.Seq, limit int) (page []engine.JournalRun, err error) {
				for _, r := range slices.Backward(stored) {
					if r.Item == item(product) && r.First < before && len(page) < limit {
						page = append(page, r)
					}
				}
				return page, nil
			})
			if err != nil || !slices.Equal(got, wanted) {
				rt.Fatalf("%d before %d: %v, %v; want %v", limit, before, got, err, wanted)
			}
		}
	})
}

func TestJournalRowsThatAreNotInOrderAreRefused(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string][]engine.JournalRow{
		"a record that the cursor has passed":     {{Item: item("a"), Seq: 10}},
		"a record that the cursor will not reach": {{Item: item("a"), Seq: 21}},
		"a record twice":                          {{Item: item("a"), Seq: 12}, {Item: item("a"), Seq: 12}},
		"records of an item backwards":            {{Item: item("a"), Seq: 13}, {Item: item("a"), Seq: 12}},
		"items backwards":                         {{Item: item("b"), Seq: 12}, {Item: item("a"), Seq: 13}},
	} {
		if runs, err := engine.JournalRuns(10, 20, rows); err == nil {
			t.Errorf("%s: %v", name, runs)
		}
	}
}

func TestARunThatIsDamagedIsAnError(t *testing.T) {
	t.Parallel()
	for name, more := range map[string][]byte{
		"a distance cut off":    {0x80},
		"a distance of nothing": {1, 0},
		"a distance too far":    {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	} {
		r := engine.JournalRun{Item: item("a"), First: 1 << 61, More: more}
		if seqs, err := r.Seqs(nil); err == nil {
			t.Errorf("%s: %v", name, seqs)
		}
	}
}
