package catalog

import (
	"errors"
	"slices"
	"testing"
)

// After each change, the channels that a location serves are due to be seen, until
// somebody has seen exactly that change. The channels that it named before are not
// forgotten meanwhile.
func TestAPlaceIsDueUntilWhatItServesWasSeen(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		due := func(when string, want ...string) Place {
			t.Helper()
			all, err := c.PlacesDue(t.Context(), 10)
			if err != nil {
				t.Fatal(err)
			}
			var before []string
			for _, p := range all {
				before = append(before, p.Before...)
			}
			if (len(all) == 1) != (want != nil) || !slices.Equal(before, want) && len(want) > 0 {
				t.Errorf("%s: due %+v, wanted %q", when, all, want)
			}
			if len(all) == 0 {
				return Place{}
			}
			return all[0]
		}
		seen := func(p Place) {
			t.Helper()
			if err := c.PlaceSeen(t.Context(), p); err != nil {
				t.Error(err)
			}
		}
		p := DefaultPlace("demo", "W01")
		mustPlace(t, c, p)
		due("it is what every location is")
		p.Name = "W"
		mustPlace(t, c, p)
		due("its name says nothing of what it serves")
		p.Channels = []string{"web", "app"}
		mustPlace(t, c, p)
		first := due("it serves two channels", []string{}...)
		seen(due("it serves two channels", []string{}...))
		due("it was seen")
		if err := c.PlaceSeen(t.Context(), first); !errors.Is(err, ErrStale) {
			t.Errorf("seen twice: %v", err)
		}
		p.Channels = []string{"web", "pos"}
		mustPlace(t, c, p)
		old := due("it does not serve app any more", "app")
		p.Channels = []string{"kiosk"}
		mustPlace(t, c, p)
		p.Name = "W 1"
		mustPlace(t, c, p)
		if err := c.PlaceSeen(t.Context(), old); !errors.Is(err, ErrStale) {
			t.Errorf("what it was before is seen: %v", err)
		}
		last := due("nor the others", "app", "pos", "web")
		if places := mustPlaces(t, c); !places[0].Equal(p) {
			t.Errorf("%+v", places)
		}
		seen(last)
		p.Active = false
		mustPlace(t, c, p)
		seen(due("it was closed", []string{}...))
		if v := mustVerify(t, c); len(v.Violations) > 0 {
			t.Errorf("%+v", v)
		}
	})
}
