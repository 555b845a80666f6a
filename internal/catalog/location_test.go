package catalog

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestHowALocationIsPlacedIsChosenOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		at := newClock()
		dsn := in.open(t)
		a, b := open(t, dsn, WithClock(at.Now)), open(t, dsn, WithClock(at.Now))
		mustTenant(t, a, "demo")
		if _, err := b.Spread(t.Context(), "demo", "depot"); !errors.Is(err, ErrUnknown) {
			t.Errorf("a location that is not there: %v", err)
		}
		for range 2 {
			if _, err := a.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Location: "depot"}, Spread: new(true)}); err != nil {
				t.Fatal(err)
			}
			l, err := a.Location(t.Context(), "demo", "depot")
			if want := (Location{Tenant: "demo", ID: "depot", Spread: true, Created: Moment{at.Now()}}); err != nil || l != want {
				t.Errorf("opened: %+v, %v; want %+v", l, err, want)
			}
		}
		mustKnow(t, a, Ref{"demo", "tea", "shop"}, Unit{})
		for _, c := range []*Catalog{a, b} {
			for _, location := range []string{"depot", "shop"} {
				if spread, err := c.Spread(t.Context(), "demo", location); err != nil || spread != (location == "depot") {
					t.Errorf("%s is spread: %v, %v", location, spread, err)
				}
			}
		}
		if k := mustKnow(t, b, Ref{"demo", "tea", "depot"}, Unit{}); !k.Spread {
			t.Error("making it known made it another location")
		}
		var fixed *SpreadFixedError
		if _, err := b.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Location: "depot"}, Spread: new(false)}); !errors.Is(err, ErrSpreadFixed) || !errors.As(err, &fixed) || !fixed.Spread {
			t.Errorf("gathering it: %v", err)
		}
		if _, err := b.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Location: "shop"}, Spread: new(true)}); !errors.Is(err, ErrSpreadFixed) || !strings.Contains(err.Error(), "its items would have to move") {
			t.Errorf("spreading it: %v", err)
		}
		if _, err := b.Know(t.Context(), Introduction{Ref: Ref{Tenant: "nobody", Location: "shop"}, Spread: new(true)}); !errors.Is(err, ErrUnknown) {
			t.Errorf("an unknown tenant: %v", err)
		}
		if _, err := b.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Location: "a/b"}, Spread: new(true)}); !errors.Is(err, ErrInvalid) {
			t.Errorf("an id that cannot be: %v", err)
		}
		if v := mustVerify(t, a); v.Head != 4 { // tenant, depot, shop, tea
			t.Errorf("the log has %d entries, want 4", v.Head)
		}
		if err := b.store.close(); err != nil {
			t.Fatal(err)
		}
		if spread, err := b.Spread(t.Context(), "demo", "depot"); err != nil || !spread {
			t.Errorf("from memory: %v, %v", spread, err)
		}
	})
}

func TestALocationIsOpenedInOneWayByMany(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		nodes := []*Catalog{open(t, dsn), open(t, dsn)}
		mustTenant(t, nodes[0], "demo")
		var ways [2]atomic.Int32
		var work sync.WaitGroup
		for g := range 8 {
			work.Go(func() {
				spread := g%2 == 0
				_, err := nodes[g/4].Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Location: "depot"}, Spread: new(spread)})
				if errors.Is(err, ErrSpreadFixed) {
					spread = !spread
				} else if err != nil {
					t.Error(err)
				}
				if spread {
					ways[1].Add(1)
				} else {
					ways[0].Add(1)
				}
			})
		}
		work.Wait()
		if ways[0].Load() != 0 && ways[1].Load() != 0 {
			t.Errorf("it is spread for %d and not for %d", ways[1].Load(), ways[0].Load())
		}
	})
}

func TestAChangedSpreadIsHeardOf(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		a, b := open(t, dsn), open(t, dsn)
		mustTenant(t, a, "demo")
		mustKnow(t, a, Ref{"demo", "tea", "shop"}, Unit{})
		if k := mustKnow(t, b, Ref{"demo", "tea", "shop"}, Unit{}); k.Spread {
			t.Error("it is spread at first")
		}
		for _, spread := range []bool{true, true, false} {
			if l, err := a.SpreadLocation(t.Context(), "demo", "shop", spread); err != nil || l.Spread != spread {
				t.Fatalf("%+v, %v", l, err)
			}
			if err := b.follow(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			for _, c := range []*Catalog{a, b} {
				if is, err := c.Spread(t.Context(), "demo", "shop"); err != nil || is != spread {
					t.Errorf("spread is %t, %v; want %t", is, err, spread)
				}
			}
		}
		if _, err := a.SpreadLocation(t.Context(), "demo", "nowhere", true); !errors.Is(err, ErrUnknown) {
			t.Errorf("a location that is not there: %v", err)
		}
		if v := mustVerify(t, a); v.Head != 5 { // tenant, tea, shop, twice spread
			t.Errorf("the log has %d entries, want 5", v.Head)
		}
	})
}
