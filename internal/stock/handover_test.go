package stock

import (
	"bytes"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestAStepIsStoredAsItIsAsked(t *testing.T) {
	t.Parallel()
	step := sampleHandover()
	b := newShelf()
	e, err := b.do(step, start)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(Event{Op: OpHandover, Handover: &step}, e); diff != "" || !e.Changed() {
		t.Errorf("changed: %t, wanted (-), got (+):\n%s", e.Changed(), diff)
	}
	if len(b.items)+len(b.holds) > 0 {
		t.Errorf("a step changed the books: %+v", b)
	}
}

func TestOnlyWhatChangesPlacesIsInternal(t *testing.T) {
	t.Parallel()
	want := map[Op]bool{OpHandover: true, OpArrive: true, OpRecallKey: true, OpPart: true, OpSpread: true, OpRehouse: true}
	for op := range Ops {
		if op.Internal() != want[op] {
			t.Errorf("%s: internal is %t", op, op.Internal())
		}
	}
}

func TestStagesHaveNames(t *testing.T) {
	t.Parallel()
	for stage, want := range []string{"here", "leaving", "left", "coming", "stage 4"} {
		if got := Stage(stage).String(); got != want {
			t.Errorf("stage %d is called %q, wanted %q", stage, got, want)
		}
	}
}

func TestCommandsThatMoveBucketsAreTheSameOnlyWhenEverythingIs(t *testing.T) {
	t.Parallel()
	hold, other := sampleHold(), sampleHold()
	other.Lines[0].Requested++
	item, later := sampleItem(), sampleItem()
	later.Version++
	step, next := sampleHandover(), sampleHandover()
	next.Mover[15]++
	from := Origin{Slot: 3, Seq: 9, Index: 1}
	commands := []Command{
		step, next,
		Arrive{From: from, Item: item},
		Arrive{From: from, Item: later},
		Arrive{From: Origin{Slot: 4, Seq: 9, Index: 1}, Item: item},
		Arrive{From: from, Hold: hold},
		Arrive{From: from, Hold: other},
		Arrive{From: from, Hold: hold, Call: 1},
		RecallKey{Bucket: 5, Key: [16]byte{1}, From: from},
		RecallKey{Bucket: 6, Key: [16]byte{1}, From: from},
		RecallKey{Bucket: 5, Print: [16]byte{1}, From: from},
		RecallKey{Bucket: 5, Key: [16]byte{1}, From: Origin{Slot: 3, Seq: 9}},
		Part{Order: OrderKey{"t", "o"}, Bucket: 5},
		Part{Order: OrderKey{"t", "o"}, Bucket: 6},
		Part{Order: OrderKey{"t", "p"}, Bucket: 5},
	}
	for i, a := range commands {
		bytesOfA := a.AppendCanonical([]byte("x"))
		if bytesOfA[0] != 'x' || bytesOfA[1] != byte(a.Op()) {
			t.Errorf("%T does not append its operation first: %x", a, bytesOfA)
		}
		for _, b := range commands[i+1:] {
			if bytes.Equal(bytesOfA, b.AppendCanonical([]byte("x"))) {
				t.Errorf("%+v is taken for %+v", b, a)
			}
		}
	}
}

func TestARecallSaysOnlyWhereTheOutcomeIs(t *testing.T) {
	t.Parallel()
	from := Origin{Slot: 3, Seq: 9, Index: 1}
	b := newShelf()
	e, err := b.do(RecallKey{Bucket: 5, Key: [16]byte{1}, Print: [16]byte{2}, From: from}, start)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(Event{Op: OpRecallKey, From: &from}, e); diff != "" || !e.Changed() {
		t.Errorf("changed: %t, wanted (-), got (+):\n%s", e.Changed(), diff)
	}
}
