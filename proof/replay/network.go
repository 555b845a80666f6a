package replay

import (
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"holdfast.dev/holdfast/internal/planning"
)

// Network is the sites and customers' places of Warehouses: the folder
// data/geo, whose README describes the files.
type Network struct {
	SHA256 string // of the files that were read
	Sites  []Site // in the order of the file; the first takes the corrections

	byCountry map[string]planning.Point
	elsewhere planning.Point // of a customer whose country has no place
}

// Site is a location that stock is split over.
type Site struct {
	ID string
	At planning.Point
}

// LoadNetwork reads the network in folder.
func LoadNetwork(folder string) (*Network, error) {
	n, sum := &Network{byCountry: map[string]planning.Point{}}, sha256.New()
	places := map[string]planning.Point{}
	err := eachRow(folder, "places.csv", sum, []string{"id", "lat", "lon"}, func(row []string) error {
		at, err := parsePoint(row[1], row[2])
		places[row[0]] = at
		return err
	})
	if err != nil {
		return nil, err
	}
	err = eachRow(folder, "warehouses.csv", sum, []string{"id", "lat", "lon", "place_id"}, func(row []string) error {
		if err := checkID("site", row[0], maxLocation); err != nil {
			return err
		}
		at, err := parsePoint(row[1], row[2])
		if len(n.Sites) == 0 {
			n.elsewhere = places[row[3]]
		}
		n.Sites = append(n.Sites, Site{ID: row[0], At: at})
		return err
	})
	if err != nil {
		return nil, err
	}
	err = eachRow(folder, "order-countries.csv", sum, []string{"country", "place_id"}, func(row []string) error {
		if row[1] == "" {
			return nil
		}
		at, known := places[row[1]]
		if !known {
			return fmt.Errorf("place %q is not in places.csv", row[1])
		}
		n.byCountry[row[0]] = at
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(n.Sites) == 0 || len(n.Sites) > maxSites {
		return nil, fmt.Errorf("%s has %d sites, a network has 1 to %d", filepath.Join(folder, "warehouses.csv"), len(n.Sites), maxSites)
	}
	n.SHA256 = hexSum(sum)
	return n, nil
}

// maxSites keeps an order's list of locations within the API's bound.
const maxSites = 1000

// eachRow calls do with the named columns of each row of a table. do may keep
// them.
func eachRow(folder, name string, sum io.Writer, columns []string, do func(row []string) error) error {
	path := filepath.Join(folder, name)
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open network: %w", err)
	}
	defer f.Close()
	rows := csv.NewReader(io.TeeReader(f, sum))
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("network %s: %w", path, err)
	}
	at := make([]int, len(columns))
	for i, column := range columns {
		if at[i] = slices.Index(header, column); at[i] < 0 {
			return fmt.Errorf("network %s: no column %q", path, column)
		}
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			fields := make([]string, len(columns))
			for i, place := range at {
				fields[i] = row[place]
			}
			err = do(fields)
		}
		if err != nil {
			line, _ := rows.FieldPos(0)
			return fmt.Errorf("network %s, line %d: %w", path, line, err)
		}
	}
}

func parsePoint(lat, lon string) (planning.Point, error) {
	y, err := strconv.ParseFloat(lat, 64)
	if err != nil || !(y >= -90 && y <= 90) {
		return planning.Point{}, fmt.Errorf("latitude %q is not a number from -90 to 90", lat)
	}
	x, err := strconv.ParseFloat(lon, 64)
	if err != nil || !(x >= -180 && x <= 180) {
		return planning.Point{}, fmt.Errorf("longitude %q is not a number from -180 to 180", lon)
	}
	return planning.Point{Lat: y, Lon: x}, nil
}

// origin is the place of the customers of a country. A country without a place counts as being at
// the first site (README: no place, London).
func (n *Network) origin(country string) planning.Point {
	if at, known := n.byCountry[country]; known {
		return at
	}
	return n.elsewhere
}

// ranked are the numbers of the sites, the nearest to the point first.
func (n *Network) ranked(to planning.Point) []int32 {
	order := make([]int32, len(n.Sites))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		return cmp.Compare(to.Km(n.Sites[a].At), to.Km(n.Sites[b].At))
	})
	return order
}
