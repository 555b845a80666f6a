package stock

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var sampleSalt = [16]byte([]byte("salt-of-a-record"))

// sampleRecord is a record of two tenants: three entries of acme, two of them
// with the same note, and between them one of bolt.
func sampleRecord(t testing.TB) (body []byte, hash [32]byte, text []byte, events []*Event) {
	t.Helper()
	first := sampleReserve()
	first.Note = Note{Operator: "till-3"}
	bolt := sampleReserve()
	bolt.Tenant, bolt.Order = "bolt", "99"
	bolt.Items[0].Key.Tenant, bolt.Lines[0].Line.Item.Tenant = "bolt", "bolt"
	bolt.Note = Note{Operator: "till-3"}
	second := sampleReserve()
	second.Order = "A-2026-00018"
	second.Note = first.Note
	third := &Event{
		Op: OpAdjust, Tenant: "acme", Items: []ItemChange{sampleChange([]Posting{{Shared, Adjustment, 1}}, Balance{Shared, 110}, Balance{Adjustment, 1})},
		Note: Note{Reason: "broken in the shop by Mr. Miller", Reference: "PROT-7", Operator: "anna"},
	}
	b := NewRecordBuilder()
	b.Reset(sampleHead)
	var refs []EntryRef
	for _, e := range []*Event{first, bolt, second, third} {
		ref, err := b.Add(e)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, ref)
	}
	body, hash, text = b.Finish(sampleSalt)
	for i, want := range []int{0, 3, 1, 2} {
		if got := b.Index(refs[i]); got != want {
			t.Fatalf("event %d is entry %d, wanted %d", i, got, want)
		}
	}
	return body, hash, text, []*Event{first, second, third, bolt}
}

func parsed(t testing.TB, body, text []byte) *Record {
	t.Helper()
	r, err := ParseRecord(body)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Attach(text); err != nil {
		t.Fatal(err)
	}
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	return r
}

// entries returns the events of the record by index.
func entries(t testing.TB, r *Record) map[int]*Event {
	t.Helper()
	got := map[int]*Event{}
	err := r.Events(func(i int, e *Event) error {
		one, err := r.Event(i)
		if diff := gocmp.Diff(e, one); err != nil || diff != "" {
			t.Fatalf("entry %d alone: %v\n%s", i, err, diff)
		}
		got[i] = e
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestARecordGivesBackWhatWasPutIn(t *testing.T) {
	t.Parallel()
	body, hash, text, events := sampleRecord(t)
	r := parsed(t, body, text)
	if diff := gocmp.Diff(sampleHead, r.Header()); diff != "" {
		t.Errorf("header:\n%s", diff)
	}
	if r.Hash() != hash || r.Len() != len(events) {
		t.Errorf("hash %x and %d entries, wanted %x and %d", r.Hash(), r.Len(), hash, len(events))
	}
	want := map[int]*Event{}
	for i, e := range events {
		want[i] = e
	}
	if diff := gocmp.Diff(want, entries(t, r)); diff != "" {
		t.Errorf("entries:\n%s", diff)
	}
	for i, want := range []NoteRef{{0, 0}, {0, 0}, {0, 1}, {1, 0}} {
		if ref, ok, err := r.NoteOf(i); ref != want || !ok || err != nil {
			t.Errorf("entry %d has note %v %v %v, wanted %v", i, ref, ok, err, want)
		}
	}
	if _, err := r.Event(len(events)); !errors.Is(err, ErrMalformed) {
		t.Errorf("an entry behind the last: %v", err)
	}
	if _, err := r.Event(-1); !errors.Is(err, ErrMalformed) {
		t.Errorf("an entry before the first: %v", err)
	}
}

func TestEveryRecordGivesBackWhatWasPutIn(t *testing.T) {
	t.Parallel()
	b := NewRecordBuilder()
	rapid.Check(t, func(t *rapid.T) {
		head := RecordHeader{
			Seq: someVersions.Draw(t, "seq"), At: someTimes.Draw(t, "at"),
			Writer: [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "writer")), Nonce: someVersions.Draw(t, "nonce"),
			Prev: [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "prev")),
		}
		b.Reset(head)
		var events []*Event
		var refs []EntryRef
		for range rapid.IntRange(0, 6).Draw(t, "events") {
			e := someEvent(rapid.SampledFrom([]string{"acme", "bolt", ""}).Draw(t, "tenant"), head.At).Draw(t, "event")
			ref, err := b.Add(e)
			if err != nil {
				t.Fatal(err)
			}
			events, refs = append(events, e), append(refs, ref)
		}
		room := b.Size()
		body, hash, text := b.Finish(sampleSalt)
		if len(body)+len(text) > room {
			t.Fatalf("%d bytes of body and %d of text, said to be at most %d", len(body), len(text), room)
		}
		r, err := ParseRecord(body)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.Attach(text), r.Check()); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(head, r.Header()); diff != "" || r.Hash() != hash || r.Len() != len(events) {
			t.Fatalf("hash %x, wanted %x; %d entries, wanted %d\n%s", r.Hash(), hash, r.Len(), len(events), diff)
		}
		for i, e := range events {
			back, err := r.Event(b.Index(refs[i]))
			if diff := gocmp.Diff(e, back); err != nil || diff != "" {
				t.Fatalf("event %d: %v\n%s", i, err, diff)
			}
		}
		b.Reset(head)
		for _, e := range events {
			if _, err := b.Add(e); err != nil {
				t.Fatal(err)
			}
		}
		if again, _, _ := b.Finish(sampleSalt); !bytes.Equal(again, body) {
			t.Fatalf("the same events packed twice:\n%x\n%x", body, again)
		}
	})
}

func TestAnyFlippedBitOfARecordIsFound(t *testing.T) {
	t.Parallel()
	body, hash, _, _ := sampleRecord(t)
	for bit := range len(body) * 8 {
		b := slices.Clone(body)
		b[bit/8] ^= 1 << (bit % 8)
		if _, err := ParseRecord(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("bit %d: the checksum says %v", bit, err)
		}
		if bit/8 >= len(body)-sumSize {
			continue
		}
		// The hashes catch a change whose checksum was corrected.
		r, err := ParseRecord(appendRecordSum(b[:len(b)-sumSize]))
		if err == nil && r.Hash() == hash && r.Check() == nil {
			t.Errorf("bit %d: the hashes agree", bit)
		}
	}
	for n := range body {
		if _, err := ParseRecord(body[:n]); !errors.Is(err, ErrMalformed) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
}

func TestDroppingATenantLeavesTheOthersAndTheHash(t *testing.T) {
	t.Parallel()
	body, hash, text, events := sampleRecord(t)
	for _, tenant := range []string{"acme", "bolt"} {
		lessBody, lessText, err := DropTenant(body, text, tenant)
		if err != nil {
			t.Fatal(err)
		}
		r := parsed(t, lessBody, lessText)
		if r.Hash() != hash || r.Len() != len(events) {
			t.Errorf("%s: hash %x and %d entries, wanted %x and %d", tenant, r.Hash(), r.Len(), hash, len(events))
		}
		want := map[int]*Event{}
		for i, e := range events {
			if e.Tenant != tenant {
				want[i] = e
			} else if _, err := r.Event(i); !errors.Is(err, ErrDropped) {
				t.Errorf("%s: entry %d: %v", tenant, i, err)
			}
		}
		if diff := gocmp.Diff(want, entries(t, r)); diff != "" {
			t.Errorf("%s dropped, left:\n%s", tenant, diff)
		}
		for _, word := range []string{tenant, events[0].Order, "Miller"} {
			if tenant == "acme" && (bytes.Contains(lessBody, []byte(word)) || bytes.Contains(lessText, []byte(word))) {
				t.Errorf("%s dropped, but %q is still there", tenant, word)
			}
		}
		if again, moreText, err := DropTenant(lessBody, lessText, tenant); err != nil || !bytes.Equal(again, lessBody) || !bytes.Equal(moreText, lessText) {
			t.Errorf("%s dropped twice: %v", tenant, err)
		}
	}
	none, noText, err := DropTenant(body, nil, "acme")
	if err != nil || noText != nil {
		t.Fatalf("without a side text: %q, %v", noText, err)
	}
	if none, _, err = DropTenant(none, nil, "bolt"); err != nil {
		t.Fatal(err)
	}
	if r := parsed(t, none, nil); r.Hash() != hash || len(entries(t, r)) != 0 {
		t.Errorf("both dropped: hash %x, wanted %x", r.Hash(), hash)
	}
	if _, _, err := DropTenant(body[1:], text, "acme"); !errors.Is(err, ErrMalformed) {
		t.Errorf("from a record that cannot be read: %v", err)
	}
	if _, _, err := DropTenant(body, text[1:], "acme"); !errors.Is(err, ErrMalformed) {
		t.Errorf("with a text that cannot be read: %v", err)
	}
}

func TestARecordWithoutEntriesIsARecord(t *testing.T) {
	t.Parallel()
	b := NewRecordBuilder()
	b.Reset(sampleHead)
	body, hash, text := b.Finish(sampleSalt)
	r := parsed(t, body, text)
	if r.Len() != 0 || r.Hash() != hash || text != nil {
		t.Errorf("%d entries, hash %x, text %q", r.Len(), r.Hash(), text)
	}
}

func TestABuilderForgetsTheRecordBefore(t *testing.T) {
	t.Parallel()
	want, _, wantText, _ := sampleRecord(t)
	b := NewRecordBuilder()
	b.Reset(sampleHead)
	for i := range keepRefs + 10 {
		e := sampleReserve()
		e.Tenant = fmt.Sprintf("t%d", i%3)
		e.Items, e.Lines, e.Call, e.Channel = nil, nil, nil, fmt.Sprintf("channel-%d", i)
		e.Note.Reference = e.Channel
		if _, err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	b.Finish(sampleSalt)
	b.Reset(sampleHead)
	_, _, _, events := sampleRecord(t)
	for _, i := range []int{0, 3, 1, 2} {
		if _, err := b.Add(events[i]); err != nil {
			t.Fatal(err)
		}
	}
	body, _, text := b.Finish(sampleSalt)
	if !bytes.Equal(body, want) || !bytes.Equal(text, wantText) {
		t.Errorf("a used builder made\n%x\nwanted\n%x", body, want)
	}
}
