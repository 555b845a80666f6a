package fleet

import (
	"context"
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/sim/load"
)

// threeNodes is one comparison of three nodes with one node that has all callers.
type threeNodes struct {
	name    string
	slots   int
	forward bool
	goal    float64
}

// shares measures the rate of three nodes as a share of that of one.
func (r *nodes) shares(ctx context.Context) error {
	for _, t := range []threeNodes{
		{name: fmt.Sprintf("%d-slots", r.Slots), slots: r.Slots, forward: true, goal: 0.65},
		{name: "1-slot", slots: 1, forward: true, goal: 0.7},
		{name: "1-slot-no-forwarding", slots: 1, goal: 0.5},
	} {
		for _, w := range []*load.Workload{hotIn(t.slots), load.SpreadOver(r.Items)} {
			if err := r.share(ctx, t, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// hotIn is one item in each slot, all equally in demand.
func hotIn(slots int) *load.Workload {
	w := load.Uniform(slots)
	w.Name = "hot"
	return w
}

func (r *nodes) share(ctx context.Context, t threeNodes, w *load.Workload) error {
	name := fmt.Sprintf("%s/%s/%s/", r.ground.engine, w.Name, t.name)
	three := crewConfig{nodes: 3, slots: t.slots, databases: 1, forward: t.forward, w: w}
	one := crewConfig{nodes: 1, slots: t.slots, databases: 1, w: w}
	return r.runWithCrews(ctx, name+"three-nodes-vs-one", func(crews ...*crew) error {
		a, b := crews[0], crews[1]
		if err := r.takeTurns(ctx, name+"three-nodes-vs-one", r.Callers, a, b); err != nil {
			return err
		}
		r.compare(name+"three-nodes-vs-one", a, b, t.goal, fmt.Sprintf("%d callers on three nodes, against all of them on one; %s", r.Callers, a.habits(t.slots)))
		if !t.forward {
			most, least := a.uneven()
			r.find(Finding{
				Name: name + "most-vs-least", Value: most / max(least, 1), Unit: times, Goal: 1.2, AtMost: true, Rounds: r.Rounds,
				Note: fmt.Sprintf("commands answered by the node with the most and with the least: %.0f, %.0f", most, least),
			})
		}
		return nil
	}, three, one)
}

// takeTurns lets callers use one crew and then the other, round by round, after a short
// warm-up without measurement.
func (r *nodes) takeTurns(ctx context.Context, name string, callers int, crews ...*crew) error {
	for _, a := range crews {
		if _, err := load.Drive(ctx, callers, 1, r.Cell/3, a.op); err != nil {
			return err
		}
		for _, m := range a.members {
			m.answered.Store(0)
		}
	}
	for round := range r.Rounds {
		r.Progress(fmt.Sprintf("%s, round %d of %d", name, round+1, r.Rounds))
		for _, a := range crews {
			s, err := a.drive(ctx, r.ground, callers, r.Cell)
			if err != nil {
				return err
			}
			a.side.Add(s.Figure())
		}
	}
	return nil
}

// compare reports the rate of a as a share of that of b.
func (r *nodes) compare(name string, a, b *crew, goal float64, note string) {
	ours, theirs := a.side.Middle(), b.side.Middle()
	r.find(Finding{
		Name: name, Value: load.Ratio(&a.side, &b.side), Unit: times, Goal: goal, A: &ours, B: &theirs, Note: note, Rounds: r.Rounds,
	})
}

// uneven is how many commands the busiest node has answered, and the least busy
// one.
func (a *crew) uneven() (most, least float64) {
	least = float64(a.members[0].answered.Load())
	for _, m := range a.members {
		n := float64(m.answered.Load())
		most, least = max(most, n), min(least, n)
	}
	return most, least
}

// habits shows how many slots each node is home of, and how groups were routed.
func (a *crew) habits(slots int) string {
	var sum ledger.Stats
	var homes []string
	for _, m := range a.members {
		s := m.books.Stats()
		sum.Groups, sum.Entries = sum.Groups+s.Groups, sum.Entries+s.Entries
		sum.Forwarded, sum.Unanswered, sum.Moved = sum.Forwarded+s.Forwarded, sum.Unanswered+s.Unanswered, sum.Moved+s.Moved
		if m.node == nil {
			continue
		}
		own := 0
		for slot := range slots {
			if _, is := m.node.Home(uint16(slot)); is {
				own++
			}
		}
		homes = append(homes, fmt.Sprint(own))
	}
	text := fmt.Sprintf("groups of %.0f, %d heads lost", float64(sum.Entries)/float64(max(sum.Groups, 1)), sum.Moved)
	if homes != nil {
		text += fmt.Sprintf(", homes of %s slots, %.0f%% forwarded, %d groups not answered by the home in time",
			strings.Join(homes, " + "), 100*float64(sum.Forwarded)/float64(max(sum.Entries, 1)), sum.Unanswered)
	}
	return text
}
