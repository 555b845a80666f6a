package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/memory"
)

// promoted is a log on a server that has become the primary.
type promoted struct {
	engine.Engine
	origin string
}

func (p *promoted) Origin(context.Context) (engine.Origin, error) {
	return engine.Origin{Name: p.origin}, nil
}

func (p *promoted) OnTakeOver(engine.TakeOver) {}

// forked returns a log of n records that are the same as in every other up to the
// one of that number.
func forked(t *testing.T, same, n engine.Seq) engine.Engine {
	t.Helper()
	eng := memory.New()
	for seq := engine.Seq(1); seq <= n; seq++ {
		g := &engine.Group{Record: recordOf(seq, seq > same)}
		if seq > 1 {
			g.Prev = recordOf(seq-1, seq-1 > same).Hash
		}
		if err := eng.Append(t.Context(), seq-1, g); err != nil {
			t.Fatal(err)
		}
	}
	return eng
}

func recordOf(seq engine.Seq, other bool) engine.Record {
	r := enginetest.Record(seq)
	if other {
		r.Hash[0]++
	}
	return r
}

// afterFailover is a node that has seen records 5 to 9 of slot 0. Its database is on
// the history "c/2" now, which has the same records up to the 6th.
func afterFailover(t *testing.T, mode string) *lossCheck {
	t.Helper()
	directory, err := catalog.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "catalog.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = directory.Close() }) // the test is over
	if err := directory.Epochs.NoteOrigin(t.Context(), 0, catalog.Origin{Name: "c/1"}); err != nil {
		t.Fatal(err)
	}
	eng := &promoted{forked(t, 6, 12), "c/2"}
	engines := []engine.Engine{eng}
	return &lossCheck{
		directory: directory, witness: newWitness(""), mode: mode, log: slog.New(slog.DiscardHandler),
		slotSet: &slotSet{engines: engines, kept: engines, names: []string{"slot 0"}},
	}
}

func taken(t *testing.T, r *lossCheck) error {
	t.Helper()
	return r.takeOver(t.Context(), 0, catalog.Origin{Name: "c/2"}, catalog.SlotHead{Seq: 6, Hash: recordOf(6, false).Hash})
}

func seenOf(epoch uint32) (seen []sighting) {
	for seq := engine.Seq(9); seq >= 5; seq-- {
		seen = append(seen, sighting{Seq: uint64(seq), Hash: recordOf(seq, false).Hash, Epoch: epoch})
	}
	return seen
}

func TestAnEpochBeginsWithTheFirstWriteAfterAFailover(t *testing.T) {
	t.Parallel()
	r := afterFailover(t, lostContinue)
	for range 2 { // the second is another process, or the same once more
		if err := taken(t, r); err != nil {
			t.Fatal(err)
		}
		if h := r.directory.Epochs.History(0); len(h) != 1 || h[0].From != 6 {
			t.Fatalf("the history is %+v, want one epoch behind record 6", h)
		}
	}
	if origin, err := r.directory.Epochs.Origin(t.Context(), 0); err != nil || origin.Name != "c/2" {
		t.Errorf("the origin is %+v, %v", origin, err)
	}
	if r.witness.countLosses(0) != 1 {
		t.Errorf("%v losses are counted, want 1", r.witness.countLosses(0))
	}
}

func TestNothingIsLostWhereCommitsWaitedForAStandby(t *testing.T) {
	t.Parallel()
	r := afterFailover(t, lostStop)
	if err := r.directory.Epochs.NoteReplicated(t.Context(), 0, catalog.Origin{Name: "c/1", Replicated: true}); err != nil {
		t.Fatal(err)
	}
	if err := taken(t, r); err != nil {
		t.Fatal(err)
	}
	if h := r.directory.Epochs.History(0); len(h) != 0 {
		t.Errorf("the history is %+v, want none", h)
	}
}

func TestASlotStopsBeforeItIsTakenOver(t *testing.T) {
	t.Parallel()
	r := afterFailover(t, lostStop)
	if err := taken(t, r); !errors.Is(err, errLostWrites) || !errors.Is(err, engine.ErrBroken) {
		t.Fatalf("got %v, want errLostWrites and ErrBroken", err)
	}
	if origin, err := r.directory.Epochs.Origin(t.Context(), 0); err != nil || origin.Name != "c/1" || len(r.directory.Epochs.History(0)) != 0 {
		t.Errorf("the origin is %+v, %v, the history %+v: something was stored", origin, err, r.directory.Epochs.History(0))
	}
}

// A node names what it has seen and is not there, from the record behind which the
// epoch began: also where it has learnt of the epoch before it took down what it saw.
func TestWhatANodeHasSeenAndLostIsNamed(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func(*lossCheck) uint32{
		"before the epoch was known": func(*lossCheck) uint32 { return 0 },
		"after the epoch was known":  func(r *lossCheck) uint32 { return r.directory.Epochs.History(0)[0].ID },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := afterFailover(t, lostContinue)
			if err := taken(t, r); err != nil {
				t.Fatal(err)
			}
			lost, err := r.lossOf(t.Context(), 0, seenOf(of(r)))
			if err != nil || lost == nil || !lost.declared || lost.left.Seq != 6 || lost.to != 9 {
				t.Errorf("got %+v, %v, want records 7 to 9, which are declared", lost, err)
			}
		})
	}
}

func TestALossThatNobodyHasDeclaredIsDeclared(t *testing.T) {
	t.Parallel()
	r := afterFailover(t, lostContinue)
	r.witness.note(0, seenOf(0))
	if err := r.checkAtStart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h := r.directory.Epochs.History(0); len(h) != 1 || h[0].From != 6 || h[0].Lost != 9 {
		t.Errorf("the history is %+v, want an epoch behind record 6 that lost up to 9", h)
	}
	if got := r.witness.known(0); len(got) != 0 {
		t.Errorf("what was lost is still known: %+v", got)
	}
}
