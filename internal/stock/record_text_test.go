package stock

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestARedactedNoteIsGoneAndTheRecordStillVerifies(t *testing.T) {
	t.Parallel()
	body, hash, text, events := sampleRecord(t)
	ref, ok, err := parsed(t, body, nil).NoteOf(2)
	if !ok || err != nil {
		t.Fatalf("entry 2 has no note: %v", err)
	}
	less, err := RedactText(text, ref)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(less, []byte("Miller")) {
		t.Errorf("the redacted note is still in %q", less)
	}
	report, err := VerifyText(body, less)
	if diff := gocmp.Diff(TextReport{Redacted: []NoteRef{ref}}, report); err != nil || diff != "" {
		t.Errorf("verified: %v\n%s", err, diff)
	}
	r := parsed(t, body, less)
	if r.Hash() != hash {
		t.Errorf("the hash is %x, wanted %x", r.Hash(), hash)
	}
	events[2].Note = Note{}
	for i, e := range entries(t, r) {
		if diff := gocmp.Diff(events[i], e); diff != "" {
			t.Errorf("entry %d:\n%s", i, diff)
		}
	}
	if again, err := RedactText(less, ref); err != nil || !bytes.Equal(again, less) {
		t.Errorf("redacted twice: %q, %v", again, err)
	}
	for _, bad := range []NoteRef{{-1, 0}, {0, -1}, {2, 0}, {0, 2}} {
		if _, err := RedactText(text, bad); err == nil {
			t.Errorf("redacting %v did not fail", bad)
		}
	}
	if _, err := RedactText(text[1:], ref); !errors.Is(err, ErrMalformed) {
		t.Errorf("redacting what is no side text: %v", err)
	}
}

func TestANoteThatWasChangedIsFound(t *testing.T) {
	t.Parallel()
	body, _, text, _ := sampleRecord(t)
	for bit := range len(text) * 8 {
		b := slices.Clone(text)
		b[bit/8] ^= 1 << (bit % 8)
		report, err := VerifyText(body, b)
		if err == nil && len(report.Damaged) != 1 {
			t.Errorf("bit %d flipped: %+v", bit, report)
		}
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("bit %d flipped: %v", bit, err)
		}
		r, err := ParseRecord(body)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Attach(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("bit %d flipped: attached with %v", bit, err)
		}
	}
	changed := bytes.Replace(text, []byte("PROT-7"), []byte("PROT-8"), 1)
	report, err := VerifyText(body, changed)
	if diff := gocmp.Diff(TextReport{Damaged: []NoteRef{{0, 1}}}, report); err != nil || diff != "" {
		t.Errorf("one note changed: %v\n%s", err, diff)
	}
	r, err := ParseRecord(body)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Attach(changed); !errors.Is(err, ErrMalformed) {
		t.Errorf("one note changed: attached with %v", err)
	}
	if e, err := r.Event(0); err != nil || e.Note.Operator != "till-3" {
		t.Errorf("the sound note beside it: %+v, %v", e, err)
	}
	if e, err := r.Event(2); err != nil || e.Note != (Note{}) {
		t.Errorf("the changed note was believed: %+v, %v", e, err)
	}
}

func TestTextThatIsMissingOrOfAnotherRecordIsTold(t *testing.T) {
	t.Parallel()
	body, _, text, _ := sampleRecord(t)
	all := TextReport{Redacted: []NoteRef{{0, 0}, {0, 1}, {1, 0}}}
	for _, none := range [][]byte{nil, {}} {
		report, err := VerifyText(body, none)
		if diff := gocmp.Diff(all, report); err != nil || diff != "" {
			t.Errorf("no text: %v\n%s", err, diff)
		}
	}
	less, _, err := DropTenant(body, nil, "acme")
	if err != nil {
		t.Fatal(err)
	}
	// The text of a dropped tenant was left behind.
	report, err := VerifyText(less, text)
	if diff := gocmp.Diff(TextReport{Damaged: []NoteRef{{0, 0}, {0, 1}}}, report); err != nil || diff != "" {
		t.Errorf("text left behind: %v\n%s", err, diff)
	}
	b := NewRecordBuilder()
	b.Reset(sampleHead)
	e := sampleReserve()
	e.Note.Operator = "till-3"
	if _, err := b.Add(e); err != nil {
		t.Fatal(err)
	}
	otherBody, _, otherText := b.Finish(sampleSalt)
	if _, err := VerifyText(body, otherText); !errors.Is(err, ErrMalformed) {
		t.Errorf("text with fewer blocks: %v", err)
	}
	if _, err := VerifyText(otherBody, text); !errors.Is(err, ErrMalformed) {
		t.Errorf("text with more blocks: %v", err)
	}
	if _, err := VerifyText(otherBody[1:], text); !errors.Is(err, ErrMalformed) {
		t.Errorf("text of what is no record: %v", err)
	}
}

func TestEqualNotesAreKeptOnce(t *testing.T) {
	t.Parallel()
	b := NewRecordBuilder()
	b.Reset(sampleHead)
	for i := range 256 {
		e := sampleReserve()
		e.Note.Operator = []string{"till-3", "till-4"}[i%2]
		if _, err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	body, _, text := b.Finish(sampleSalt)
	if n := bytes.Count(text, []byte("till-")); n != 2 {
		t.Errorf("the side text has %d notes: %q", n, text)
	}
	r := parsed(t, body, text)
	for i := range 256 {
		if e, err := r.Event(i); err != nil || e.Note.Operator != []string{"till-3", "till-4"}[i%2] {
			t.Fatalf("entry %d: %+v, %v", i, e, err)
		}
	}
}
