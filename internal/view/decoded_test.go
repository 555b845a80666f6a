package view

import (
	"context"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// redacted is an engine whose texts are without the first note of every record.
type redacted struct {
	*memory.Engine
	on bool
}

func (r *redacted) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	recs, err := r.Engine.Read(ctx, after, limit)
	for i := range recs {
		if r.on && recs[i].Text != nil && err == nil {
			recs[i].Text, err = stock.RedactText(recs[i].Text, stock.NoteRef{})
		}
	}
	return recs, err
}

func TestARedactedTextIsEmptyAtOnce(t *testing.T) {
	t.Parallel()
	e := &redacted{Engine: memory.New()}
	defer e.Close()
	s := newScript(t, e)
	j := newJournal(e)
	c := restockOpening(item("a", "tea"))
	c.Note = stock.Note{Reason: "Mrs. Smith brought it back"}
	s.do(c)
	catchUp(t, j)
	q := EntryQuery{Tenant: tenant, Product: "tea"}
	if got := all(t, j, q); len(got) != 1 || got[0].Reason != c.Note.Reason {
		t.Fatalf("%+v, want the reason that was given", got)
	}
	e.on = true
	if got := all(t, j, q); len(got) != 1 || got[0].Reason != "" || got[0].After.Available != 1 {
		t.Errorf("%+v, want the entry without its reason", got)
	}
}

func TestDecodedRecordsAreBoundedAndTheLatestStay(t *testing.T) {
	t.Parallel()
	e := memory.New()
	defer e.Close()
	s := newScript(t, e)
	for range 40 {
		s.do(restockOpening(item("a", "tea")))
	}
	recs, err := e.Read(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	room := 5 * len(recs[0].Body)
	d := newDecodedRecords(room)
	for seq := engine.Seq(1); seq <= s.seq; seq++ {
		for _, want := range []engine.Seq{seq, 1} {
			r, err := d.read(t.Context(), e, recordID{seq: want})
			if err != nil || r.seq != want || len(r.events) != 1 {
				t.Fatalf("record %d: %+v, %v", want, r, err)
			}
		}
		if d.room < 0 || d.used.Len() != len(d.byID) || d.used.Len() > 6 {
			t.Fatalf("%d records are remembered, room left %d", d.used.Len(), d.room)
		}
	}
	if d.byID[recordID{seq: 1}] == nil || d.byID[recordID{seq: s.seq}] == nil || d.byID[recordID{seq: 2}] != nil {
		t.Error("what was asked for last is not what is remembered")
	}
	if _, err := d.read(t.Context(), e, recordID{seq: s.seq + 1}); err == nil {
		t.Error("a record that is not there was read")
	}
}
