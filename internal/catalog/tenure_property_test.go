package catalog

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// fleet is relays that share a sink, and the messages between them and its store, of which some come
// late, twice or never.
type fleet struct {
	t      *rapid.T
	now    time.Time
	sink   Tenure
	stored []string // what was reported, as the store has it
	relays []*courier
	// underWay are reports and claims that may still arrive.
	underWay []func()
}

// courier is a relay that delivers the sink while it has a lease by its own clock.
type courier struct {
	name  string
	epoch int64 // 0: it has none
	worn  int64 // the last epoch that had a worker
	until time.Time
	turn  int64
	n     int
	// open is the report that has no answer yet, "" for none; heard are those that were answered.
	open  string
	heard []string
}

// claim lets the store decide a claim as Claim does, and the relay hear of it, or not.
func (f *fleet) claim(c *courier) {
	held, sent := c.epoch, f.now
	f.send(func() func() {
		d := &divisible{Tenure: &f.sink, held: held, active: true, keep: func(*write) error { return nil }}
		p := &claimPlan{at: f.now, relays: &sinkRelays{}, taken: map[*divisible]bool{}}
		claim := &RelayClaim{Relay: c.name}
		p.divide(claim, []*divisible{d}, 1)
		if err := p.store(nil, claim); err != nil {
			f.t.Fatal(err)
		}
		mine, epoch, turn := len(p.mine) == 1, f.sink.Epoch, f.sink.Turn
		return func() {
			switch {
			case !mine:
			case epoch == c.epoch:
				c.until = sent.Add(SinkLease)
			case epoch > c.worn:
				*c = courier{name: c.name, epoch: epoch, worn: epoch, until: sent.Add(SinkLease), turn: turn, n: c.n, heard: c.heard}
			}
		}
	})
}

// report sends the next report, or the one without an answer again.
func (f *fleet) report(c *courier) {
	if !f.now.Before(c.until) {
		c.epoch, c.open = 0, "" // its worker has ended with its lease
		return
	}
	if c.open == "" {
		c.n++
		c.turn++
		c.open = fmt.Sprint(c.name, c.n)
	}
	epoch, turn, what := c.epoch, c.turn, c.open
	f.send(func() func() {
		again, err := f.sink.checkTurn(c.name, epoch, turn, f.now)
		if err == nil && !f.now.Before(f.sink.Lease.Time) {
			f.t.Fatalf("%s of %s is taken at %v, the lease ended at %v", what, c.name, f.now, f.sink.Lease.Time)
		}
		if err == nil && !again {
			f.sink.Turn, f.stored = turn, append(f.stored, what)
		}
		return func() {
			switch {
			case err == nil:
				c.heard = append(c.heard, what)
				if c.open == what {
					c.open = ""
				}
			case !errors.Is(err, ErrFenced):
				f.t.Fatal(err)
			case c.epoch == epoch:
				c.epoch, c.open = 0, ""
			}
		}
	})
}

// send carries a call to the store and its answer back.
func (f *fleet) send(call func() (answer func())) {
	arrives := func() {
		if answer := call(); rapid.IntRange(0, 4).Draw(f.t, "answered") > 0 {
			answer()
		}
	}
	fate := rapid.IntRange(0, 5).Draw(f.t, "fate")
	if fate > 0 {
		arrives()
	}
	if fate < 2 {
		f.underWay = append(f.underWay, arrives)
	}
}

// When relays stand still, and calls come late or twice, a report that was answered is stored,
// once. So a message that was acknowledged at its broker after that is in the books or in a list.
func TestAReportThatWasAnsweredIsStoredOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := &fleet{t: t, now: time.UnixMilli(1_000_000), relays: []*courier{{name: "a"}, {name: "b"}}}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			c := f.relays[rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "relay")]
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 0:
				f.now = f.now.Add(SinkLease + 500*time.Millisecond) // all stand still
			case 1, 2:
				f.now = f.now.Add(500 * time.Millisecond)
			case 3, 4:
				f.claim(c)
			case 5:
				if n := len(f.underWay); n > 0 {
					i := rapid.IntRange(0, n-1).Draw(t, "late")
					arrives := f.underWay[i]
					f.underWay = slices.Delete(f.underWay, i, i+1)
					arrives()
				}
			default:
				f.report(c)
			}
		}
		for _, c := range f.relays {
			for _, what := range c.heard {
				if n := len(slices.DeleteFunc(slices.Clone(f.stored), func(s string) bool { return s != what })); n != 1 {
					t.Fatalf("%s was answered, and is stored %d times: %v", what, n, f.stored)
				}
			}
		}
	})
}
