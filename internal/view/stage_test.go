package view

import (
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

func TestWhereABucketLives(t *testing.T) {
	t.Parallel()
	// says is a slot's stage of the bucket since a record.
	says := func(seq engine.Seq, s stock.Stage, slot uint16, from uint64) map[stock.Bucket]stage {
		return map[stock.Bucket]stage{7: {seq, &stock.Handover{Bucket: 7, Stage: s, Slot: slot, Seq: from}}}
	}
	for _, test := range []struct {
		name string
		of   []map[stock.Bucket]stage
		want uint16
	}{
		{"one that never moved lives where its rows are", make([]map[stock.Bucket]stage, 3), anywhere},
		{"who prepares to leave is still there", []map[stock.Bucket]stage{nil, says(5, stock.Leaving, 2, 0), nil}, 1},
		{"also while it is copied", []map[stock.Bucket]stage{nil, says(5, stock.Leaving, 2, 0), says(9, stock.Coming, 1, 0)}, 1},
		{"when the old slot does not know yet, too", []map[stock.Bucket]stage{nil, nil, says(9, stock.Coming, 1, 0)}, 1},
		{"sealed and not yet open: the old rows are the last word", []map[stock.Bucket]stage{nil, says(8, stock.Left, 2, 0), says(9, stock.Coming, 1, 0)}, 1},
		{"when the new slot does not know of it, too", []map[stock.Bucket]stage{nil, says(8, stock.Left, 2, 0), nil}, 1},
		{"opened", []map[stock.Bucket]stage{nil, says(8, stock.Left, 2, 0), says(12, stock.Here, 1, 8)}, 2},
		{"opened, and the old slot is behind", []map[stock.Bucket]stage{nil, says(5, stock.Leaving, 2, 0), says(12, stock.Here, 1, 8)}, 2},
		{"or knows nothing at all", []map[stock.Bucket]stage{nil, nil, says(12, stock.Here, 1, 8)}, 2},
		{"on to a third", []map[stock.Bucket]stage{says(30, stock.Here, 2, 20), says(8, stock.Left, 2, 0), says(20, stock.Left, 0, 0)}, 0},
		{"between the second and the third", []map[stock.Bucket]stage{says(30, stock.Coming, 2, 0), says(8, stock.Left, 2, 0), says(20, stock.Left, 0, 0)}, 2},
		{"it came back, and the other is behind", []map[stock.Bucket]stage{nil, says(40, stock.Here, 2, 33), says(12, stock.Here, 1, 8)}, 1},
		{"it came back and prepares to leave, and the other is behind", []map[stock.Bucket]stage{says(12, stock.Here, 1, 8), says(40, stock.Here, 0, 33), says(50, stock.Coming, 1, 0)}, 1},
		{"a move that was given up", []map[stock.Bucket]stage{nil, says(9, stock.Here, 2, 0), says(6, stock.Coming, 1, 0)}, 1},
	} {
		s := newStages(test.of)
		for slot := range test.of {
			if shown := s.shows(slot, 7); shown != (test.want == anywhere || int(test.want) == slot) {
				t.Errorf("%s: slot %d shows it: %t", test.name, slot, shown)
			}
		}
	}
}

const anywhere = 99
