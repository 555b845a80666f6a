package planning

import (
	"math"
	"slices"
	"testing"
)

func TestNearestAgreesWithTheSample(t *testing.T) {
	t.Parallel()
	places := map[string]Point{}
	for _, row := range table(t, "places.csv") {
		places[row[0]] = Point{number(t, row[4]), number(t, row[5])}
	}
	var sites []Location
	for _, row := range table(t, "warehouses.csv") {
		sites = append(sites, Location{ID: row[0], At: &Point{number(t, row[4]), number(t, row[5])}, Offers: []Offer{{Available: 1}}})
	}
	for _, row := range table(t, "nearest-sample.csv") {
		to := places[row[0]]
		// Three units, one at each of the three nearest.
		plan, err := Source(Order{Lines: []Line{{"p", 3}}, Strategy: Nearest, Split: SplitFreely, To: &to}, sites)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		var km float64
		for i, a := range plan.Assignments {
			got = append(got, sites[a.Location].ID)
			want := number(t, row[2+2*i])
			km += want
			if is := sites[a.Location].At.Km(to); math.Abs(is-want) > 0.0006 { // three decimals
				t.Errorf("%s to %s is %.4f km, want %.3f", row[0], sites[a.Location].ID, is, want)
			}
		}
		if want := []string{row[1], row[3], row[5]}; !slices.Equal(got, want) || math.Abs(plan.Km-km) > 0.002 {
			t.Errorf("%s: nearest are %v, %.3f km in all, want %v, %.3f", row[0], got, plan.Km, want, km)
		}
	}
}

func TestDistancesOnTheGlobe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		a, b Point
		km   float64
	}{
		{"the same place", Point{51.5, -0.1}, Point{51.5, -0.1}, 0},
		{"a degree on the equator", Point{0, 0}, Point{0, 1}, 111.1951},
		{"across the 180th meridian", Point{0, 179.5}, Point{0, -179.5}, 111.1951},
		{"from pole to pole", Point{90, 0}, Point{-90, 77}, 20015.1144},
		{"the other side of the earth", Point{30, 20}, Point{-30, -160}, 20015.1144},
	} {
		if got := c.a.Km(c.b); math.Abs(got-c.km) > 0.0001 {
			t.Errorf("%s: %.4f km, want %.4f", c.name, got, c.km)
		}
	}
}
