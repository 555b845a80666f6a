package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUnitIsFixedByWhoNamesItFirst(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		kg := Unit{"kg", 3}
		fixed := &UnitFixedError{}
		invalid := &InvalidError{}
		c, _ := opened(t, in)
		for _, tc := range []struct {
			name   string
			before []Unit
			names  Unit
			want   Unit
			err    any
		}{
			{name: "a product that nobody gave a unit has none", want: Unit{}},
			{name: "unit and scale together fix it", names: kg, want: kg},
			{name: "a product without a unit takes one later", before: []Unit{{}}, names: kg, want: kg},
			{name: "naming the same again is no change", before: []Unit{kg}, names: kg, want: kg},
			{name: "naming nothing leaves it", before: []Unit{kg}, want: kg},
			{name: "the fixed unit alone is the same", before: []Unit{kg}, names: Unit{Name: "kg"}, want: kg},
			{name: "the fixed scale alone is the same", before: []Unit{kg}, names: Unit{Scale: 3}, want: kg},
			{name: "another scale is refused", before: []Unit{kg}, names: Unit{"kg", 2}, want: kg, err: &fixed},
			{name: "another unit is refused", before: []Unit{kg}, names: Unit{"g", 3}, want: kg, err: &fixed},
			{name: "another unit alone is refused", before: []Unit{kg}, names: Unit{Name: "g"}, want: kg, err: &fixed},
			{name: "another scale alone is refused", before: []Unit{kg}, names: Unit{Scale: 1}, want: kg, err: &fixed},
			{name: "units differ by case", before: []Unit{kg}, names: Unit{"KG", 3}, want: kg, err: &fixed},
			{name: "a first unit needs a scale", before: []Unit{{}}, names: Unit{Name: "kg"}, err: &invalid},
			{name: "a first scale needs a unit", before: []Unit{{}}, names: Unit{Scale: 3}, err: &invalid},
			{name: "seven decimals are refused", before: []Unit{{}}, names: Unit{"kg", 7}, err: &invalid},
			{name: "less than no decimals are refused", before: []Unit{{}}, names: Unit{"kg", -1}, err: &invalid},
			{name: "a unit of blanks is refused", before: []Unit{{}}, names: Unit{"  ", 1}, err: &invalid},
		} {
			t.Run(tc.name, func(t *testing.T) {
				flour := tc.name
				for _, unit := range tc.before {
					mustKnow(t, c, Ref{"demo", flour, "mill"}, unit)
				}
				head := mustHead(t, c)
				_, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Product: flour}, Unit: tc.names})
				if tc.err == nil && err != nil {
					t.Fatalf("refused: %v", err)
				}
				if tc.err != nil {
					if !errors.As(err, tc.err) {
						t.Fatalf("got %v, want a %T", err, tc.err)
					}
					if now := mustHead(t, c); now != head {
						t.Errorf("a refusal moved the head from %d to %d", head, now)
					}
				}
				p, err := c.Product(t.Context(), "demo", flour)
				if err != nil || p.Unit != tc.want {
					t.Errorf("product has %+v (%v), want unit %+v", p, err, tc.want)
				}
				k, err := c.Known(t.Context(), Ref{Tenant: "demo", Product: flour})
				if err != nil || k != (Knowledge{Product: true, Unit: tc.want}) {
					t.Errorf("known is %+v (%v), want unit %+v", k, err, tc.want)
				}
			})
		}
		mustVerify(t, c)
	})
}

func TestKnowWritesOnlyWhatIsNew(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		head := mustHead(t, c)
		want := Knowledge{Product: true, Location: true}
		for i, step := range []struct {
			ref     Ref
			unit    Unit
			entries int64
		}{
			{Ref{"demo", "tea", "shop"}, Unit{}, 2},
			{Ref{"demo", "tea", "shop"}, Unit{}, 0},
			{Ref{"demo", "tea", "depot"}, Unit{}, 1},
			{Ref{"demo", "Tea", "depot"}, Unit{}, 1}, // case matters
			{Ref{"demo", "tea ", "depot"}, Unit{}, 1},
			{Ref{"demo", "tea", "shop"}, Unit{"kg", 3}, 1},
			{Ref{"demo", "tea", "shop"}, Unit{"kg", 3}, 0},
		} {
			k := mustKnow(t, c, step.ref, step.unit)
			want.Unit = step.unit
			if k != want {
				t.Errorf("step %d: got %+v, want %+v", i, k, want)
			}
			now := mustHead(t, c)
			if now != head+step.entries {
				t.Errorf("step %d: head went from %d to %d, want %d entries", i, head, now, step.entries)
			}
			head = now
		}
		mustVerify(t, c)
	})
}

func TestARefusedIntroductionStoresNothingOfItself(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		mustKnow(t, c, Ref{"demo", "flour", "mill"}, Unit{"kg", 3})
		head := mustHead(t, c)
		_, err := c.Know(t.Context(), Introduction{Ref: Ref{"demo", "flour", "new place"}, Unit: Unit{"g", 1}})
		if !errors.Is(err, ErrUnitFixed) {
			t.Errorf("another unit: got %v, want ErrUnitFixed", err)
		}
		var unknown *UnknownError
		_, err = c.Know(t.Context(), Introduction{Ref: Ref{"nobody", "flour", "mill"}})
		if !errors.As(err, &unknown) || unknown.What != "tenant" {
			t.Errorf("an unknown tenant: got %v", err)
		}
		if now := mustHead(t, c); now != head {
			t.Errorf("refusals moved the head from %d to %d", head, now)
		}
		if k, err := c.Known(t.Context(), Ref{"demo", "", "new place"}); err != nil || k.Location {
			t.Errorf("the refused location is known: %+v, %v", k, err)
		}
	})
}

func TestKnowAllJudgesEachByItself(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		kg, yes, no := Unit{"kg", 3}, true, false
		ins := []Introduction{
			{Ref: Ref{"demo", "a", "x"}, Unit: kg},
			{Ref: Ref{"demo", "a", "y"}, Unit: Unit{"g", 1}},
			{Ref: Ref{"demo", "b/c", "x"}, Unit: Unit{}},
			{Ref: Ref{"nobody", "a", "x"}, Unit: Unit{}},
			{Ref: Ref{"demo", "a", "x"}, Unit: Unit{}},
			{Ref: Ref{"demo", "", "z"}, Unit: Unit{}},
			{Ref: Ref{"demo", "", ""}, Unit: Unit{}},
			{Ref: Ref{"demo", "a", "wide"}, Spread: &yes},
			{Ref: Ref{"demo", "c", "wide"}},
			{Ref: Ref{"demo", "c", "wide"}, Spread: &no},
			{Ref: Ref{"demo", "c", "x"}, Spread: &yes},
		}
		foreseen, err := Foresee(t.Context(), c, ins)
		if err != nil {
			t.Fatal(err)
		}
		answers := c.KnowAll(t.Context(), ins)
		for i, want := range []struct {
			k   Knowledge
			err error
		}{
			{Knowledge{Product: true, Unit: kg, Location: true}, nil},
			{Knowledge{}, ErrUnitFixed},
			{Knowledge{}, ErrInvalid},
			{Knowledge{}, ErrUnknown},
			{Knowledge{Product: true, Unit: kg, Location: true}, nil},
			{Knowledge{Location: true}, nil},
			{Knowledge{}, ErrInvalid},
			{Knowledge{Product: true, Unit: kg, Location: true, Spread: true}, nil},
			{Knowledge{Product: true, Location: true, Spread: true}, nil},
			{Knowledge{}, ErrSpreadFixed},
			{Knowledge{}, ErrSpreadFixed},
		} {
			if !errors.Is(answers[i].Err, want.err) || answers[i].Knowledge != want.k {
				t.Errorf("answer %d is %+v, want %+v", i, answers[i], want)
			}
			if !errors.Is(want.err, ErrUnknown) && fmt.Sprint(foreseen[i]) != fmt.Sprint(answers[i]) {
				t.Errorf("answer %d was foreseen as %+v, it is %+v", i, foreseen[i], answers[i])
			}
		}
		got, err := c.KnownAll(t.Context(), []Ref{{"demo", "a", "x"}, {"demo", "a", "y"}, {"demo", "", "z"}, {"nobody", "a", "x"}})
		want := []Knowledge{{Product: true, Unit: kg, Location: true}, {Product: true, Unit: kg}, {Location: true}, {}}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("known: %+v (%v), want %+v", got, err, want)
		}
		if v := mustVerify(t, c); v.Head != 6 { // tenant, a, x, z, wide, c
			t.Errorf("the log has %d entries, want 6", v.Head)
		}
	})
}

func TestMoreAreIntroducedAtOnceThanOneTransactionTakes(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ins := make([]Introduction, 2*maxIntroductions+1)
		for i := range ins {
			ins[i].Ref = Ref{"demo", fmt.Sprintf("p%d", i), "shop"}
		}
		for i, answer := range c.KnowAll(t.Context(), ins) {
			if answer.Err != nil || !answer.Knowledge.Product || !answer.Knowledge.Location {
				t.Fatalf("introduction %d: %+v", i, answer)
			}
		}
		if v := mustVerify(t, c); v.Head != int64(len(ins))+2 {
			t.Errorf("the log has %d entries, want %d", v.Head, len(ins)+2)
		}
	})
}

func TestWhatIsKnownIsAnsweredWithoutTheDatabase(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ref := Ref{"demo", "tea", "shop"}
		mustKnow(t, c, ref, Unit{"kg", 3})
		if err := c.store.close(); err != nil {
			t.Fatal(err)
		}
		want := Knowledge{Product: true, Unit: Unit{"kg", 3}, Location: true}
		if k, err := c.Known(t.Context(), ref); err != nil || k != want {
			t.Errorf("known: %+v, %v", k, err)
		}
		if k, err := c.Know(t.Context(), Introduction{Ref: ref, Unit: Unit{"kg", 3}}); err != nil || k != want {
			t.Errorf("know: %+v, %v", k, err)
		}
		if _, err := c.Known(t.Context(), Ref{"demo", "coffee", "shop"}); !errors.Is(err, ErrUnavailable) {
			t.Errorf("a miss without a database: got %v, want ErrUnavailable", err)
		}
		if _, err := c.Know(t.Context(), Introduction{Ref: Ref{"demo", "coffee", "shop"}}); !errors.Is(err, ErrUnavailable) {
			t.Errorf("a new product without a database: got %v, want ErrUnavailable", err)
		}
	})
}

func TestAnotherProcessSees(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		at := newClock()
		path := in.open(t)
		a, b := open(t, path, WithClock(at.Now)), open(t, path, WithClock(at.Now))
		mustTenant(t, a, "demo")
		ref := Ref{"demo", "tea", "shop"}
		if k, err := b.Known(t.Context(), ref); err != nil || k != (Knowledge{}) {
			t.Fatalf("before: %+v, %v", k, err)
		}

		mustKnow(t, a, ref, Unit{})
		if k, err := b.Known(t.Context(), ref); err != nil || !k.Product || !k.Location {
			t.Errorf("a product made known elsewhere is not seen at once: %+v, %v", k, err)
		}

		mustKnow(t, a, ref, Unit{"kg", 3})
		if p, err := b.Product(t.Context(), "demo", "tea"); err != nil || p.Unit != (Unit{"kg", 3}) {
			t.Errorf("Product does not see a unit declared elsewhere: %+v, %v", p, err)
		}
		if _, err := b.Know(t.Context(), Introduction{Ref: ref, Unit: Unit{"g", 1}}); !errors.Is(err, ErrUnitFixed) {
			t.Errorf("Know does not see a unit declared elsewhere: %v", err)
		}
		at.advance(2 * time.Second)
		if k, err := b.Known(t.Context(), ref); err != nil || k.Unit != (Unit{"kg", 3}) {
			t.Errorf("Known does not see a unit declared elsewhere after 2 s: %+v, %v", k, err)
		}
	})
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, id string
		ok       bool
	}{
		{"one byte is enough", "x", true},
		{"128 bytes are allowed", strings.Repeat("x", 128), true},
		{"129 bytes are not", strings.Repeat("x", 129), false},
		{"bytes count, not characters", strings.Repeat("茶", 43), false},
		{"the empty id is refused", "", false},
		{"blanks at the ends are part of it", " tea ", true},
		{"only blanks are refused", " \u00a0\u3000", false},
		{"only zero-width characters are refused", "\u200b\u200d\ufeff", false},
		{"only a Hangul filler is refused", "\u3164", false},
		{"only a variation selector is refused", "\ufe0f", false},
		{"only empty Braille is refused", "\u2800", false},
		{"joiners inside an emoji are fine", "👩\u200d🚀", true},
		{"Chinese is fine", "龙井茶", true},
		{"a slash is refused", "a/b", false},
		{"a backslash, a colon and a percent sign are fine", `a\b:c%2f`, true},
		{"one dot is refused", ".", false},
		{"two dots are refused", "..", false},
		{"three dots are fine", "...", true},
		{"a NUL is refused", "a\x00b", false},
		{"a line end is refused", "a\nb", false},
		{"DEL is refused", "a\x7fb", false},
		{"a C1 control is refused", "a\u0085b", false},
		{"broken UTF-8 is refused", "a\xffb", false},
		{"a surrogate half is refused", "\xed\xa0\x80", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := checkID("product_id", tc.id, maxProduct)
			if tc.ok != (err == nil) {
				t.Errorf("%q: got %v, want ok %v", tc.id, err, tc.ok)
			}
			if err != nil && !errors.Is(err, ErrInvalid) {
				t.Errorf("%q: %v is not an ErrInvalid", tc.id, err)
			}
		})
	}
}

func TestTenantsDoNotSeeEachOther(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		mustTenant(t, c, "other")
		mustKnow(t, c, Ref{"demo", "tea", "shop"}, Unit{"kg", 3})
		if k, err := c.Known(t.Context(), Ref{"other", "tea", "shop"}); err != nil || k != (Knowledge{}) {
			t.Errorf("another tenant knows %+v (%v)", k, err)
		}
		mustKnow(t, c, Ref{"other", "tea", "shop"}, Unit{"g", 1})
		p, err := c.Product(t.Context(), "demo", "tea")
		if err != nil || p.Unit != (Unit{"kg", 3}) {
			t.Errorf("another tenant's unit shows: %+v, %v", p, err)
		}
		for _, ask := range []func(context.Context, string) error{
			func(ctx context.Context, id string) error { _, err := c.Product(ctx, id, "coffee"); return err },
			func(ctx context.Context, id string) error { _, err := c.Location(ctx, id, "depot"); return err },
		} {
			mine, theirs := ask(t.Context(), "demo"), ask(t.Context(), "nobody")
			if !errors.Is(mine, ErrUnknown) || cmp.Diff(fmt.Sprint(mine), fmt.Sprint(theirs)) != "" {
				t.Errorf("unknown here %v, unknown there %v", mine, theirs)
			}
		}
	})
}
