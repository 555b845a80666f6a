package stock

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

const (
	second Time = 1000
	// start is the time of the given commands of a case.
	start = 1000 * second
)

// at is a command at another time than start.
type at struct {
	now Time
	Command
}

func when(c Command) (Command, Time) {
	if a, ok := c.(at); ok {
		return a.Command, a.now
	}
	return c, start
}

// A ruleCase applies commands, then checks the outcome of one more.
type ruleCase struct {
	name  string
	given []Command
	when  Command
	// want is the outcome as a text made by told.
	want []string
}

func runCases(t *testing.T, cases []ruleCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newShelf()
			for i, g := range c.given {
				cmd, now := when(g)
				if _, err := b.do(cmd, now); err != nil {
					t.Fatalf("given %d, %T: %v", i, cmd, err)
				}
			}
			before := b.clone()
			cmd, now := when(c.when)
			e, err := b.do(cmd, now)
			if diff := gocmp.Diff(c.want, told(e, err)); diff != "" {
				t.Errorf("%T %+v\nwanted (-), got (+):\n%s", cmd, cmd, diff)
			}
			if err != nil || !e.Changed() {
				if diff := gocmp.Diff(before, b, gocmp.AllowUnexported(shelf{})); diff != "" {
					t.Errorf("nothing may change, but:\n%s", diff)
				}
			}
			if err := b.validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

// told returns an outcome as sentences: each item with its postings, each line, each
// shortage, or the refusal.
func told(e Event, err error) []string {
	var out []string
	var r *Refusal
	switch {
	case errors.As(err, &r):
		out = append(out, strings.TrimSpace(fmt.Sprintf("refused %s %s%s", r.Code, r.Field, r.State)))
		if r.Version != 0 {
			out = append(out, fmt.Sprintf("version is %d", r.Version))
		}
		return append(out, tellShort(r.Shortages)...)
	case err != nil:
		return []string{err.Error()}
	}
	for _, c := range e.Items {
		s := fmt.Sprintf("%s v%d:", spot(c.Key), c.Version)
		for _, p := range c.Postings {
			s += fmt.Sprintf(" %d %s>%s,", p.Qty, p.From, p.To)
		}
		s += fmt.Sprintf(" %d available, %d held, %d on hand", c.Figures.Available, c.Figures.Held, c.Figures.OnHand)
		out = append(out, s+unchanged(c.Changed))
	}
	for _, c := range e.Lines {
		l := c.Line
		s := fmt.Sprintf("%s: %d of %d held", spot(l.Item), l.Quantity(), l.Requested)
		if l.Confirmed > 0 {
			s += fmt.Sprintf(", %d deducted", l.Confirmed)
		}
		if l.Returned > 0 {
			s += fmt.Sprintf(", %d returned", l.Returned)
		}
		if l.Released > 0 {
			s += fmt.Sprintf(", %d released", l.Released)
		}
		s += ", " + l.State()
		if l.End == Open && l.Deadline == 0 {
			s += " for good"
		} else if l.End == Open && l.Deadline != start+minute {
			s += fmt.Sprintf(" until %d s", (l.Deadline-start)/second)
		}
		out = append(out, s+unchanged(c.Changed))
	}
	return append(out, tellShort(e.Short)...)
}

func tellShort(short []Shortage) []string {
	var out []string
	for _, s := range short {
		line := fmt.Sprintf("short %s: %d of %d", spot(ItemKey{Location: s.Location, Product: s.Product}), s.Available, s.Requested)
		if s.NotOnSale {
			line += ", not on sale"
		}
		if s.OverLimit {
			line += ", the channel's limit"
		}
		out = append(out, line)
	}
	return out
}

func unchanged(changed bool) string {
	if changed {
		return ""
	}
	return " (as it was)"
}

func isRefusal(err error, r **Refusal) bool { return errors.As(err, r) }
