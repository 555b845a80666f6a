package alert

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/catalog"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func someRule(r *rapid.T) *catalog.AlertRule {
	return &catalog.AlertRule{
		Tenant: "demo", ID: "low", Title: "Low", Metric: Available, Condition: "value <= threshold", Severity: "warning", SendTo: []string{"a", "b"},
		For:   period(time.Duration(rapid.IntRange(0, 6).Draw(r, "for")) * Every),
		Clear: period(time.Duration(rapid.IntRange(0, 6).Draw(r, "clear")) * Every),
	}
}

// For all values: an alert fires only after its condition held for long enough, and is
// resolved only after the condition did not hold for long enough. For each firing every
// receiver gets one notice of the beginning and one of the end.
func TestAnAlertDoesNotFlap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		rule := someRule(r)
		a := subject{product: "mug", location: "berlin"}.alert(rule)
		var held, not time.Time // since when it holds, and does not
		sent := map[string]int{}
		firings := 0
		for i := range rapid.IntRange(1, 200).Draw(r, "steps") {
			at := noon.Add(time.Duration(i) * Every)
			holds := rapid.Bool().Draw(r, "holds")
			if holds && held.IsZero() {
				held, not = at, time.Time{}
			} else if !holds && not.IsZero() {
				held, not = time.Time{}, at
			}
			was := a.Phase
			step(rule, "", &a, &subjectValue{value: float64(i), known: true, holds: holds}, at)
			switch {
			case was != catalog.AlertFiring && a.Phase == catalog.AlertFiring:
				firings++
				if !holds || at.Sub(held) < time.Duration(rule.For) {
					r.Fatalf("it fires at step %d, and the condition holds since %v", i, held)
				}
			case was == catalog.AlertFiring && a.Phase != catalog.AlertFiring:
				if holds || at.Sub(not) < time.Duration(rule.Clear) {
					r.Fatalf("it is resolved at step %d, and the condition does not hold since %v", i, not)
				}
			case a.Phase == catalog.AlertFiring && !holds && at.Sub(not) >= time.Duration(rule.Clear):
				r.Fatalf("it still fires at step %d", i)
			case a.Phase != catalog.AlertFiring && holds && at.Sub(held) >= time.Duration(rule.For):
				r.Fatalf("it does not fire at step %d", i)
			}
			for _, n := range a.Outbox {
				sent[fmt.Sprint(a.Firings, n.State, n.To)]++
				if n.Value != a.Value {
					r.Fatalf("the notice says %v, the alert %v", n.Value, a.Value)
				}
			}
			a.Outbox = nil
		}
		want := 4 * firings
		if a.Phase == catalog.AlertFiring {
			want -= 2
		}
		for what, n := range sent {
			if n != 1 {
				r.Errorf("%s was told %d times", what, n)
			}
		}
		if len(sent) != want || int(a.Firings) != firings {
			r.Errorf("%d notices of %d firings, want %d", len(sent), firings, want)
		}
		if len(a.History) > 50 {
			r.Errorf("%d moments are kept", len(a.History))
		}
	})
}

// A notice that is kept back is not sent. A firing whose first notice was kept back is sent
// when it is no longer kept back.
func TestWhatIsMutedSendsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		rule := someRule(r)
		rule.Repeat = period(time.Duration(rapid.IntRange(0, 12).Draw(r, "repeat")) * Every)
		a := subject{product: "mug"}.alert(rule)
		for i := range rapid.IntRange(1, 200).Draw(r, "steps") {
			at, silence := noon.Add(time.Duration(i)*Every), ""
			if rapid.Bool().Draw(r, "silenced") {
				silence = "night"
			}
			if a.Muted = (catalog.AlertAct{}); rapid.Bool().Draw(r, "muted") {
				a.Muted.At = catalog.Moment{Time: at}
			}
			told := a.Told
			step(rule, silence, &a, &subjectValue{value: 1, known: true, holds: rapid.IntRange(0, 3).Draw(r, "holds") > 0}, at)
			switch {
			case len(a.Outbox) > 0 && (silence != "" || !a.Muted.At.IsZero()):
				r.Fatalf("%d notices were sent at step %d", len(a.Outbox), i)
			case a.State() == catalog.AlertFiring && a.Clearing.IsZero() && a.Told.IsZero():
				r.Fatalf("nobody knows of it at step %d", i)
			case a.Phase == catalog.AlertFiring && len(a.Outbox) > 0 && !told.IsZero() && (rule.Repeat == 0 || at.Sub(told.Time) < time.Duration(rule.Repeat)):
				r.Fatalf("it was told again at step %d", i)
			}
			a.Outbox = nil
		}
	})
}

// Of a rule that finds very much the first have an alert each, the others one together.
func TestWhatARuleFindsIsBounded(t *testing.T) {
	t.Parallel()
	rule := &catalog.AlertRule{Tenant: "demo", ID: "low", Metric: Available, Condition: "value <= threshold"}
	samples := make([]subjectValue, MaxFiring+234)
	for i := range samples {
		samples[i] = subjectValue{subject: subject{product: fmt.Sprint("p", i)}, value: 1, known: true, holds: true}
	}
	var open []catalog.Alert
	for _, c := range plan(rule, nil, nil, samples, noon) {
		a := c.New
		if c.Step(&a) {
			open = append(open, a)
		}
	}
	last := &open[len(open)-1]
	if len(open) != MaxFiring+1 || last.Subject != rest.other || last.Value != float64(len(samples)) {
		t.Fatalf("%d alerts, the last of %q with %v", len(open), last.Subject, last.Value)
	}
	if again := plan(rule, open, nil, samples, noon.Add(Every)); len(again) != 0 {
		t.Errorf("the same again changes %d alerts", len(again))
	}
	if fewer := plan(rule, open, nil, samples[:MaxFiring], noon.Add(Every)); len(fewer) != 1 || fewer[0].New.Subject != rest.other {
		t.Errorf("%d changes when there are no more than have alerts", len(fewer))
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	m := metricOf(Available)
	for text, want := range map[string]bool{
		"value <= threshold": true, "value < 3": false, "value == 3 and not (held > on_hand)": true, "value > 1 ? true : false": true,
		"value / 0 > 1": true, "-value < 0 && value ** 2 == 9": true,
	} {
		c, err := compile(m, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := c.holds(3, 5, 4, 1); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	for text, want := range map[string]string{
		"value <": "line 1, column 8: it ends", "value": "should be true or false", "valeu < 3": "column 1: available has no valeu", "value < usual": "column 9", `value == "3"`: "column 10",
		"any(held)": "has no any", "value\nin 100": `line 2, column 1: "in" is not`, "value > len": "has no len", "true == (1 == 1) and env": "has no env",
		"value > 1 and held": "both sides of and", "true == held": "one side of ==", "not held": "stands before a number", "(value > 1": "a ) is expected", "1 < (2 < 3)": "both sides of <",
		"value > 1 ? held : true": "one choice is a number", "held ? true : false": "before ?", "value > 1 ? true": "a : is expected", "": "it ends", "value > 1e999": "is no number", "value > 1 €": `"€"`,
	} {
		if c, err := compile(m, text); err == nil {
			t.Errorf("%s: %+v is allowed", text, c)
		} else if got := err.Error(); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	long := "value > 0"
	for range 60 {
		long += " and value > 0"
	}
	if _, err := compile(m, long); err == nil {
		t.Error("a condition of hundreds of parts is allowed")
	}
}

// Each example is a rule that may be stored.
func TestTheExamplesMayBeStored(t *testing.T) {
	t.Parallel()
	for _, m := range Metrics {
		r := m.Example
		r.Metric, r.Tenant = m.Name, shopTenant
		if err := Check(&r); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
}
