package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

func sampleGroup() *ledger.Forwarded {
	return &ledger.Forwarded{
		Slot: 7, Writer: [16]byte([]byte("writer-of-a-demo")), After: 4711,
		Requests: []ledger.Request{
			{Command: place("o", "p", 3), Key: "k"},
			{Command: stock.Restock{Item: item("p"), Bucket: bucket, Qty: 5, Note: stock.Note{Operator: "me"}}, Once: [16]byte{1, 2}},
			{Command: stock.Release{Target: target("o")}},
			{Command: stock.Confirm{Target: target("o")}, About: []stock.Bucket{0, 1023}},
			{Command: stock.Confirm{Target: target("o")}, Key: "k", Looked: true},
			{Command: stock.Close{Order: target("o").Order}, Under: &slot.KeyRow{Key: [16]byte{3}, Print: [16]byte{4}, Bucket: 517}},
		},
	}
}

func TestAForwardedGroupArrives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		f := sampleGroup()
		f.Slot = rapid.Uint16().Draw(r, "slot")
		f.After = engine.Seq(rapid.Uint64Range(0, 1<<63-1).Draw(r, "after"))
		for range rapid.IntRange(0, 5).Draw(r, "requests") {
			f.Requests = append(f.Requests, ledger.Request{Command: anyCommand(r), Key: rapid.StringN(0, 5, 20).Draw(r, "key")})
		}
		got, err := slot.ReadForwarded(slot.AppendForwarded(nil, f))
		if err != nil {
			r.Fatal(err)
		}
		if diff := gocmp.Diff(f, got); diff != "" {
			r.Fatalf("sent (-), arrived (+):\n%s", diff)
		}
	})
}

// sampleResults has results of every kind.
func sampleResults(t testing.TB) []ledger.Result {
	l := reopen(t, []engine.Engine{memory.New()}, ledger.WithClock(newClock()))
	results := l.Submit(t.Context(), opened("p", 5), ledger.Request{Command: place("o", "p", 3), Key: "k"},
		ledger.Request{Command: place("p", "p", 3)}, ledger.Request{Command: place("q", "p", 3), Key: "k2"},
		ledger.Request{Command: place("o", "p", 3), Key: "k"})
	for _, err := range []error{
		ledger.ErrUnknown, ledger.ErrOvertaken, ledger.ErrBusy, ledger.ErrStopping, ledger.ErrStopped, ledger.ErrKeyReused,
		ledger.ErrInProgress, ledger.ErrFrozen, ledger.ErrBehind, stock.ErrBroken, slot.ErrApart, ledger.ErrMoving, slot.ErrKeyAway,
		&stock.Elsewhere{Homes: []stock.Bucket{3, 1023}},
	} {
		results = append(results, ledger.Result{Err: err, At: 5, Position: ledger.Position{Slot: 3, Seq: 9}})
	}
	return results
}

func TestResultsArrive(t *testing.T) {
	t.Parallel()
	sent := sampleResults(t)
	b, err := slot.AppendResults(nil, sent)
	if err != nil {
		t.Fatal(err)
	}
	got, err := slot.ReadResults(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(answersOf(sent...), answersOf(got...), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("sent (-), arrived (+):\n%s", diff)
	}
	for i := range sent {
		var elsewhere *stock.Elsewhere
		if errors.As(sent[i].Err, &elsewhere) != errors.As(got[i].Err, &elsewhere) {
			t.Errorf("%v arrives as %v", sent[i].Err, got[i].Err)
		} else if elsewhere == nil && sent[i].Err != nil && got[i].Event == nil && !errors.Is(got[i].Err, sent[i].Err) {
			var refusal *stock.Refusal
			if !errors.As(got[i].Err, &refusal) {
				t.Errorf("%v arrives as %v", sent[i].Err, got[i].Err)
			}
		}
	}
	// An error that another node does not know travels as text and is no answer.
	b, err = slot.AppendResults(nil, []ledger.Result{{Err: fmt.Errorf("load: %w", errCable)}, {Err: fmt.Errorf("%w: %w", ledger.ErrUnknown, ledger.ErrBusy)}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err = slot.ReadResults(b); err != nil || got[0].Err == nil || errors.Is(got[0].Err, errCable) || !errors.Is(got[1].Err, ledger.ErrUnknown) {
		t.Errorf("%v %v", got, err)
	}
	if none, err := slot.AppendResults(nil, nil); err != nil {
		t.Error(err)
	} else if got, err := slot.ReadResults(none); err != nil || len(got) != 0 {
		t.Errorf("no results arrive as %v, %v", got, err)
	}
}

func TestBytesThatAreNoGroupAreRefused(t *testing.T) {
	t.Parallel()
	group := slot.AppendForwarded(nil, sampleGroup())
	results, err := slot.AppendResults(nil, sampleResults(t))
	if err != nil {
		t.Fatal(err)
	}
	for n := range group {
		if f, err := slot.ReadForwarded(group[:n]); !errors.Is(err, ledger.ErrForeign) {
			t.Fatalf("group cut off after %d: %v %v", n, f, err)
		}
	}
	for n := range results {
		if r, err := slot.ReadResults(results[:n]); !errors.Is(err, ledger.ErrForeign) {
			t.Fatalf("results cut off after %d: %v %v", n, r, err)
		}
	}
	for name, b := range map[string][]byte{
		"another version":     append([]byte{2}, group[1:]...),
		"more behind the end": append(bytes.Clone(group), 0),
		"a count too large":   append(bytes.Clone(group[:20]), 0xff, 0xff, 0xff, 0xff, 0x0f),
	} {
		if f, err := slot.ReadForwarded(b); !errors.Is(err, ledger.ErrForeign) {
			t.Errorf("%s: %v %v", name, f, err)
		}
	}
	for name, b := range map[string][]byte{
		"another version":     append([]byte{2}, results[1:]...),
		"more behind the end": append(bytes.Clone(results), 0),
	} {
		if r, err := slot.ReadResults(b); !errors.Is(err, ledger.ErrForeign) {
			t.Errorf("%s: %v %v", name, r, err)
		}
	}
}

func FuzzForwarded(f *testing.F) {
	f.Add(slot.AppendForwarded(nil, sampleGroup()))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := slot.ReadForwarded(b)
		if err != nil {
			if !errors.Is(err, ledger.ErrForeign) {
				t.Fatal(err)
			}
			return
		}
		again, err := slot.ReadForwarded(slot.AppendForwarded(nil, g))
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(g, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzResults(f *testing.F) {
	b, err := slot.AppendResults(nil, sampleResults(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := slot.ReadResults(b)
		if err != nil {
			if !errors.Is(err, ledger.ErrForeign) {
				t.Fatal(err)
			}
			return
		}
		if _, err := slot.AppendResults(nil, r); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}
