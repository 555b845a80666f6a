package catalog

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// toFile makes a sink of whatever was there.
func toFile(target string) func(*Sink) (Sink, error) {
	return func(*Sink) (Sink, error) {
		return Sink{Kind: "file", Target: target, Format: "plain", Batch: 100}, nil
	}
}

func mustSink(t *testing.T, c *Catalog, name string) Sink {
	t.Helper()
	s, err := c.Sinks.Set(t.Context(), "demo", name, "0-0", toFile(name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func claim(t *testing.T, c *Catalog, relay string, held map[string]int64) map[string]ClaimedSink {
	t.Helper()
	got, err := c.Relays.Claim(t.Context(), RelayClaim{Tenant: "demo", Relay: relay, Held: held, Usable: func(*Sink) bool { return true }})
	if err != nil || got.Lease <= 0 || got.Lease > SinkLease {
		t.Fatalf("%v, lease %v", err, got.Lease)
	}
	of := map[string]ClaimedSink{}
	for _, s := range got.Sinks {
		of[s.Name] = s
	}
	return of
}

func epochsOf(sinks map[string]ClaimedSink) map[string]int64 {
	held := map[string]int64{}
	for name, s := range sinks {
		held[name] = s.Epoch
	}
	return held
}

func TestASinkIsKeptAsItWasSet(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		ctx := t.Context()
		first := mustSink(t, c, "a")
		if first.Position != "0-0" || first.Epoch == 0 || first.State() != SinkRunning {
			t.Errorf("new: %+v", first)
		}
		clock.advance(time.Second)
		if again, err := c.Sinks.Set(ctx, "demo", "a", "0-9", toFile("a")); err != nil || again.Revision != first.Revision || again.Position != "0-0" || again.Epoch != first.Epoch {
			t.Errorf("the same again: %+v, %v", again, err)
		}
		other, err := c.Sinks.Set(ctx, "demo", "a", "0-9", toFile("b"))
		if err != nil || other.Epoch <= first.Epoch || other.Position != "0-0" || other.Target != "b" {
			t.Errorf("another target: %+v, %v", other, err)
		}
		paused, err := c.Sinks.Pause(ctx, "demo", "a")
		if err != nil || paused.State() != SinkPaused || paused.Epoch <= other.Epoch {
			t.Errorf("paused: %+v, %v", paused, err)
		}
		if got := claim(t, c, "r", nil); len(got) != 0 {
			t.Errorf("a relay has what is paused: %v", got)
		}
		if resumed, err := c.Sinks.Resume(ctx, "demo", "a"); err != nil || resumed.State() != SinkRunning || resumed.Epoch <= paused.Epoch {
			t.Errorf("resumed: %+v, %v", resumed, err)
		}
		for range 2 { // the second is no change
			if err := c.Sinks.Drop(ctx, "demo", "a"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Sinks.Get(ctx, "demo", "a"); !errors.Is(err, ErrUnknown) {
			t.Errorf("dropped: %v", err)
		}
		if anew := mustSink(t, c, "a"); anew.Epoch <= paused.Epoch {
			t.Errorf("set anew: epoch %d after %d", anew.Epoch, paused.Epoch)
		}
		if _, err := c.Sinks.Set(ctx, "demo", "b", "0-0", func(*Sink) (Sink, error) { return Sink{Kind: "file", Target: "t", Format: "plain"}, nil }); !errors.As(err, new(*InvalidError)) {
			t.Errorf("a batch of none: %v", err)
		}
		if _, err := c.Sinks.Set(ctx, "nobody", "b", "0-0", toFile("b")); !errors.Is(err, ErrUnknown) {
			t.Errorf("of an unknown tenant: %v", err)
		}
		mustVerify(t, c)
	})
}

// Two relays never move one cursor.
func TestASinkIsOneRelaysAtATime(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		ctx := t.Context()
		mustSink(t, c, "a")
		one := claim(t, c, "r1", nil)["a"]
		step := SinkAdvance{Tenant: "demo", Sink: "a", Relay: "r1", Epoch: one.Epoch, Turn: 1, Position: "0-3", Delivered: 3, Retries: 1}
		for range 2 { // the same call again is not noted twice
			if _, _, err := c.Sinks.Advance(ctx, step); err != nil {
				t.Fatal(err)
			}
		}
		if s, err := c.Sinks.Get(ctx, "demo", "a"); err != nil || s.Position != "0-3" || s.Delivered != 3 || s.Retries != 1 {
			t.Errorf("after one turn: %+v, %v", s, err)
		}
		if got := claim(t, c, "r2", nil); len(got) != 0 {
			t.Errorf("another relay has it too: %v", got)
		}
		clock.advance(SinkLease / 2)
		if got := claim(t, c, "r1", epochsOf(map[string]ClaimedSink{"a": one}))["a"]; got.Epoch != one.Epoch {
			t.Errorf("renewed: epoch %d, want %d", got.Epoch, one.Epoch)
		}
		clock.advance(SinkLease)
		two := claim(t, c, "r2", nil)["a"]
		if two.Epoch <= one.Epoch || two.Position != "0-3" {
			t.Fatalf("taken over: %+v", two)
		}
		step.Turn, step.Position = 2, "0-9"
		if _, _, err := c.Sinks.Advance(ctx, step); !errors.Is(err, ErrFenced) {
			t.Errorf("the relay of before: %v", err)
		}
		if s, err := c.Sinks.Get(ctx, "demo", "a"); err != nil || s.Position != "0-3" {
			t.Errorf("moved by the relay of before: %+v, %v", s, err)
		}
		if _, err := c.Sinks.Rewind(ctx, "demo", "a", "0-1", func(string) bool { return false }); err != nil {
			t.Fatal(err)
		}
		step.Relay, step.Epoch = "r2", two.Epoch
		if _, _, err := c.Sinks.Advance(ctx, step); !errors.Is(err, ErrFenced) {
			t.Errorf("after a rewind: %v", err)
		}
		mustVerify(t, c)
	})
}

func TestSinksAreDividedAmongRelays(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		for i := range 6 {
			mustSink(t, c, fmt.Sprintf("s%d", i))
		}
		one := claim(t, c, "r1", nil)
		if len(one) != 6 {
			t.Fatalf("alone it has %d of 6", len(one))
		}
		if two := claim(t, c, "r2", nil); len(two) != 0 {
			t.Fatalf("the other has %d that are taken", len(two))
		}
		if one = claim(t, c, "r1", epochsOf(one)); len(one) != 4 {
			t.Fatalf("beside another it keeps %d of 6, want 4", len(one))
		}
		two := map[string]ClaimedSink{}
		for range 3 {
			clock.advance(SinkLease * 2 / 5)
			one, two = claim(t, c, "r1", epochsOf(one)), claim(t, c, "r2", epochsOf(two))
		}
		if len(one) != 4 || len(two) != 2 {
			t.Errorf("divided %d and %d", len(one), len(two))
		}
		if _, err := c.Relays.Claim(t.Context(), RelayClaim{Tenant: "demo", Relay: "r1", Leaving: true}); err != nil {
			t.Fatal(err)
		}
		if two = claim(t, c, "r2", epochsOf(two)); len(two) != 6 {
			t.Errorf("when the other has left it has %d of 6", len(two))
		}
		clock.advance(SinkLease)
		if three := claim(t, c, "r3", nil); len(three) != 6 {
			t.Errorf("after a death another has %d of 6", len(three))
		}
		mustVerify(t, c)
	})
}

func TestWhatASinkDoesNotTakeIsParked(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ctx := t.Context()
		mustSink(t, c, "a")
		held := claim(t, c, "r", nil)
		turn := int64(0)
		advance := func(a SinkAdvance) []string {
			t.Helper()
			turn++
			a.Tenant, a.Sink, a.Relay, a.Epoch, a.Turn = "demo", "a", "r", held["a"].Epoch, turn
			_, ids, err := c.Sinks.Advance(ctx, a)
			if err != nil {
				t.Fatal(err)
			}
			return ids
		}
		event := func(id string) ParkedEvent {
			return ParkedEvent{Key: "shop/" + id, EventID: id, Position: "0-0", ParkedProgress: ParkedProgress{Event: []byte("what it says"), Tries: 10, Cause: "no\x00thanks"}}
		}
		ids := advance(SinkAdvance{Parked: []ParkedEvent{event("0-1-0-0"), event("0-2-0-0")}})
		if again := advance(SinkAdvance{Parked: []ParkedEvent{event("0-1-0-0")}}); again[0] != ids[0] {
			t.Errorf("parked again: %v, at first %v", again, ids)
		}
		advance(SinkAdvance{News: []ParkedNews{{ID: ids[0], Waiting: 2}, {ID: "none", Waiting: 1}}})
		parked, err := c.Sinks.Parked(ctx, "demo", "a", 0, 10)
		if err != nil || len(parked) != 2 || parked[0].ID != ids[0] || parked[0].Waiting != 2 || parked[0].Tries != 10 || parked[0].Cause != "no thanks" || string(parked[0].Event) != "what it says" {
			t.Fatalf("parked: %+v, %v", parked, err)
		}
		if rest, err := c.Sinks.Parked(ctx, "demo", "a", parked[0].Number, 10); err != nil || len(rest) != 1 || rest[0].ID != ids[1] {
			t.Errorf("the next page: %+v, %v", rest, err)
		}
		for range 2 { // the second is no change
			if e, err := c.Sinks.Decide(ctx, "demo", "a", ids[0], EventRequeued, "ann"); err != nil || e.State != EventRequeued || e.By != "ann" {
				t.Fatalf("requeued: %+v, %v", e, err)
			}
		}
		if _, err := c.Sinks.Decide(ctx, "demo", "b", ids[1], EventRequeued, "ann"); !errors.Is(err, ErrUnknown) {
			t.Errorf("of another sink: %v", err)
		}
		if got := claim(t, c, "r", epochsOf(held))["a"].Parked; len(got) != 1 || got[0].ID != ids[0] || got[0].State != EventRequeued {
			t.Errorf("its relay is told of %+v", got)
		}
		advance(SinkAdvance{News: []ParkedNews{{ID: ids[0], Cause: "no again", Tries: 10}}})
		if parked, err = c.Sinks.Parked(ctx, "demo", "a", 0, 10); err != nil || parked[0].State != EventParked || parked[0].Tries != 20 {
			t.Errorf("in vain: %+v, %v", parked, err)
		}
		advance(SinkAdvance{Ended: []string{ids[0], "none"}})
		if n, err := c.Sinks.CountParked(ctx, "demo"); err != nil || n["a"] != 1 {
			t.Errorf("counted %v, %v", n, err)
		}
		if _, err := c.Sinks.Rewind(ctx, "demo", "a", "0-0", func(event string) bool { return event == "0-2-0-0" }); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Sinks.CountParked(ctx, "demo"); err != nil || len(n) != 0 {
			t.Errorf("after a rewind in front of it: %v, %v", n, err)
		}
		mustVerify(t, c)
	})
}

func TestTheLatestDeliveriesAreKept(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ctx := t.Context()
		mustSink(t, c, "a")
		epoch := claim(t, c, "r", nil)["a"].Epoch
		const all = MaxDeliveries + 130
		for turn, told := int64(1), 0; told < all; turn++ {
			a := SinkAdvance{Tenant: "demo", Sink: "a", Relay: "r", Epoch: epoch, Turn: turn}
			for range min(170, all-told) {
				told++
				a.Deliveries = append(a.Deliveries, SinkDelivery{EventID: fmt.Sprintf("0-%d-0-0", told), Position: "0-0", Try: 1})
			}
			if _, _, err := c.Sinks.Advance(ctx, a); err != nil {
				t.Fatal(err)
			}
		}
		var numbers []int64
		for before := int64(0); ; before = numbers[len(numbers)-1] {
			page, err := c.Sinks.Deliveries(ctx, "demo", "a", before, 400)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range page {
				numbers = append(numbers, d.Number)
				if d.EventID != fmt.Sprintf("0-%d-0-0", d.Number) {
					t.Fatalf("delivery %d is of %s", d.Number, d.EventID)
				}
			}
			if len(page) < 400 {
				break
			}
		}
		for i, n := range numbers {
			if n != int64(all-i) {
				t.Fatalf("place %d has delivery %d, want %d", i, n, all-i)
			}
		}
		if len(numbers) != MaxDeliveries {
			t.Errorf("%d are kept, want %d", len(numbers), MaxDeliveries)
		}
		if d, err := c.Sinks.Redeliver(ctx, "demo", "a", fmt.Sprint(all)); err != nil || d.Number != all {
			t.Errorf("the newest: %+v, %v", d, err)
		}
		for _, id := range []string{"0", "1", "130", fmt.Sprint(all + 1), "x"} {
			if _, err := c.Sinks.Redeliver(ctx, "demo", "a", id); !errors.Is(err, ErrUnknown) {
				t.Errorf("delivery %s: %v", id, err)
			}
		}
		if got := claim(t, c, "r", map[string]int64{"a": epoch})["a"].Redeliver; len(got) != 1 || got[0].ID != fmt.Sprint(all) {
			t.Errorf("its relay is told of %+v", got)
		}
		last := SinkAdvance{Tenant: "demo", Sink: "a", Relay: "r", Epoch: epoch, Turn: 100, Deliveries: []SinkDelivery{{EventID: "0-1-0-0", Position: "0-0", Try: 1, Of: fmt.Sprint(all)}}}
		if _, _, err := c.Sinks.Advance(ctx, last); err != nil {
			t.Fatal(err)
		}
		if s, err := c.Sinks.Get(ctx, "demo", "a"); err != nil || len(s.Redeliver) != 0 {
			t.Errorf("repeated: %+v, %v", s.Redeliver, err)
		}
		mustVerify(t, c)
	})
}
