package catalog

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestPoliciesOfTills(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ctx := t.Context()
		mustPlace(t, c, DefaultPlace("demo", "shop"))
		for _, p := range []TillPolicy{
			{Tenant: "demo", TillRules: TillRules{Percent: new(int64(40)), Level: new(int64(80))}},
			{Tenant: "demo", Location: "shop", TillRules: TillRules{Percent: new(int64(60))}},
			{Tenant: "demo", Channel: "pos", TillRules: TillRules{AtRisk: new(true)}},
		} {
			kept, err := c.TillPolicies.Set(ctx, p)
			if err != nil || kept.Changed.IsZero() || kept.Revision == 0 {
				t.Fatalf("kept %+v, %v", kept, err)
			}
			if again, err := c.TillPolicies.Set(ctx, p); err != nil || again.Revision != kept.Revision {
				t.Errorf("the same again is revision %d, %v, want %d", again.Revision, err, kept.Revision)
			}
		}
		for _, p := range []TillPolicy{
			{Tenant: "demo"},
			{Tenant: "demo", Location: "a/b", TillRules: TillRules{Rank: new(int64(1))}},
			{Tenant: "demo", TillRules: TillRules{Percent: new(int64(101))}},
			{Tenant: "demo", TillRules: TillRules{Floor: new(int64(3)), Ceiling: new(int64(2))}},
		} {
			var bad *InvalidError
			if _, err := c.TillPolicies.Set(ctx, p); !errors.As(err, &bad) {
				t.Errorf("%+v was kept: %v", p, err)
			}
		}
		if _, err := c.TillPolicies.Set(ctx, TillPolicy{Tenant: "demo", Location: "moon", TillRules: TillRules{Rank: new(int64(1))}}); !errors.Is(err, ErrUnknown) {
			t.Errorf("of a location that nobody knows: %v", err)
		}
		all, err := c.TillPolicies.List(ctx, "demo", "", 10)
		if err != nil || len(all) != 3 || all[0].Location+all[0].Channel != "" || all[1].Channel != "pos" || all[2].Location != "shop" {
			t.Errorf("the list is %+v, %v", all, err)
		}
		got, err := c.Tills.Resolve(ctx, []Till{
			{Tenant: "demo", ID: "one", Location: "shop", Channel: "pos", Floor: 3, Left: TillLeft{Percent: true, Level: true, AtRisk: true}},
			{Tenant: "demo", ID: "two", Location: "hub", Left: TillLeft{Percent: true, Rank: true}},
		})
		if err != nil || got[0].Percent != 60 || got[0].Level != 80 || !got[0].AtRisk || got[0].Floor != 3 || got[1].Percent != 40 {
			t.Errorf("resolved %+v, %v", got, err)
		}
		if from := got[0].From; from != (TillFrom{Percent: TillLocation, Floor: TillOwn, Ceiling: TillOwn, Level: TillAll, Rank: TillOwn, AtRisk: TillChannel}) {
			t.Errorf("it says it is from %+v", from)
		}
		_, revision, err := c.Tills.PoliciesSince(ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.TillPolicies.Drop(ctx, "demo", "shop", ""); err != nil {
			t.Fatal(err)
		}
		if gone, _, err := c.Tills.PoliciesSince(ctx, revision); err != nil || len(gone) != 1 || !gone[0].Gone || gone[0].Location != "shop" {
			t.Errorf("since then %+v, %v", gone, err)
		}
		if err := c.TillPolicies.Drop(ctx, "demo", "hub", ""); !errors.Is(err, ErrUnknown) {
			t.Errorf("one that never was: %v", err)
		}
		mustVerify(t, c)
	})
}

// With any policies, each part that counts is the till's own value, or else that of the most
// specific policy.
func TestTheMostSpecificPolicyCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		till := Till{
			Tenant: "demo", ID: "one", Location: "shop", Channel: rapid.SampledFrom([]string{"", "pos"}).Draw(rt, "channel"),
			Left: TillLeft{Percent: rapid.Bool().Draw(rt, "left")},
		}
		if !till.Left.Percent {
			till.Percent = rapid.Int64Range(0, 100).Draw(rt, "own")
		}
		book, said := TillPolicyBook{}, map[[2]string]int64{}
		for _, s := range [][2]string{{"", ""}, {"shop", ""}, {"hub", ""}, {"", "pos"}, {"", "web"}, {"shop", "pos"}, {"shop", "web"}, {"hub", "pos"}} {
			p := TillPolicy{Tenant: rapid.SampledFrom([]string{"demo", "other"}).Draw(rt, "tenant"), Location: s[0], Channel: s[1], TillRules: TillRules{Rank: new(int64(1))}}
			if rapid.Bool().Draw(rt, "says it") {
				p.Percent = new(rapid.Int64Range(0, 100).Draw(rt, "percent"))
			}
			if rapid.Bool().Draw(rt, "is there") {
				if book.Take(&p); p.Tenant == "demo" && p.Percent != nil {
					said[s] = *p.Percent
				}
			}
		}
		want, from := int64(DefaultTillPercent), TillDefault
		for _, s := range []struct {
			scope [2]string
			from  TillSource
		}{{[2]string{"", ""}, TillAll}, {[2]string{"shop", ""}, TillLocation}, {[2]string{"", till.Channel}, TillChannel}, {[2]string{"shop", till.Channel}, TillChannelAtLocation}} {
			if n, ok := said[s.scope]; ok && (till.Channel != "" || s.from == TillAll || s.from == TillLocation) {
				want, from = n, s.from
			}
		}
		if !till.Left.Percent {
			want, from = till.Percent, TillOwn
		}
		if got := book.Resolve(till); got.Percent != want || got.From.Percent != from {
			rt.Fatalf("%d from %q counts, want %d from %q: %+v of %+v", got.Percent, got.From.Percent, want, from, till, book)
		}
	})
}
