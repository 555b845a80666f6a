package catalog

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func night() Replenishment {
	return Replenishment{
		Tenant: "demo", ID: "night", To: "shop", From: []string{"hub", "mall"}, Products: []string{"tea", "cup"},
		Min: 5, Target: 20, Multiple: 6, Active: true, Every: Period(time.Hour),
	}
}

func TestARuleIsCarriedOutOncePerPeriod(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		ctx := t.Context()
		if _, err := c.Replenishments.Set(ctx, night()); !errors.Is(err, ErrUnknown) {
			t.Errorf("a rule for unknown locations: %v", err)
		}
		for _, id := range []string{"shop", "hub", "mall"} {
			mustPlace(t, c, DefaultPlace("demo", id))
		}
		kept, err := c.Replenishments.Set(ctx, night())
		if err != nil || !kept.Due.After(clock.Now()) || kept.Due.UnixMilli()%time.Hour.Milliseconds() != 0 {
			t.Fatalf("kept %+v, %v", kept, err)
		}
		head := mustHead(t, c)
		if again, err := c.Replenishments.Set(ctx, night()); err != nil || !reflect.DeepEqual(again, kept) || mustHead(t, c) != head {
			t.Errorf("the same again is %+v, %v; it was %+v", again, err, kept)
		}
		due := func(at time.Time) []Replenishment {
			t.Helper()
			all, err := c.Replenishments.Due(ctx, at, 10)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if early := due(kept.Due.Add(-time.Millisecond)); len(early) != 0 {
			t.Errorf("due too early: %+v", early)
		}
		if now := due(kept.Due); len(now) != 1 || !reflect.DeepEqual(now[0], kept) {
			t.Fatalf("due: %+v", now)
		}
		late := kept.Due.Add(150 * time.Minute)
		made := StockTransfer{Tenant: "demo", ID: "t-1", From: "hub", To: "shop", State: "requested", Body: []byte(`{}`)}
		for i, want := range []error{nil, ErrStale} {
			if err := c.Replenishments.Done(ctx, kept, late, Whenever, made); !errors.Is(err, want) {
				t.Errorf("carried out for time %d: %v, want %v", i+1, err, want)
			}
		}
		next, err := c.Replenishments.Get(ctx, "demo", "night")
		if err != nil || !next.Due.Equal(kept.Due.Add(3*time.Hour)) || next.Revision != kept.Revision {
			t.Errorf("after two missed periods it is due at %v, want %v (%v)", next.Due, kept.Due.Add(3*time.Hour), err)
		}
		if err := c.Replenishments.Done(ctx, next, next.Due, 0, made); !errors.Is(err, ErrStale) {
			t.Errorf("carried out without knowing of a transfer: %v", err)
		}
		paused := night()
		paused.Active = false
		if _, err := c.Replenishments.Set(ctx, paused); err != nil {
			t.Fatal(err)
		}
		if err := c.Replenishments.Done(ctx, next, next.Due, Whenever); !errors.Is(err, ErrStale) {
			t.Errorf("a rule that was paused meanwhile is carried out: %v", err)
		}
		if left := due(late.Add(240 * time.Hour)); len(left) != 0 {
			t.Errorf("a paused rule is due: %+v", left)
		}
		mustVerify(t, c)
	})
}

func TestRulesAreListedAndTakenAway(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ctx := t.Context()
		for _, id := range []string{"shop", "hub", "mall"} {
			mustPlace(t, c, DefaultPlace("demo", id))
		}
		for _, id := range []string{"b", "B", "a"} {
			p := night()
			p.ID = id
			if _, err := c.Replenishments.Set(ctx, p); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if err := c.Replenishments.Drop(ctx, "demo", "a"); err != nil {
				t.Error(err)
			}
		}
		if _, err := c.Replenishments.Get(ctx, "demo", "a"); !errors.Is(err, ErrUnknown) {
			t.Errorf("a rule that was taken away: %v", err)
		}
		if err := c.Replenishments.Drop(ctx, "demo", "never"); !errors.Is(err, ErrUnknown) {
			t.Errorf("a rule that never was: %v", err)
		}
		all, err := c.Replenishments.List(ctx, "demo", "", 10)
		if err != nil || len(all) != 2 || all[0].ID != "B" || all[1].ID != "b" {
			t.Errorf("listed %+v, %v", all, err)
		}
		if rest, err := c.Replenishments.List(ctx, "demo", "B", 10); err != nil || len(rest) != 1 {
			t.Errorf("behind B: %+v, %v", rest, err)
		}
		again := night()
		again.ID = "a"
		if kept, err := c.Replenishments.Set(ctx, again); err != nil || kept.Due.IsZero() {
			t.Errorf("set again: %+v, %v", kept, err)
		}
		mustVerify(t, c)
	})
}

func TestRulesThatCannotBe(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*Replenishment){
		"rule_id":           func(p *Replenishment) { p.ID = "" },
		"to_location_id":    func(p *Replenishment) { p.To = "a/b" },
		"from_location_ids": func(p *Replenishment) { p.From = []string{"hub", "hub"} },
		"product_ids":       func(p *Replenishment) { p.Products = []string{"tea", "tea"} },
		"min":               func(p *Replenishment) { p.Min = 0 },
		"target":            func(p *Replenishment) { p.Target = 4 },
		"multiple":          func(p *Replenishment) { p.Multiple = -1 },
		"every_seconds":     func(p *Replenishment) { p.Every = Period(1500 * time.Millisecond) },
	} {
		p := night()
		change(&p)
		var bad *InvalidError
		if err := p.check(); !errors.As(err, &bad) || bad.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, from := range [][]string{nil, {"shop"}} {
		p := night()
		p.From = from
		if p.check() == nil {
			t.Errorf("a rule from %q", from)
		}
	}
}
