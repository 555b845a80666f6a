package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRulesOfRedis(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, at := opened(t, in)
		ctx := t.Context()
		mustPlace(t, c, DefaultPlace("demo", "shop"))
		mustKnow(t, c, Ref{Tenant: "demo", Product: "mug"}, Unit{})
		allowed := RedisRule{Tenant: "demo", List: RedisAllowed, Location: "shop", Product: "mug", Percent: new(int64(40)), Floor: 3}
		for _, r := range []RedisRule{{Tenant: "demo", List: RedisPledged, Product: "mug"}, {Tenant: "demo", List: RedisForbidden}, allowed} {
			kept, err := c.RedisRules.Set(ctx, r)
			if err != nil || kept.Changed.IsZero() || kept.Revision == 0 {
				t.Fatalf("kept %+v, %v", kept, err)
			}
			if again, err := c.RedisRules.Set(ctx, r); err != nil || again.Revision != kept.Revision {
				t.Errorf("the same again is revision %d, %v, want %d", again.Revision, err, kept.Revision)
			}
		}
		for _, r := range []RedisRule{
			{Tenant: "demo"},
			{Tenant: "demo", List: "else"},
			{Tenant: "demo", List: RedisAllowed, Location: "a/b"},
			{Tenant: "demo", List: RedisAllowed, Percent: new(int64(0))},
			{Tenant: "demo", List: RedisAllowed, Percent: new(int64(101))},
			{Tenant: "demo", List: RedisAllowed, Floor: -1},
			{Tenant: "demo", List: RedisForbidden, Floor: 1},
			{Tenant: "demo", List: RedisBatch, Percent: new(int64(1))},
			{Tenant: "demo", List: RedisPledged, Shadow: true},
		} {
			var bad *InvalidError
			if _, err := c.RedisRules.Set(ctx, r); !errors.As(err, &bad) {
				t.Errorf("%+v was kept: %v", r, err)
			}
		}
		for _, r := range []RedisRule{{Tenant: "demo", List: RedisAllowed, Location: "moon"}, {Tenant: "demo", List: RedisAllowed, Product: "cheese"}} {
			if _, err := c.RedisRules.Set(ctx, r); !errors.Is(err, ErrUnknown) {
				t.Errorf("%+v, which nobody knows: %v", r, err)
			}
		}
		all, err := c.RedisRules.List(ctx, "demo", "", 10)
		if err != nil || len(all) != 3 || *all[0].Percent != 40 || all[0].Floor != 3 || all[0].Location != "shop" || all[1].List != RedisForbidden || all[2].Product != "mug" {
			t.Errorf("the list is %+v, %v", all, err)
		}
		if behind, err := c.RedisRules.List(ctx, "demo", all[0].Place(), 1); err != nil || len(behind) != 1 || behind[0].List != RedisForbidden {
			t.Errorf("behind the first is %+v, %v", behind, err)
		}
		if every, err := c.RedisRules.All(ctx, "demo"); err != nil || len(every) != 3 {
			t.Errorf("all are %+v, %v", every, err)
		}
		if naming, err := c.RedisRules.Naming(ctx, "demo", "mug", "shop"); err != nil || len(naming) != 3 || naming[0].List != RedisAllowed || naming[1].List != RedisForbidden {
			t.Errorf("those that name the item are %+v, %v", naming, err)
		}
		if naming, err := c.RedisRules.Naming(ctx, "demo", "cup", "shop"); err != nil || len(naming) != 1 || naming[0].List != RedisForbidden {
			t.Errorf("those that name another item are %+v, %v", naming, err)
		}
		some, revision, err := c.RedisRules.Since(ctx, 0)
		if err != nil || len(some) != 3 {
			t.Fatalf("since ever %+v, %v", some, err)
		}

		at.advance(5 * time.Second)
		read := all[0]
		cut, err := c.RedisRules.CutBack(ctx, read, "too many errors")
		if err != nil || cut.CutBack != "too many errors" || !cut.CutBackAt.After(read.Changed.Time) || cut.Revision == read.Revision {
			t.Fatalf("cut back %+v, %v", cut, err)
		}
		if again, err := c.RedisRules.CutBack(ctx, cut, "another"); err != nil || again.Revision != cut.Revision || again.CutBack != "too many errors" {
			t.Errorf("cut back again it is %+v, %v", again, err)
		}
		changed, revision, err := c.RedisRules.Since(ctx, revision)
		if err != nil || len(changed) != 1 || changed[0].CutBack != "too many errors" || !changed[0].CutBackAt.Equal(cut.CutBackAt.Time) {
			t.Errorf("since then %+v, %v", changed, err)
		}
		at.advance(5 * time.Second)
		back, err := c.RedisRules.Return(ctx, cut)
		if err != nil || back.CutBack != "" || !back.CutBackAt.IsZero() || !back.Returned.After(cut.CutBackAt.Time) || back.Revision == cut.Revision {
			t.Errorf("returned it is %+v, %v", back, err)
		}
		for _, was := range []RedisRule{cut, back} { // another server did it, or it is not cut back
			if again, err := c.RedisRules.Return(ctx, was); err != nil || again.Revision != back.Revision {
				t.Errorf("returned again it is %+v, %v", again, err)
			}
		}
		if cut, err = c.RedisRules.CutBack(ctx, back, "once more"); err != nil || cut.CutBack != "once more" || !cut.Returned.Equal(back.Returned.Time) {
			t.Errorf("cut back once more it is %+v, %v", cut, err)
		}
		kept, err := c.RedisRules.Set(ctx, allowed)
		if err != nil || !kept.Returned.IsZero() || kept.CutBack != "" || !kept.CutBackAt.IsZero() || kept.Revision == cut.Revision {
			t.Errorf("set again it is %+v, %v", kept, err)
		}
		// The one who cuts it back has read it before it was set again.
		if is, err := c.RedisRules.CutBack(ctx, cut, "late"); err != nil || is.CutBack != "" || is.Revision != kept.Revision {
			t.Errorf("what was set since is %+v, %v", is, err)
		}
		if _, err := c.RedisRules.CutBack(ctx, RedisRule{Tenant: "demo", List: RedisBatch}, "x"); !errors.Is(err, ErrUnknown) {
			t.Errorf("cutting back one that never was: %v", err)
		}

		if err := c.RedisRules.Drop(ctx, "demo", RedisAllowed, "shop", "mug"); err != nil {
			t.Fatal(err)
		}
		if err := c.RedisRules.Drop(ctx, "demo", RedisAllowed, "shop", "mug"); err != nil {
			t.Errorf("dropped again: %v", err)
		}
		if naming, err := c.RedisRules.Naming(ctx, "demo", "mug", "shop"); err != nil || len(naming) != 2 {
			t.Errorf("those that name the item are now %+v, %v", naming, err)
		}
		if gone, _, err := c.RedisRules.Since(ctx, revision); err != nil || len(gone) != 1 || !gone[0].Gone || gone[0].List != RedisAllowed || gone[0].Location != "shop" || gone[0].Product != "mug" {
			t.Errorf("since then %+v, %v", gone, err)
		}
		if err := c.RedisRules.Drop(ctx, "demo", RedisAllowed, "hub", ""); !errors.Is(err, ErrUnknown) {
			t.Errorf("one that never was: %v", err)
		}
		mustVerify(t, c)
	})
}

func TestTheLongestIdsFitARuleOfRedis(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		location, product := strings.Repeat("l", maxLocation), strings.Repeat("p", maxProduct)
		mustPlace(t, c, DefaultPlace("demo", location))
		mustKnow(t, c, Ref{Tenant: "demo", Product: product}, Unit{})
		if _, err := c.RedisRules.Set(t.Context(), RedisRule{Tenant: "demo", List: RedisForbidden, Location: location, Product: product}); err != nil {
			t.Fatal(err)
		}
		all, err := c.RedisRules.All(t.Context(), "demo")
		if err != nil || len(all) != 1 || all[0].Location != location || all[0].Product != product {
			t.Errorf("kept %+v, %v", all, err)
		}
	})
}

func TestWhatIsSaidOfACutBackCanBeKept(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]string{
		"": "cut back", "a\x00b\xff": "ab", strings.Repeat("é", maxCutBack): strings.Repeat("é", maxCutBack/2), "x" + strings.Repeat("é", maxCutBack): "x" + strings.Repeat("é", maxCutBack/2-1),
	} {
		if got := storableReason(reason); got != want {
			t.Errorf("%q is kept as %q, want %q", reason, got, want)
		}
	}
}

func TestWhichItemsSellThroughRedis(t *testing.T) {
	t.Parallel()
	rule := func(list RedisList, product, location string, floor int64) RedisRule {
		return RedisRule{Tenant: "demo", List: list, Product: product, Location: location, Floor: floor}
	}
	cut := rule(RedisAllowed, "mug", "shop", 4)
	cut.CutBack = "errors"
	tried := rule(RedisAllowed, "mug", "shop", 0)
	tried.Shadow = true
	gone := rule(RedisForbidden, "mug", "", 0)
	gone.Gone = true
	for _, test := range []struct {
		name   string
		rules  []RedisRule
		floor  int64
		passes bool
	}{
		{name: "nothing passes without a rule"},
		{name: "an item that is allowed passes", rules: []RedisRule{rule(RedisAllowed, "mug", "shop", 2)}, floor: 2, passes: true},
		{name: "a rule of all items is enough", rules: []RedisRule{rule(RedisAllowed, "", "", 0)}, passes: true},
		{name: "a rule of another item is not", rules: []RedisRule{rule(RedisAllowed, "mug", "hub", 2), rule(RedisAllowed, "cup", "", 2)}},
		{
			name: "the item counts before the product, the product before the location, the location before all", floor: 1, passes: true,
			rules: []RedisRule{rule(RedisAllowed, "", "", 4), rule(RedisAllowed, "", "shop", 3), rule(RedisAllowed, "mug", "", 2), rule(RedisAllowed, "mug", "shop", 1)},
		},
		{name: "the product counts before the location", rules: []RedisRule{rule(RedisAllowed, "", "shop", 3), rule(RedisAllowed, "mug", "", 2)}, floor: 2, passes: true},
		{name: "the location counts before all", rules: []RedisRule{rule(RedisAllowed, "", "", 4), rule(RedisAllowed, "", "shop", 3)}, floor: 3, passes: true},
		{name: "what is forbidden does not pass, however broad the rule", rules: []RedisRule{rule(RedisAllowed, "mug", "shop", 1), rule(RedisForbidden, "", "", 0)}},
		{name: "nor what is sold by batch", rules: []RedisRule{rule(RedisAllowed, "mug", "shop", 1), rule(RedisBatch, "mug", "", 0)}},
		{name: "nor what is pledged", rules: []RedisRule{rule(RedisAllowed, "mug", "shop", 1), rule(RedisPledged, "", "shop", 0)}},
		{name: "what is forbidden elsewhere passes", rules: []RedisRule{rule(RedisAllowed, "mug", "shop", 1), rule(RedisForbidden, "mug", "hub", 0)}, floor: 1, passes: true},
		{name: "a rule that was dropped forbids nothing", rules: []RedisRule{rule(RedisAllowed, "mug", "", 1), gone}, floor: 1, passes: true},
		{name: "with an item that Redis is tried out with the ledger sells, whatever a broader rule says", rules: []RedisRule{rule(RedisAllowed, "mug", "", 1), tried}},
		{name: "a rule that was cut back counts before a broader one", rules: []RedisRule{rule(RedisAllowed, "mug", "", 1), cut}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			slices.Reverse(test.rules) // their order does not matter
			if floor, passes := RedisFloor(test.rules, "mug", "shop"); floor != test.floor || passes != test.passes {
				t.Errorf("floor %d, passes %t, want %d, %t", floor, passes, test.floor, test.passes)
			}
		})
	}
}

// A share of the items is about that share, and a greater share only adds items.
func TestAShareOfTheItemsSellsThroughRedis(t *testing.T) {
	t.Parallel()
	const items = 10_000
	passed := make([]bool, items)
	for _, percent := range []int64{1, 5, 20, 50, 80, 99, 100} {
		rules := []RedisRule{{List: RedisAllowed, Percent: &percent}}
		n := int64(0)
		for i := range items {
			_, passes := RedisFloor(rules, fmt.Sprintf("sku-%05d", i), "shop")
			if passed[i] && !passes {
				t.Fatalf("sku-%05d passed at a lower percent than %d and does not now", i, percent)
			}
			if passed[i] = passes; passes {
				n++
			}
		}
		if want := items * percent / 100; n < want-items/100 || n > want+items/100 || percent == 100 && n != items {
			t.Errorf("%d percent are %d of %d items", percent, n, items)
		}
	}
}

// The book of a tenant's rules answers what going through them all does.
func TestTheBookOfRulesAnswersAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		book, rules := RedisRuleBook{}, []RedisRule{}
		for _, list := range RedisLists {
			for _, location := range []string{"", "shop", "hub"} {
				for _, product := range []string{"", "mug", "cup"} {
					r := RedisRule{Tenant: "demo", List: list, Location: location, Product: product, Gone: rapid.IntRange(0, 3).Draw(rt, "is there") > 0}
					if list == RedisAllowed {
						r.Floor = rapid.Int64Range(0, 1000).Draw(rt, "floor")
						r.Shadow = rapid.IntRange(0, 3).Draw(rt, "shadow") == 0
						r.CutBack = rapid.SampledFrom([]string{"", "", "errors"}).Draw(rt, "cut back")
						if rapid.Bool().Draw(rt, "a share") {
							r.Percent = new(rapid.Int64Range(1, 100).Draw(rt, "percent"))
						}
					}
					kept := r
					kept.Gone = false
					book.Take(&kept)
					if book.Take(&r); !r.Gone {
						rules = append(rules, r)
					}
					other := r
					other.Tenant, other.Gone = "other", false
					book.Take(&other)
				}
			}
		}
		for _, location := range []string{"shop", "hub", "moon"} {
			for _, product := range []string{"mug", "cup", "cheese"} {
				floor, passes := RedisFloor(rules, product, location)
				if r, ok := book.Rule("demo", product, location); ok != passes || r.Floor != floor || ok && !r.Names(product, location) {
					rt.Fatalf("%s at %s: the book has %+v, %t, the rules %d, %t", product, location, r, ok, floor, passes)
				}
				if r, tried := book.Shadow("demo", product, location); tried && (passes || !r.Shadow || !r.Names(product, location)) {
					rt.Fatalf("%s at %s: it is tried out by %+v, and sells through Redis: %t", product, location, r, passes)
				}
			}
		}
	})
}
