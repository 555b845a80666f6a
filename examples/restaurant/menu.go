package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/client"
)

// plate is a dish in a size.
type plate struct {
	Item string `json:"item"`
	Size string `json:"size"`
}

// offer is a plate with its price.
type offer struct {
	plate
	Cents int64 `json:"cents"`
}

// menu is what can be ordered, and what it is made of.
type menu struct {
	offers  []offer
	cents   map[plate]int64
	recipes map[plate][]ingredient
}

type ingredient struct {
	name  string
	units int64
}

func readMenu(folder string) (*menu, error) {
	m := &menu{cents: map[plate]int64{}, recipes: map[plate][]ingredient{}}
	dishes, err := readRows(filepath.Join(folder, "menu.csv")) // item, size, category, price
	if err != nil {
		return nil, err
	}
	for _, row := range dishes {
		cents, err := strconv.ParseInt(strings.Replace(row[3], ".", "", 1), 10, 64) // always two decimals
		if err != nil {
			return nil, fmt.Errorf("price of %s: %w", row[0], err)
		}
		p := plate{row[0], row[1]}
		m.offers, m.cents[p] = append(m.offers, offer{p, cents}), cents
	}
	recipes, err := readRows(filepath.Join(folder, "recipe.csv")) // item, size, ingredient, qty
	if err != nil {
		return nil, err
	}
	for _, row := range recipes {
		units, err := strconv.ParseInt(row[3], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("recipe of %s: %w", row[0], err)
		}
		p := plate{row[0], row[1]}
		m.recipes[p] = append(m.recipes[p], ingredient{row[2], units})
	}
	return m, nil
}

// readRows reads a CSV file of four columns, without its header.
func readRows(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows := csv.NewReader(f)
	rows.FieldsPerRecord = 4
	all, err := rows.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return all[min(1, len(all)):], nil
}

// mostOfPlate is how many of one plate an order may have.
const mostOfPlate = 50

// items are the ingredients of an order at a store, each once, and what the order costs.
func (m *menu) items(store string, lines []orderLine) (items []client.Item, cents int64, err error) {
	at := map[string]int{}
	for _, l := range lines {
		recipe := m.recipes[l.plate]
		if len(recipe) == 0 || l.Count < 1 || l.Count > mostOfPlate {
			return nil, 0, fmt.Errorf("%s in size %s, %d times: that is not on the menu", l.Item, l.Size, l.Count)
		}
		cents += l.Count * m.cents[l.plate]
		for _, in := range recipe {
			n, known := at[in.name]
			if !known {
				n, at[in.name] = len(items), len(items)
				items = append(items, client.Item{ProductID: in.name, LocationID: store})
			}
			items[n].Quantity += l.Count * in.units
		}
	}
	return items, cents, nil
}
