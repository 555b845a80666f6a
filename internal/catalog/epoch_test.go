package catalog

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

func TestARecordIsOfTheEpochThatItWasWrittenIn(t *testing.T) {
	t.Parallel()
	h := History(nil).begin(Epoch{ID: 7, From: 10}).begin(Epoch{ID: 8, From: 20})
	for _, test := range []struct {
		name string
		of   History
		seq  uint64
		want uint32
	}{
		{"books that were never restored have one", nil, 1_000, 0},
		{"the beginning of the log is of all", h, 0, 0},
		{"the last record that a restore has left", h, 10, 0},
		{"the first behind it", h, 11, 7},
		{"the last before the second restore", h, 20, 7},
		{"what is written since", h, 21, 8},
	} {
		if got := test.of.Of(test.seq); got != test.want {
			t.Errorf("%s: epoch %d, want %d", test.name, got, test.want)
		}
	}
	for _, test := range []struct {
		name  string
		id    uint32
		seq   uint64
		ended bool
	}{
		{"the first ends where the second begins", 0, 10, true},
		{"so does the next", 7, 20, true},
		{"the newest has no end", 8, 0, false},
		{"one that was lost as a whole ends where the newest begins", 9, 20, true},
	} {
		if seq, ended := h.End(test.id); seq != test.seq || ended != test.ended {
			t.Errorf("%s: %d, %v", test.name, seq, ended)
		}
	}
	if got := h.begin(Epoch{ID: 9, From: 10}); !slices.Equal(got, History{{ID: 9, From: 10}}) {
		t.Errorf("put back to before both: %v", got)
	}
	if got := h.begin(Epoch{ID: 9, From: 15}); !slices.Equal(got, History{{ID: 7, From: 10}, {ID: 9, From: 15}}) || len(h) != 2 {
		t.Errorf("put back into the first: %v", got)
	}
}

func TestEpochsAreStoredAndFollowed(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		mine, theirs := open(t, dsn), open(t, dsn)
		if h, err := mine.Epochs.FreshHistory(t.Context(), 0); h != nil || err != nil {
			t.Fatalf("before a restore: %v, %v", h, err)
		}
		last := [32]byte{1}
		first, err := mine.Epochs.BeginEpoch(t.Context(), []SlotHead{{Slot: 0, Seq: 12, Hash: last}, {Slot: 3, Seq: 0}})
		if err != nil || first == 0 {
			t.Fatalf("epoch %d, %v", first, err)
		}
		if h := mine.Epochs.History(0); !slices.Equal(h, History{{ID: first, From: 12}}) {
			t.Errorf("who began it knows %v", h)
		}
		if h, err := theirs.Epochs.FreshHistory(t.Context(), 3); err != nil || !slices.Equal(h, History{{ID: first, From: 0}}) {
			t.Errorf("another process knows %v, %v", h, err)
		}
		if h := theirs.Epochs.History(1); h != nil {
			t.Errorf("a slot that was not restored has %v", h)
		}
		second, err := theirs.Epochs.BeginEpoch(t.Context(), []SlotHead{{Slot: 0, Seq: 30, Hash: last}})
		if err != nil || second == first {
			t.Fatalf("epoch %d behind %d, %v", second, first, err)
		}
		want := History{{ID: first, From: 12}, {ID: second, From: 30}}
		if h, err := mine.Epochs.FreshHistory(t.Context(), 0); err != nil || !slices.Equal(h, want) {
			t.Errorf("%v, %v; want %v", h, err, want)
		}
		if h := open(t, dsn).Epochs.History(0); !slices.Equal(h, want) {
			t.Errorf("a process that begins knows %v", h)
		}
		mustVerify(t, mine)
		do(t, mine, `UPDATE {epoch} SET body = '{"slot":0,"epochs":[]}' WHERE id = '0'`)
		if v, err := mine.VerifyLog(t.Context()); err != nil || v.OK() {
			t.Errorf("epochs that were changed are not found: %v", err)
		}
	})
}

func TestTheNewestHeadThatWasSeenIsKept(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		a, b := [32]byte{1}, [32]byte{2}
		mustBe := func(when string, want ...SlotHead) {
			t.Helper()
			if got, err := c.Epochs.Heads(t.Context()); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %v, %v; want %v", when, got, err, want)
			}
		}
		note := func(heads ...SlotHead) {
			t.Helper()
			if err := c.Epochs.NoteHeads(t.Context(), heads); err != nil {
				t.Fatal(err)
			}
		}
		mustBe("at first")
		note(SlotHead{0, 5, a}, SlotHead{2, 9, a})
		mustBe("noted", SlotHead{0, 5, a}, SlotHead{2, 9, a})
		note(SlotHead{2, 8, b}, SlotHead{0, 6, b})
		mustBe("an older one does not count", SlotHead{0, 6, b}, SlotHead{2, 9, a})
		if _, err := c.Epochs.BeginEpoch(t.Context(), []SlotHead{{2, 4, b}, {Slot: 0}}); err != nil {
			t.Fatal(err)
		}
		mustBe("after a restore the one that is left does", SlotHead{2, 4, b})
	})
}

func TestAnEpochIsDrawn(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	c := open(t, path, WithRandom(bytes.NewReader([]byte{0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 7, 0, 0, 0, 8})))
	for _, want := range []uint32{7, 8} {
		if id, err := c.Epochs.BeginEpoch(t.Context(), []SlotHead{{Slot: 1, Seq: uint64(want)}}); err != nil || id != want {
			t.Errorf("epoch %d, %v; want %d: neither 0 nor one that there is", id, err, want)
		}
	}
	if _, err := c.Epochs.BeginEpoch(t.Context(), []SlotHead{{Slot: 1, Seq: 9}}); err == nil {
		t.Error("an epoch without chance")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Epochs.BeginEpoch(t.Context(), nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a catalog that is closed: %v", err)
	}
}
