package alert

import (
	"errors"
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/catalog"
)

// written draws an expression: of truth, or of a number.
func written(r *rapid.T, m *Metric, truth bool, depth int) string {
	kind := rapid.IntRange(0, 9).Draw(r, "kind")
	inner := func(truth bool) string { return written(r, m, truth, depth-1) }
	one := func(of ...string) string { return rapid.SampledFrom(of).Draw(r, "which") }
	switch {
	case depth == 0 && truth:
		return one("true", "false", m.Variables[0]+" > 2")
	case depth == 0:
		return one(append([]string{"0", "1", "2.5", "1_000", "1e3", ".5"}, m.Variables...)...)
	case kind == 0:
		return "(" + inner(truth) + ")"
	case kind == 1:
		return "(" + inner(true) + " ? " + inner(truth) + " : " + inner(truth) + ")"
	case kind == 2 && truth:
		return one("not ", "! ") + "(" + inner(true) + ")"
	case kind == 2:
		return one("-", "+ ") + inner(false)
	case kind == 3 && truth:
		return inner(false) + one("<", " <= ", ">") + inner(false) + one(">=", " < ", " > ") + inner(false)
	case kind < 6 && truth:
		return inner(true) + one(" and ", " or ", "&&", " || ", " == ", " != ") + inner(true)
	case truth:
		return inner(false) + one("<", "<=", " > ", ">=", "==", " != ") + inner(false)
	}
	// expr has whole numbers, of which 0 has no sign; so nothing is divided by what may be 0.
	some := append([]string{"1", "2.5", "1e1"}, m.Variables...)
	switch kind {
	case 7:
		return one(some...) + one("**", " ^ ") + one(some...)
	case 8:
		return inner(false) + " / " + one(some...)
	}
	return inner(false) + one("+", " - ", "*") + inner(false)
}

// Each text is taken or refused as github.com/expr-lang/expr takes or refuses it,
// and says the same of the same numbers. A text that expr accepts and cannot
// always run is refused: a choice between a number and a truth value.
func TestConditionsAreThoseOfExpr(t *testing.T) {
	t.Parallel()
	m := metricOf(Available)
	taken := 0
	rapid.Check(t, func(r *rapid.T) {
		text := written(r, m, rapid.IntRange(0, 19).Draw(r, "truth") > 0, rapid.IntRange(0, 4).Draw(r, "depth"))
		numbers, env := make([]float64, len(m.Variables)), map[string]any{}
		for i, name := range m.Variables {
			numbers[i] = float64(rapid.SampledFrom([]int{-3, -2, -1, 1, 2, 3, 4, 5}).Draw(r, name)) / 2
			env[name] = numbers[i]
		}
		program, wrong := expr.Compile(text, expr.Env(env), expr.AsBool(), expr.DisableAllBuiltins(), expr.MaxNodes(maxNodes))
		c, err := compile(m, text)
		if wrong != nil {
			if err == nil {
				r.Fatalf("%s is taken, and expr says %v", text, wrong)
			}
			return
		}
		want, wrong := expr.Run(program, env)
		switch {
		case err != nil && wrong == nil && !strings.Contains(err.Error(), "one choice"):
			r.Fatalf("%s: %v, and expr says %v", text, err, want)
		case err == nil && (wrong != nil || c.holds(numbers...) != want):
			r.Fatalf("%s of %v: %v, and expr says %v, %v", text, env, c.holds(numbers...), want, wrong)
		case err == nil:
			taken++
		}
	})
	if taken == 0 {
		t.Error("no condition was taken")
	}
}

// A text that is no condition is refused with the place that is wrong.
func TestWhatIsNoConditionIsRefused(t *testing.T) {
	t.Parallel()
	m := metricOf(Available)
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringMatching(`[ \n()!<>=*/^?:&|+a-z0-9_.€"-]{0,40}`).Draw(r, "text")
		c, err := compile(m, text)
		var invalid *catalog.InvalidError
		switch {
		case err != nil && !errors.As(err, &invalid):
			r.Fatalf("%q: %v", text, err)
		case err == nil:
			_ = c.holds(make([]float64, len(m.Variables))...) // it does not panic
		}
	})
}
