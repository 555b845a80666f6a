package enginetest

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
)

var rewriteTests = []test{
	{"a record that is rewritten has its new body and text, all others stay", rewriteOne},
	{"a text may go altogether", func(t *testing.T, e engine.Engine) {
		Fill(t, e, 3)
		was := recordAt(t, e, 2)
		now := was
		now.Text = nil
		mustRewrite(t, e, &was, &now)
		mustRead(t, e, &now)
	}},
	{"a record that is rewritten as it is by now stays so", func(t *testing.T, e engine.Engine) {
		Fill(t, e, 3)
		was := recordAt(t, e, 2)
		now := was
		now.Text = []byte("less")
		mustRewrite(t, e, &was, &now)
		mustRewrite(t, e, &was, &now) // whose answer got lost
		mustRead(t, e, &now)
	}},
	{"a record that is not as its rewriter knows it is left as it is", rewriteStale},
	{"a record that was dropped cannot be rewritten", rewriteGone},
	{"the log continues behind a head that was rewritten", func(t *testing.T, e engine.Engine) {
		Fill(t, e, 3)
		was := recordAt(t, e, 3)
		now := was
		now.Body, now.Text = []byte("body"), []byte("text")
		mustRewrite(t, e, &was, &now)
		Fill(t, e, 5)
		mustRead(t, e, &now)
	}},
}

func recordAt(t *testing.T, e engine.Engine, seq engine.Seq) engine.Record {
	t.Helper()
	recs, err := e.Read(t.Context(), seq-1, 1)
	if err != nil || len(recs) != 1 {
		t.Fatalf("read record %d: %d records, %v", seq, len(recs), err)
	}
	return recs[0]
}

func mustRewrite(t *testing.T, e engine.Engine, was, now *engine.Record) {
	t.Helper()
	if err := e.Rewrite(t.Context(), was, now); err != nil {
		t.Fatalf("rewrite record %d: %v", was.Seq, err)
	}
}

func mustRead(t *testing.T, e engine.Engine, want *engine.Record) {
	t.Helper()
	if d := diff(*want, recordAt(t, e, want.Seq)); d != "" {
		t.Fatalf("record %d (-want +got):\n%s", want.Seq, d)
	}
}

func rewriteOne(t *testing.T, e engine.Engine) {
	Fill(t, e, 5)
	var all []engine.Record
	for seq := engine.Seq(1); seq <= 5; seq++ {
		all = append(all, recordAt(t, e, seq))
	}
	was := all[2]
	all[2].Body, all[2].Text = []byte("body"), []byte("text")
	mustRewrite(t, e, &was, &all[2])
	for i := range all {
		mustRead(t, e, &all[i])
	}
	if h := head(t, e); h != 5 {
		t.Fatalf("the head is at %d, want 5", h)
	}
}

func rewriteStale(t *testing.T, e engine.Engine) {
	Fill(t, e, 3)
	is := recordAt(t, e, 2)
	now := is
	now.Body, now.Text = []byte("body"), []byte("text")
	for _, was := range []engine.Record{
		{Seq: 2, Body: []byte("other"), Text: is.Text},
		{Seq: 2, Body: is.Body, Text: []byte("other")},
		{Seq: 9, Body: is.Body, Text: is.Text},
	} {
		now.Seq = was.Seq
		if err := e.Rewrite(t.Context(), &was, &now); !errors.Is(err, engine.ErrMoved) {
			t.Errorf("record %d: %v, want ErrMoved", was.Seq, err)
		}
	}
	mustRead(t, e, &is)
}

func rewriteGone(t *testing.T, e engine.Engine) {
	Fill(t, e, 60)
	was := recordAt(t, e, 1)
	now := was
	now.Text = nil
	if mustDrop(t, e, 45) == 0 {
		return // it keeps its log in parts, and none of them is that old
	}
	if err := e.Rewrite(t.Context(), &was, &now); !errors.Is(err, engine.ErrGone) {
		t.Fatalf("rewrite a record that was dropped: %v, want ErrGone", err)
	}
}
