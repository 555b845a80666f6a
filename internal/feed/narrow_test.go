package feed

import (
	"slices"
	"testing"
)

// A till that comes back reads the log of all locations from where it was: the events of
// the others are not decoded for it.
func TestWhoWasAwayDecodesNoRecordsOfOtherLocations(t *testing.T) {
	t.Parallel()
	e, s := slot(t)
	logs := run(t, e).logs
	s.do(item("acme", "oslo", "tea"))
	s.do(tea(), item("acme", "oslo", "tea"))
	s.do(item("other", "rome", "tea"))
	raw, err := e.Read(t.Context(), 0, 3)
	if err != nil {
		t.Fatal(err)
	}
	w := &strand{filter: &Filter{Tenant: "acme", Location: "rome"}}
	var got, decoded []string
	for i := range raw {
		rec, err := ReadRecord(0, logs.histories, &raw[i])
		if err != nil {
			t.Fatal(err)
		}
		events, err := w.pick(nil, rec)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			got = append(got, e.ID.String())
		}
		if rec.parsed.Load() == nil {
			decoded = append(decoded, Behind(0, rec.Seq).String())
		}
	}
	if want := []string{"0-2-0-0"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	if want := []string{"0-2"}; !slices.Equal(decoded, want) {
		t.Errorf("decoded %v, want %v", decoded, want)
	}
}
