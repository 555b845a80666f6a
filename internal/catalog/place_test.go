package catalog

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func mustPlace(t *testing.T, c *Catalog, p Place) Place {
	t.Helper()
	kept, err := c.SetPlaces(t.Context(), "demo", []Place{p})
	if err != nil {
		t.Fatal(err)
	}
	return kept[0]
}

func mustPlaces(t *testing.T, c *Catalog) []Place {
	t.Helper()
	all, err := c.Places(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func described(id string) Place {
	return Place{
		ID: id, Kind: PlaceWarehouse, Name: "Ware·house 仓库", Coordinates: &Coordinates{51.49999, -0.11672}, Priority: 7,
		Online: true, Pickup: true, Channels: []string{"web", "app", "web"}, Region: "eu", Capacity: 40,
	}
}

func TestFactsMakeALocationKnown(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		want := described("W01")
		want.Tenant, want.Channels = "demo", []string{"app", "web"}
		if got := mustPlace(t, c, described("W01")); !got.Equal(want) {
			t.Errorf("kept %+v, want %+v", got, want)
		}
		head := mustHead(t, c)
		mustPlace(t, c, described("W01"))
		if now := mustHead(t, c); now != head {
			t.Errorf("the same facts again were written: the log went from %d to %d", head, now)
		}
		if l, err := c.Location(t.Context(), "demo", "W01"); err != nil || l.Spread {
			t.Errorf("the location is %+v, %v", l, err)
		}
		got, err := c.Place(t.Context(), "demo", "W01")
		if err != nil || !got.Equal(want) {
			t.Errorf("read %+v, %v", got, err)
		}
		if _, err := c.Place(t.Context(), "demo", "w01"); !errors.Is(err, ErrUnknown) {
			t.Errorf("another location: %v", err)
		}
		plain := DefaultPlace("demo", "W01")
		if got := mustPlace(t, c, plain); !got.Equal(plain) || got.Coordinates != nil || !mustPlaces(t, c)[0].Equal(plain) {
			t.Errorf("facts taken back left %+v", got)
		}
		mustVerify(t, c)
	})
}

func TestFactsKeepTheWayALocationIsPlaced(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		if _, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Location: "depot"}, Spread: new(true)}); err != nil {
			t.Fatal(err)
		}
		mustPlace(t, c, described("depot"))
		if spread, err := c.Spread(t.Context(), "demo", "depot"); err != nil || !spread {
			t.Errorf("it is spread: %v, %v", spread, err)
		}
		mustVerify(t, c)
	})
}

func TestEveryKnownLocationHasFacts(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		mustTenant(t, c, "other")
		if got := mustPlaces(t, c); len(got) != 0 {
			t.Errorf("nothing is known, and there are %+v", got)
		}
		// Bytes order ids: capitals first, and no two are alike.
		for _, id := range []string{"b", "a", "B", "a ", "é", "仓"} {
			mustKnow(t, c, Ref{Tenant: "demo", Location: id}, Unit{})
		}
		mustKnow(t, c, Ref{Tenant: "other", Location: "z"}, Unit{})
		mustPlace(t, c, described("c"))
		var ids []string
		for _, p := range mustPlaces(t, c) {
			ids = append(ids, p.ID)
			if p.ID != "c" && !p.Equal(DefaultPlace("demo", p.ID)) {
				t.Errorf("nobody described %+v", p)
			}
		}
		if want := []string{"B", "a", "a ", "b", "c", "é", "仓"}; !slices.Equal(ids, want) {
			t.Errorf("listed %q, want %q", ids, want)
		}
	})
}

func TestAPlaceServes(t *testing.T) {
	t.Parallel()
	all, some := Place{}, Place{Channels: []string{"app", "web"}}
	if !all.Serves("") || !all.Serves("web") || !some.Serves("web") || some.Serves("") || some.Serves("store") {
		t.Error("no channels are all of them, some are these")
	}
}

func TestFactsThatCannotBe(t *testing.T) {
	t.Parallel()
	c, _ := opened(t, onSQLite)
	at := func(latitude, longitude float64) func(*Place) {
		return func(p *Place) { p.Coordinates = &Coordinates{latitude, longitude} }
	}
	for _, tc := range []struct {
		name, field string
		change      func(*Place)
	}{
		{"no id", "location_id", func(p *Place) { p.ID = "" }},
		{"an id with a slash", "location_id", func(p *Place) { p.ID = "a/b" }},
		{"another kind", "kind", func(p *Place) { p.Kind = "shop" }},
		{"a long name", "name", func(p *Place) { p.Name = strings.Repeat("é", 129) }},
		{"a name of two lines", "name", func(p *Place) { p.Name = "a\nb" }},
		{"a name that is no text", "name", func(p *Place) { p.Name = "\xff" }},
		{"a priority below 0", "priority", func(p *Place) { p.Priority = -1 }},
		{"a priority above a million", "priority", func(p *Place) { p.Priority = 1_000_001 }},
		{"a capacity below 0", "capacity", func(p *Place) { p.Capacity = -1 }},
		{"a capacity past every quantity", "capacity", func(p *Place) { p.Capacity = 1 << 53 }},
		{"a channel that is no id", "channels", func(p *Place) { p.Channels = []string{"a", ""} }},
		{"too many channels", "channels", func(p *Place) { p.Channels = make([]string, 101) }},
		{"a region that is no id", "region", func(p *Place) { p.Region = ".." }},
		{"a region that no lane could name", "region", func(p *Place) { p.Region = strings.Repeat("r", 64) }},
		{"north of the pole", "latitude", at(90.000001, 0)},
		{"no latitude", "latitude", at(math.NaN(), 0)},
		{"past the date line", "longitude", at(0, -180.000001)},
		{"infinitely far", "longitude", at(0, math.Inf(1))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := described("W01")
			tc.change(&p)
			_, err := c.SetPlaces(t.Context(), "demo", []Place{p})
			var bad *InvalidError
			if !errors.As(err, &bad) || bad.Field != tc.field {
				t.Errorf("got %v, want what is wrong with %s", err, tc.field)
			}
		})
	}
}

func TestFactsAreSetTogetherOrNotAtAll(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		bad := described("b")
		bad.Kind = ""
		var row *RowError
		if _, err := c.SetPlaces(t.Context(), "demo", []Place{described("a"), bad}); !errors.As(err, &row) || row.Row != 1 || !errors.Is(err, ErrInvalid) {
			t.Errorf("a bad second row: %v", err)
		}
		if _, err := c.SetPlaces(t.Context(), "demo", []Place{described("a"), described("a")}); !errors.As(err, &row) || row.Row != 1 {
			t.Errorf("one twice: %v", err)
		}
		if _, err := c.SetPlaces(t.Context(), "nobody", []Place{described("a")}); !errors.Is(err, ErrUnknown) {
			t.Errorf("an unknown tenant: %v", err)
		}
		for _, n := range []int{0, MaxSet + 1} {
			if _, err := c.SetPlaces(t.Context(), "demo", make([]Place, n)); !errors.Is(err, ErrInvalid) {
				t.Errorf("%d rows: %v", n, err)
			}
		}
		if got := mustPlaces(t, c); len(got) != 0 {
			t.Errorf("refused calls left %+v", got)
		}
		many := make([]Place, MaxSet)
		for i := range many {
			many[i] = described(fmt.Sprintf("%04d", i))
		}
		kept, err := c.SetPlaces(t.Context(), "demo", many)
		for errors.Is(err, ErrUnavailable) { // this process stood still inside it for pauseMost
			if left := mustPlaces(t, c); len(left) != 0 {
				t.Fatalf("%v, and %d are kept", err, len(left))
			}
			kept, err = c.SetPlaces(t.Context(), "demo", many)
		}
		if err != nil || len(kept) != MaxSet || len(mustPlaces(t, c)) != MaxSet {
			t.Errorf("%d rows: %d kept, %v", MaxSet, len(kept), err)
		}
		mustVerify(t, c)
	})
}

// Memory has the places that another process wrote after 2 s at the latest, and
// those that this process wrote at once.
func TestFactsAreFollowed(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		at := newClock()
		dsn := in.open(t)
		a, b := open(t, dsn, WithClock(at.Now)), open(t, dsn, WithClock(at.Now))
		mustTenant(t, a, "demo")
		count := func(c *Catalog) string {
			lanes, err := c.Lanes(t.Context(), "demo")
			if err != nil {
				t.Fatal(err)
			}
			kits, err := c.AllKits(t.Context(), "demo")
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(len(mustPlaces(t, c)), len(lanes), len(kits))
		}
		for _, c := range []*Catalog{a, b} {
			if got := count(c); got != "0 0 0" {
				t.Errorf("there are %s", got)
			}
		}
		for i, write := range []func() error{
			func() error { _, err := a.SetPlaces(t.Context(), "demo", []Place{described("W01")}); return err },
			func() error { return a.SetLanes(t.Context(), "demo", []Lane{{Location: "W01", PerUnit: 1}}) },
			func() error { _, err := a.SetKit(t.Context(), "demo", "box", []Component{{"tea", 2}}); return err },
			func() error {
				_, err := a.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Location: "W02"}})
				return err
			},
			func() error { return a.DropLane(t.Context(), "demo", LaneKey{"W01", ""}) },
			func() error { _, err := a.DropKit(t.Context(), "demo", "box"); return err },
		} {
			before := count(b)
			if err := write(); err != nil {
				t.Fatal(err)
			}
			want := []string{"1 0 0", "1 1 0", "1 1 1", "2 1 1", "2 0 1", "2 0 0"}[i]
			if got := count(a); got != want {
				t.Errorf("who wrote has %s, want %s", got, want)
			}
			if got := count(b); got != before {
				t.Errorf("the other has %s already, had %s", got, before)
			}
			if i%2 == 0 {
				at.advance(staleAfter + 1)
			} else if err := b.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := count(b); got != want {
				t.Errorf("the other has %s, want %s", got, want)
			}
		}
	})
}

func TestPlacesAreReadFromMemory(t *testing.T) {
	t.Parallel()
	c, _ := opened(t, onSQLite)
	mustPlace(t, c, described("W01"))
	if err := c.SetLanes(t.Context(), "demo", []Lane{{Location: "W01", PerUnit: 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.SetKit(t.Context(), "demo", "box", []Component{{"tea", 2}}); err != nil {
		t.Fatal(err)
	}
	ask := func() (int, error) {
		places, err := c.Places(t.Context(), "demo")
		lanes, err2 := c.Lanes(t.Context(), "demo")
		kits, err3 := c.Kits(t.Context(), "demo", []string{"tea", "box", "cup"})
		return len(places) + len(lanes) + len(kits), errors.Join(err, err2, err3)
	}
	for range 2 {
		if n, err := ask(); n != 3 || err != nil {
			t.Errorf("there are %d, %v", n, err)
		}
		if err := c.store.readers.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Coordinates come back as they were given, bit for bit, from every database.
func TestCoordinatesAreExact(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		rapid.Check(t, func(rt *rapid.T) {
			p := described("W01")
			given := Coordinates{rapid.Float64Range(-90, 90).Draw(rt, "latitude"), rapid.Float64Range(-180, 180).Draw(rt, "longitude")}
			p.Coordinates = &given
			mustPlace(t, c, p)
			got, err := c.Place(t.Context(), "demo", "W01")
			if err != nil || *got.Coordinates != given || math.Signbit(got.Coordinates.Latitude) && got.Coordinates.Latitude == 0 {
				rt.Fatalf("%v came back as %v, %v", given, got.Coordinates, err)
			}
		})
		mustVerify(t, c)
	})
}
