package stock

import (
	"errors"
	"strings"
	"testing"
)

func TestTheWayOfAReason(t *testing.T) {
	t.Parallel()
	in, out := Note{Code: "found", Way: InOnly}, Note{Code: "breakage", Way: OutOnly}
	a := item("A")
	damage := Move{From: Spot{Item: a, Account: Shared}, To: Spot{Item: a, Account: Damaged}, Qty: 1, Note: out}
	given := []Command{open("A", 9)}
	const refused = "refused INVALID_ARGUMENT reason_code"
	tests := []ruleCase{
		{name: "units go out with one for that", given: given, when: Adjust{Item: a, Delta: -2, Note: out}, want: []string{"A v2: 2 pool/shared>ext/adjustment, 7 available, 0 held, 7 on hand"}},
		{name: "and do not come in", given: given, when: Adjust{Item: a, Delta: 2, Note: out}, want: []string{refused}},
		{name: "nor by a count", given: given, when: Adjust{Item: a, Set: true, SetTo: 10, Note: out}, want: []string{refused}},
		{name: "which may find less", given: given, when: Adjust{Item: a, Set: true, SetTo: 8, Note: out}, want: []string{"A v2: 1 pool/shared>ext/adjustment, 8 available, 0 held, 8 on hand"}},
		{name: "an observation goes by what it posts", given: given, when: Observe{Item: a, Seen: 5, Booked: 9, AsOf: start, Note: in}, want: []string{refused}},
		{name: "stock comes in with one for that", given: given, when: Restock{Item: a, Qty: 1, Note: in}, want: []string{"A v2: 1 ext/supplier>pool/shared, 10 available, 0 held, 10 on hand"}},
		{name: "a return comes in", given: given, when: Return{Item: a, Qty: 1, Note: out}, want: []string{refused}},
		{name: "what only moves goes neither way", given: given, when: damage, want: []string{"A v2: 1 pool/shared>damaged, 8 available, 0 held, 9 on hand"}},
		{name: "what the server denies is refused", given: given, when: Adjust{Item: a, Delta: -2, Note: Note{Code: "x", Denied: "it is not active"}}, want: []string{refused}},
	}
	runCases(t, tests)
}

// A release that has happened is answered, whatever has happened to its reason since.
func TestADeniedReasonDoesNotUndoARelease(t *testing.T) {
	t.Parallel()
	b := newShelf()
	for _, cmd := range []Command{open("A", 9), place("o", want("A", 2)), Release{Target: whole("o"), Note: Note{Code: "changed-mind"}}} {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatal(err)
		}
	}
	denied := Note{Code: "changed-mind", Denied: "it is not active"}
	if e, err := b.do(Release{Target: whole("o"), Note: denied}, start); err != nil || e.Note.Denied != "" {
		t.Errorf("again: %+v, %v", e.Note, err)
	}
	if _, err := b.do(place("p", want("A", 2)), start); err != nil {
		t.Fatal(err)
	}
	var r *Refusal
	if _, err := b.do(Release{Target: whole("p"), Note: denied}, start); !errors.As(err, &r) || r.Field != ReasonCode {
		t.Errorf("another: %v", err)
	}
}

// The code is kept longer than the free text. The target that the tenant's rule gives a
// return is not part of the request.
func TestACodeIsNoFreeText(t *testing.T) {
	t.Parallel()
	e := goldenEvents()["adjust-reason"]
	e.Note = Note{Reason: "Ann dropped it", Code: "breakage"}
	build := NewRecordBuilder()
	build.Reset(RecordHeader{Seq: 1, At: sampleAt})
	if _, err := build.Add(e); err != nil {
		t.Fatal(err)
	}
	body, _, text := build.Finish([16]byte{1})
	if strings.Contains(string(text), "breakage") || !strings.Contains(string(text), "Ann dropped it") {
		t.Errorf("the side text is %q", text)
	}
	r, err := ParseRecord(body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Event(0); err != nil || got.Note.Code != "breakage" || got.Note.Reason != "" {
		t.Errorf("redacted: %+v, %v", got, err)
	}
	if err := r.Attach(text); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Event(0); err != nil || got.Note.Code != "breakage" || got.Note.Reason == "" {
		t.Errorf("whole: %+v, %v", got, err)
	}
	asked := Fingerprint(Return{Item: item("A"), Qty: 1})
	if ruled := Fingerprint(Return{Item: item("A"), Qty: 1, To: Quality, Ruled: true}); ruled != asked {
		t.Error("where the rule sends units makes another request")
	}
	if named := Fingerprint(Return{Item: item("A"), Qty: 1, To: Quality}); named == asked {
		t.Error("the account that is named does not")
	}
}
