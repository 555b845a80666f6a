package catalog

import (
	"errors"
	"testing"
	"time"
)

func toKafka(topic string) func(*Source) (Source, error) {
	return func(*Source) (Source, error) {
		return Source{Kind: "kafka", Target: "kafka://b", Topic: topic, Group: "g", Format: "commands"}, nil
	}
}

func mustSource(t *testing.T, c *Catalog, name string) Source {
	t.Helper()
	s, err := c.Sources.Set(t.Context(), "demo", name, toKafka("in"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func claimSources(t *testing.T, c *Catalog, relay string, held map[string]int64) Claimed {
	t.Helper()
	got, err := c.Relays.Claim(t.Context(), RelayClaim{
		Tenant: "demo", Relay: relay, HeldSources: held,
		Usable: func(*Sink) bool { return true }, UsableSource: func(*Source) bool { return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestASourceIsKeptAsItWasSet(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		ctx := t.Context()
		first := mustSource(t, c, "a")
		if first.Epoch == 0 || first.State() != SinkRunning || first.Lag != -1 {
			t.Errorf("new: %+v", first)
		}
		clock.advance(time.Second)
		if again := mustSource(t, c, "a"); again.Revision != first.Revision || again.Epoch != first.Epoch {
			t.Errorf("the same again: %+v", again)
		}
		other, err := c.Sources.Set(ctx, "demo", "a", toKafka("other"))
		if err != nil || other.Epoch <= first.Epoch || other.Topic != "other" {
			t.Errorf("another topic: %+v, %v", other, err)
		}
		for range 2 {
			if paused, err := c.Sources.SetPaused(ctx, "demo", "a", true); err != nil || paused.State() != SinkPaused {
				t.Errorf("paused: %+v, %v", paused, err)
			}
		}
		if still, err := c.Sources.Set(ctx, "demo", "a", toKafka("in")); err != nil || !still.Paused {
			t.Errorf("a source that is set stays paused: %+v, %v", still, err)
		}
		if got := claimSources(t, c, "r", nil); len(got.Sources) != 0 {
			t.Errorf("a relay has what is paused: %+v", got)
		}
		if resumed, err := c.Sources.SetPaused(ctx, "demo", "a", false); err != nil || resumed.State() != SinkRunning {
			t.Errorf("resumed: %+v, %v", resumed, err)
		}
		for range 2 { // the second is no change
			if err := c.Sources.Drop(ctx, "demo", "a"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Sources.Get(ctx, "demo", "a"); !errors.Is(err, ErrUnknown) {
			t.Errorf("dropped: %v", err)
		}
		if anew := mustSource(t, c, "a"); anew.Epoch <= other.Epoch {
			t.Errorf("set anew: epoch %d after %d", anew.Epoch, other.Epoch)
		}
		for _, bad := range []Source{
			{Kind: "kafka", Target: "t", Topic: "in", Format: "commands"},
			{Kind: "kafka", Target: "t", Topic: "in", Group: "g", Reply: "in", Format: "commands"},
		} {
			if _, err := c.Sources.Set(ctx, "demo", "b", func(*Source) (Source, error) { return bad, nil }); !errors.As(err, new(*InvalidError)) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		mustVerify(t, c)
	})
}

// A source is one relay's at a time, and divided among relays as sinks are, together with
// them.
func TestASourceIsOneRelaysAtATime(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		ctx := t.Context()
		mustSink(t, c, "out")
		mustSource(t, c, "in")
		if got := claim(t, c, "old", nil); len(got) != 1 {
			t.Errorf("a relay that knows no sources has %v", got)
		}
		if _, err := c.Relays.Claim(ctx, RelayClaim{Tenant: "demo", Relay: "old", Leaving: true}); err != nil {
			t.Fatal(err)
		}
		one := claimSources(t, c, "r1", nil)
		if len(one.Sinks) != 1 || len(one.Sources) != 1 {
			t.Fatalf("alone it has %+v", one)
		}
		mine := one.Sources[0]
		step := SourceAdvance{Tenant: "demo", Source: "in", Relay: "r1", Epoch: mine.Epoch, Turn: 1, Accepted: 3, Refused: 2, Lag: 7, Failing: true, LastError: "no"}
		for range 2 { // the same call again is not noted twice
			if _, err := c.Sources.Advance(ctx, step); err != nil {
				t.Fatal(err)
			}
		}
		if s, err := c.Sources.Get(ctx, "demo", "in"); err != nil || s.Accepted != 3 || s.Refused != 2 || s.Lag != 7 || s.State() != SinkFailing || s.LastError != "no" {
			t.Errorf("after one turn: %+v, %v", s, err)
		}
		if got := claimSources(t, c, "r2", nil); len(got.Sources) != 0 {
			t.Errorf("another relay has it too: %+v", got)
		}
		clock.advance(SinkLease)
		two := claimSources(t, c, "r2", nil)
		if len(two.Sources) != 1 || two.Sources[0].Epoch <= mine.Epoch {
			t.Fatalf("taken over: %+v", two)
		}
		step.Turn = 2
		if _, err := c.Sources.Advance(ctx, step); !errors.Is(err, ErrFenced) {
			t.Errorf("the relay of before: %v", err)
		}
		mustVerify(t, c)
	})
}

// A test waits for a relay for some seconds, and only the one that was asked for last.
func TestASourceIsTested(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		ctx := t.Context()
		mustSource(t, c, "in")
		held := map[string]int64{}
		turn := int64(0)
		asked := func() string {
			t.Helper()
			got := claimSources(t, c, "r", held).Sources
			if len(got) != 1 {
				t.Fatalf("claimed: %+v", got)
			}
			if held["in"] != got[0].Epoch {
				held["in"], turn = got[0].Epoch, 0
			}
			return got[0].Test.ID
		}
		ask := func(id string) {
			t.Helper()
			if err := c.Sources.AskTest(ctx, "demo", "in", id); err != nil {
				t.Fatal(err)
			}
		}
		answer := func(id, fault string) SinkTest {
			t.Helper()
			turn++
			a := SourceAdvance{Tenant: "demo", Source: "in", Relay: "r", Epoch: held["in"], Turn: turn, Lag: -1, Test: &SinkTest{ID: id, Error: fault, TookMS: 3}}
			if _, err := c.Sources.Advance(ctx, a); err != nil {
				t.Fatal(err)
			}
			s, err := c.Sources.Get(ctx, "demo", "in")
			if err != nil {
				t.Fatal(err)
			}
			return s.Test
		}
		ask("one")
		if id := asked(); id != "one" {
			t.Errorf("the relay is asked for %q", id)
		}
		ask("two")
		if got := answer("one", ""); got.ID != "two" || got.Answered {
			t.Errorf("the answer to a test that nobody waits for: %+v", got)
		}
		if id := asked(); id != "two" {
			t.Errorf("the relay is asked for %q", id)
		}
		if got := answer("two", "no\x00topic"); !got.Answered || got.Error != "no topic" || got.TookMS != 3 {
			t.Errorf("answered: %+v", got)
		}
		if id := asked(); id != "" {
			t.Errorf("asked again for %q", id)
		}
		ask("three")
		if changed, err := c.Sources.Set(ctx, "demo", "in", toKafka("other")); err != nil || changed.Test.ID != "three" {
			t.Errorf("changed while it is tested: %+v, %v", changed, err)
		}
		if id := asked(); id != "three" {
			t.Errorf("the next relay is asked for %q", id)
		}
		clock.advance(testFor + time.Second)
		if id := asked(); id != "" {
			t.Errorf("asked for %q when nobody waits any longer", id)
		}
		if _, err := c.Sources.SetPaused(ctx, "demo", "in", true); err != nil {
			t.Fatal(err)
		}
		if err := c.Sources.AskTest(ctx, "demo", "in", "four"); !errors.Is(err, ErrStale) {
			t.Errorf("paused: %v", err)
		}
		if err := c.Sources.AskTest(ctx, "demo", "none", "four"); !errors.Is(err, ErrUnknown) {
			t.Errorf("of no source: %v", err)
		}
		mustVerify(t, c)
	})
}

func TestMessagesOfASourceAreParked(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ctx := t.Context()
		mustSource(t, c, "a")
		mustSource(t, c, "b")
		held := map[string]int64{}
		for _, s := range claimSources(t, c, "r", nil).Sources {
			held[s.Name] = s.Epoch
		}
		turn := int64(0)
		advance := func(a SourceAdvance) {
			t.Helper()
			turn++
			a.Tenant, a.Source, a.Relay, a.Epoch, a.Turn = "demo", "a", "r", held["a"], turn
			if _, err := c.Sources.Advance(ctx, a); err != nil {
				t.Fatal(err)
			}
		}
		message := func(id, body string, size int64) ParkedEvent {
			return ParkedEvent{EventID: id, ParkedProgress: ParkedProgress{Event: []byte(body), Size: size, Tries: 1, Cause: "no JSON"}}
		}
		advance(SourceAdvance{Parked: []ParkedEvent{message("in/0/1", "{", 1), message("in/0/2", "[", 100)}})
		advance(SourceAdvance{Parked: []ParkedEvent{message("in/0/1", "{", 1)}})
		all, err := c.Sources.Parked(ctx, "demo", "a", 0, 10)
		if err != nil || len(all) != 2 || string(all[0].Event) != "{" || all[1].Size != 100 {
			t.Fatalf("parked: %+v, %v", all, err)
		}
		if n, err := c.Sources.CountParked(ctx, "demo"); err != nil || n("a") != 2 || n("b") != 0 {
			t.Errorf("counted: %v", err)
		}
		if _, err := c.Sources.Requeue(ctx, "demo", "b", all[0].ID, "ann"); !errors.Is(err, ErrUnknown) {
			t.Errorf("of another source: %v", err)
		}
		if _, err := c.Sources.Requeue(ctx, "demo", "a", all[1].ID, "ann"); !errors.Is(err, ErrStale) {
			t.Errorf("what is not kept whole: %v", err)
		}
		for range 2 { // the second is no change
			if e, err := c.Sources.Requeue(ctx, "demo", "a", all[0].ID, "ann"); err != nil || e.State != EventRequeued || e.By != "ann" {
				t.Fatalf("requeued: %+v, %v", e, err)
			}
		}
		for _, s := range claimSources(t, c, "r", held).Sources {
			if s.Name == "a" && (len(s.Requeued) != 1 || string(s.Requeued[0].Event) != "{") || s.Name == "b" && len(s.Requeued) != 0 {
				t.Errorf("the relay of %s is told of %+v", s.Name, s.Requeued)
			}
		}
		advance(SourceAdvance{News: []ParkedNews{{ID: all[0].ID, Cause: "no JSON again", Tries: 1}}})
		if got, err := c.Sources.Parked(ctx, "demo", "a", 0, 1); err != nil || got[0].State != EventParked || got[0].Tries != 2 {
			t.Errorf("in vain: %+v, %v", got, err)
		}
		advance(SourceAdvance{Ended: []string{all[0].ID}})
		if _, err := c.Sources.Discard(ctx, "demo", "a", all[1].ID, "ann"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Sources.Discard(ctx, "demo", "a", all[1].ID, "ann"); !errors.Is(err, ErrUnknown) {
			t.Errorf("discarded twice: %v", err)
		}
		if rest, err := c.Sources.Parked(ctx, "demo", "a", 0, 10); err != nil || len(rest) != 0 {
			t.Errorf("left: %+v, %v", rest, err)
		}
		advance(SourceAdvance{Parked: []ParkedEvent{message("in/0/3", "{", 1)}})
		if err := c.Sources.Drop(ctx, "demo", "a"); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Sources.CountParked(ctx, "demo"); err != nil || n("a") != 0 {
			t.Errorf("of a source that is gone: %d, %v", n("a"), err)
		}
		mustVerify(t, c)
	})
}
