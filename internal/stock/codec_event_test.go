package stock

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestEveryEventComesBackFromItsEntry(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := &RecordHeader{Seq: someVersions.Draw(t, "seq"), At: someTimes.Draw(t, "at")}
		e := someEvent("acme", in.At).Draw(t, "event")
		e.Note = Note{}
		entry, words := packEntry(e, 0, in)
		back, _, ok := unpackEntry(entry, words, in)
		if diff := gocmp.Diff(e, back); !ok || diff != "" {
			t.Fatalf("entry %x\n%s", entry, diff)
		}
	})
}

func TestAUsualReserveIsSmall(t *testing.T) {
	t.Parallel()
	entry, _ := packEntry(sampleReserve(), 1, &sampleHead)
	if len(entry) > 50 {
		t.Errorf("a reserve of one line takes %d bytes: %x", len(entry), entry)
	}
}

func TestEventsWithoutAnEncodingAreRefused(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		spoil func(*Event)
	}{
		{"no operation", func(e *Event) { e.Op = 0 }},
		{"an item of another tenant", func(e *Event) { e.Items[0].Key.Tenant = "other" }},
		{"an item of no bucket", func(e *Event) { e.Items[0].Bucket = Buckets }},
		{"a line of another tenant", func(e *Event) { e.Lines[0].Line.Item.Tenant = "other" }},
		{"a line of no bucket", func(e *Event) { e.Lines[0].Bucket = Buckets }},
		{"a line with an end that does not exist", func(e *Event) { e.Lines[0].Line.End = EndExpired + 1 }},
		{"a line of no call", func(e *Event) { e.Lines[0].Line.Call = -1 }},
		{"a call whose home is nowhere", func(e *Event) { e.Call.HomeBucket = Buckets }},
		{"a call with a leg nowhere", func(e *Event) { e.Call.Legs = []Bucket{1, Buckets} }},
		{"a refusal without a code", func(e *Event) { e.Refusal = &Refusal{Detail: "no"} }},
		{"expired lines of no cleanup", func(e *Event) { e.Expired = 1 }},
		{"a step that is none", func(e *Event) { e.Op = OpHandover }},
		{"a reserve that takes a step", func(e *Event) { e.Handover = &Handover{} }},
		{"a step of no bucket", func(e *Event) { e.Op, e.Handover = OpHandover, &Handover{Bucket: Buckets} }},
		{"a step to no stage", func(e *Event) { e.Op, e.Handover = OpHandover, &Handover{Stage: stages} }},
		{"an arrival from nowhere", func(e *Event) { e.Op = OpArrive }},
		{"a recall from nowhere", func(e *Event) { e.Op = OpRecallKey }},
		{"a spread of nothing", func(e *Event) { e.Op = OpSpread }},
		{"a spread of another tenant", func(e *Event) { e.Op, e.Spread = OpSpread, &Spread{Placement: Placement{Tenant: "other"}} }},
		{"lines that are rehoused from nowhere", func(e *Event) { e.Op = OpRehouse }},
		{"a reserve that leaves a bucket", func(e *Event) { e.Leaves = &e.Lines[0].Bucket }},
		{"a reserve that comes from somewhere", func(e *Event) { e.From = &Origin{Slot: 1, Seq: 1} }},
	}
	b := NewRecordBuilder()
	b.Reset(sampleHead)
	for _, c := range cases {
		e := sampleReserve()
		c.spoil(e)
		if _, err := b.Add(e); err == nil {
			t.Errorf("%s: was packed", c.name)
		}
	}
	if b.Len() != 0 {
		t.Errorf("%d refused events were added", b.Len())
	}
}

// packEntry packs the event as the only one of its block.
func packEntry(e *Event, note int, in *RecordHeader) (entry []byte, words []string) {
	var d dictionary
	d.reset()
	entry = d.appendEntry(nil, e, note, in)
	s := byteReader{p: d.raw}
	for range d.refs {
		words = append(words, s.string())
	}
	return entry, words
}

func unpackEntry(entry []byte, words []string, in *RecordHeader) (e *Event, note int, ok bool) {
	s := entrySource{byteReader: byteReader{p: entry}, words: words}
	e, note = s.entry("acme", in)
	return e, note, !s.bad && !s.unordered && s.used == uint64(len(words))
}
