package replay

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const geo = dataDir + "../geo"

func TestTheNearestSitesAreThoseOfTheSample(t *testing.T) {
	t.Parallel()
	n, err := LoadNetwork(geo)
	if err != nil {
		t.Fatal(err)
	}
	places := map[string][]string{}
	if err := eachRow(geo, "places.csv", io.Discard, []string{"id", "lat", "lon"}, func(row []string) error {
		places[row[0]] = row[1:]
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	sampled := 0
	err = eachRow(geo, "nearest-sample.csv", io.Discard, []string{"w1", "w2", "w3", "place_id"}, func(row []string) error {
		at, err := parsePoint(places[row[3]][0], places[row[3]][1])
		if err != nil {
			return err
		}
		for i, site := range n.ranked(at)[:3] {
			if got := n.Sites[site].ID; got != row[i] {
				t.Errorf("of %s the site number %d is %s, want %s", row[3], i+1, got, row[i])
			}
		}
		sampled++
		return nil
	})
	if err != nil || sampled != 50 {
		t.Errorf("%d places, %v", sampled, err)
	}
	if n.origin("West Indies") != n.origin("United Kingdom") || n.origin("Germany") == n.origin("United Kingdom") {
		t.Error("customers without a place are not those of London")
	}
}

func TestANetworkThatCannotBeReadIsSaidSo(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"places.csv":          "id,lat,lon\nP1,51.5,0\n",
		"warehouses.csv":      "id,place_id,lat,lon\nW1,P1,51.5,0\n",
		"order-countries.csv": "country,place_id\nEIRE,P1\nNowhere,\n",
	}
	for name, c := range map[string]struct{ file, text, want string }{
		"as it should be":           {"places.csv", good["places.csv"], ""},
		"no file":                   {"places.csv", "", "no such file"},
		"no column":                 {"places.csv", "id,lat\n", `no column "lon"`},
		"a latitude that is none":   {"places.csv", "id,lat,lon\nP1,95,0\n", "places.csv, line 2: latitude"},
		"a longitude that is none":  {"warehouses.csv", "id,place_id,lat,lon\nW1,P1,1,east\n", "line 2: longitude"},
		"a site with a slash":       {"warehouses.csv", "id,place_id,lat,lon\nW/1,P1,1,1\n", "slash"},
		"no sites":                  {"warehouses.csv", "id,place_id,lat,lon\n", "has 0 sites"},
		"a place that is not there": {"order-countries.csv", "country,place_id\nEIRE,P9\n", `place "P9"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			for file, text := range good {
				if file == c.file {
					text = c.text
				}
				if text == "" {
					continue
				}
				if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := LoadNetwork(folder)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
