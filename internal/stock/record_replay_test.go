package stock

import (
	"errors"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// Random commands are decided in groups, like in a ledger, and another shelf follows by
// reading only the records.
func TestTheBooksFollowFromTheRecords(t *testing.T) {
	t.Parallel()
	b := NewRecordBuilder()
	var reader HoldReader
	rapid.Check(t, func(t *rapid.T) {
		written, read := newShelf(), newShelf()
		head := RecordHeader{At: start}
		for range rapid.IntRange(1, 6).Draw(t, "groups") {
			head.Seq++
			head.At += rapid.SampledFrom([]Time{0, 1, minute, 2 * minute}).Draw(t, "later")
			b.Reset(head)
			var decided []*Event
			for range rapid.IntRange(1, 6).Draw(t, "commands") {
				decided = append(decided, decidedOn(t, written, anyCommand(t, head.At), head.At))
				if _, err := b.Add(decided[len(decided)-1]); err != nil {
					t.Fatal(err)
				}
			}
			body, hash, text := b.Finish(sampleSalt)
			follow(t, read, body, text, decided)
			head.Prev = hash
			sameShelves(t, written, read)
		}
		for _, it := range written.items {
			back, err := DecodeItem(it.Key, AppendItem(nil, it))
			if diff := gocmp.Diff(it, back, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Fatalf("row of %+v: %v\n%s", it.Key, err, diff)
			}
		}
		for _, holds := range written.holds {
			for _, h := range holds {
				row := AppendHold(nil, h)
				back, err := DecodeHold(h.Key, row)
				if diff := gocmp.Diff(h, back, cmpopts.EquateEmpty()); err != nil || diff != "" {
					t.Fatalf("row of %+v: %v\n%s", h.Key, err, diff)
				}
				open := false
				err = reader.OpenLines(h.Key, row, func(*Line) { open = true })
				if err != nil || open != h.Open() {
					t.Fatalf("row of %+v: %v, open lines %v", h.Key, err, open)
				}
			}
		}
	})
}

// decidedOn decides and applies; a refusal is an event too.
func decidedOn(t *rapid.T, b *shelf, cmd Command, now Time) *Event {
	e, err := b.do(cmd, now)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		e = Event{Op: cmd.Op(), Tenant: "t", Refusal: refusal}
	case err != nil:
		t.Fatal(err)
	}
	e.Note.Operator = "till-3"
	return &e
}

func follow(t *rapid.T, b *shelf, body, text []byte, decided []*Event) {
	r, err := ParseRecord(body)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Attach(text), r.Check()); err != nil {
		t.Fatal(err)
	}
	err = r.Events(func(i int, e *Event) error {
		if diff := gocmp.Diff(decided[i], e, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("entry %d, decided (-), read (+):\n%s", i, diff)
		}
		Apply(b, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func sameShelves(t *rapid.T, written, read *shelf) {
	diff := gocmp.Diff(written, read, cmpopts.EquateEmpty(), gocmp.AllowUnexported(shelf{}))
	if diff != "" {
		t.Fatalf("written (-), read (+):\n%s", diff)
	}
}
