package catalog

import (
	"errors"
	"testing"
	"time"
)

// An epoch ends with its lease: a relay that stood still gets another one, although no other
// relay came in between, and what it still reports under the old one is refused. Under one
// epoch no turn is taken for a repeat of an earlier one but the last.
func TestAnEpochEndsWithItsLease(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		ctx := t.Context()
		mustSink(t, c, "out")
		mustSource(t, c, "in")
		held := RelayClaim{Tenant: "demo", Relay: "r", Held: map[string]int64{}, HeldSources: map[string]int64{}, Usable: func(*Sink) bool { return true }, UsableSource: func(*Source) bool { return true }}
		again := func(what string, wantNew bool) (out ClaimedSink, source ClaimedSource) {
			t.Helper()
			got, err := c.Relays.Claim(ctx, held)
			if err != nil || len(got.Sinks) != 1 || len(got.Sources) != 1 {
				t.Fatalf("%s: %+v, %v", what, got, err)
			}
			out, source = got.Sinks[0], got.Sources[0]
			if isNew := out.Epoch > held.Held["out"]; isNew != wantNew {
				t.Errorf("%s: the sink has epoch %d after %d", what, out.Epoch, held.Held["out"])
			}
			if isNew := source.Epoch > held.HeldSources["in"]; isNew != wantNew {
				t.Errorf("%s: the source has epoch %d after %d", what, source.Epoch, held.HeldSources["in"])
			}
			held.Held["out"], held.HeldSources["in"] = out.Epoch, source.Epoch
			return out, source
		}
		report := func(epochs [2]int64, turn int64) (sink, source error) {
			_, _, sink = c.Sinks.Advance(ctx, SinkAdvance{
				Tenant: "demo", Sink: "out", Relay: "r", Epoch: epochs[0], Turn: turn, Position: "0-0",
				Parked: []ParkedEvent{{Key: "main/cup", EventID: "0-1-0-0", Position: "0-0"}},
			})
			_, source = c.Sources.Advance(ctx, SourceAdvance{Tenant: "demo", Source: "in", Relay: "r", Epoch: epochs[1], Turn: turn, Accepted: 1, Lag: -1})
			return sink, source
		}
		want := func(what string, epochs [2]int64, turn int64, want error) {
			t.Helper()
			if sink, source := report(epochs, turn); !errors.Is(sink, want) || !errors.Is(source, want) {
				t.Errorf("%s: the sink's report %v, the source's %v; want %v", what, sink, source, want)
			}
		}
		epochs := func() [2]int64 { return [2]int64{held.Held["out"], held.HeldSources["in"]} }

		again("the first claim", true)
		for turn := int64(1); turn <= 3; turn++ {
			want("a turn", epochs(), turn, nil)
		}
		want("the last turn again", epochs(), 3, nil)
		want("a turn before the last", epochs(), 2, ErrFenced)
		if out, source := again("in time", false); out.Turn != 3 || source.Turn != 3 {
			t.Errorf("a claim says that turns %d and %d are stored, want 3", out.Turn, source.Turn)
		}
		clock.advance(SinkLease)
		first := epochs()
		want("a report after the lease", first, 4, ErrFenced)
		out, source := again("after the lease", true)
		if out.Turn != 0 || source.Turn != 0 || len(out.Parked) != 1 {
			t.Errorf("anew: turns %d and %d, parked %+v", out.Turn, source.Turn, out.Parked)
		}
		want("a report under the epoch of before", first, 4, ErrFenced)
		want("the first report of the new epoch", epochs(), 1, nil)
		if s, err := c.Sources.Get(ctx, "demo", "in"); err != nil || s.Accepted != 4 {
			t.Errorf("%d are accepted, want 4, %v", s.Accepted, err)
		}
		clock.advance(SinkLease - time.Millisecond)
		again("just in time: a report renews as well", false)
		mustVerify(t, c)
	})
}
