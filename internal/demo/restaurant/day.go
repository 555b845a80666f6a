// Package restaurant replays one day of a restaurant (data/restaurant) with the public Go
// client: at two tills and online, at the centre, whose orders the tills serve. Afterwards it compares the centre's books
// with what the day's dishes take by their recipes.
package restaurant

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// Day is one day of the history.
type Day struct {
	Date   time.Time
	Orders []Order // in the order of time
	// Opening is how many units of each ingredient there are in the morning.
	Opening map[string]int64
	// Use is how many units of each ingredient the dishes take. It is summed up dish by
	// dish from the files, not from the lines of Orders.
	Use map[string]int64
}

// Order is what one guest, or one table, orders.
type Order struct {
	ID     string
	At     time.Time
	Dishes int
	// Lines are the units of each ingredient that the dishes take, by name. Kits belong to
	// the centre; a till sells ingredients, so the caller resolves the recipe.
	Lines []Line
}

// Line is units of one ingredient.
type Line struct {
	Ingredient string
	Units      int64
}

// Ingredients are the names of all ingredients of the day, sorted.
func (d *Day) Ingredients() []string { return slices.Sorted(maps.Keys(d.Use)) }

// Dishes is how many dishes the day has.
func (d *Day) Dishes() (n int) {
	for i := range d.Orders {
		n += d.Orders[i].Dishes
	}
	return n
}

// dish is a row of the history.
type dish struct {
	order string
	at    time.Time
	plate plate
}

// plate is what a recipe is for.
type plate struct{ item, size string }

// timeForm is how the history writes times.
const timeForm = "2006-01-02 15:04:05"

// ReadDay reads the day of the date from the folder of the data set; "" is the day with the
// most orders.
func ReadDay(folder, date string) (*Day, error) {
	recipes, err := readRecipes(filepath.Join(folder, "recipe.csv"))
	if err != nil {
		return nil, err
	}
	dishes, err := readDishes(filepath.Join(folder, "orders-2015-01_06.csv.gz"))
	if err != nil {
		return nil, err
	}
	if date == "" {
		date = busiest(dishes)
	}
	dishes = slices.DeleteFunc(dishes, func(d dish) bool { return d.at.Format(time.DateOnly) != date })
	if len(dishes) == 0 {
		return nil, fmt.Errorf("nobody ordered on %q; the days are from 2015-01-01 to 2015-06-30", date)
	}
	return newDay(dishes, recipes)
}

func newDay(dishes []dish, recipes map[plate][]Line) (*Day, error) {
	d := &Day{Date: dishes[0].at.Truncate(24 * time.Hour), Opening: map[string]int64{}, Use: map[string]int64{}}
	for _, row := range dishes {
		if len(recipes[row.plate]) == 0 {
			return nil, fmt.Errorf("recipe.csv has no recipe for %s in size %s", row.plate.item, row.plate.size)
		}
		for _, l := range recipes[row.plate] {
			d.Use[l.Ingredient] += l.Units
		}
	}
	for ingredient, units := range d.Use {
		d.Opening[ingredient] = openingFor(units)
	}
	for len(dishes) > 0 {
		n := slices.IndexFunc(dishes, func(row dish) bool { return row.order != dishes[0].order })
		if n < 0 {
			n = len(dishes)
		}
		d.Orders = append(d.Orders, newOrder(dishes[:n], recipes))
		dishes = dishes[n:]
	}
	return d, nil
}

// openingFor is how many units are opened for the use of a day. They must be enough for a
// till whose share is Percent of what another till has left, whichever of the orders are its
// own: the two figures here leave room for all that one till sells without its line.
func openingFor(use int64) int64 { return 4*use + 20 }

// Percent is the share of each till.
const Percent = 30

// newOrder resolves the recipes of the order's dishes.
func newOrder(dishes []dish, recipes map[plate][]Line) Order {
	o := Order{ID: dishes[0].order, At: dishes[0].at, Dishes: len(dishes)}
	units := map[string]int64{}
	for _, row := range dishes {
		for _, l := range recipes[row.plate] {
			units[l.Ingredient] += l.Units
		}
	}
	for _, ingredient := range slices.Sorted(maps.Keys(units)) {
		o.Lines = append(o.Lines, Line{ingredient, units[ingredient]})
	}
	return o
}

// busiest is the date with the most orders, the first of several.
func busiest(dishes []dish) (date string) {
	orders := map[string]map[string]bool{}
	for _, row := range dishes {
		day := row.at.Format(time.DateOnly)
		if orders[day] == nil {
			orders[day] = map[string]bool{}
		}
		orders[day][row.order] = true
	}
	for _, day := range slices.Sorted(maps.Keys(orders)) {
		if len(orders[day]) > len(orders[date]) {
			date = day
		}
	}
	return date
}

func readRecipes(path string) (map[plate][]Line, error) {
	file, err := os.Open(path) //nolint:gosec // the caller names the folder
	if err != nil {
		return nil, fmt.Errorf("open the recipes: %w", err)
	}
	defer file.Close()
	recipes := map[plate][]Line{}
	err = eachRow(file, []string{"item", "size", "ingredient", "qty"}, func(row []string) error {
		units, err := strconv.ParseInt(row[3], 10, 64)
		if err != nil {
			return fmt.Errorf("qty: %w", err)
		}
		p := plate{row[0], row[1]}
		recipes[p] = append(recipes[p], Line{row[2], units})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return recipes, nil
}

func readDishes(path string) ([]dish, error) {
	file, err := os.Open(path) //nolint:gosec // the caller names the folder
	if err != nil {
		return nil, fmt.Errorf("open the orders: %w", err)
	}
	defer file.Close()
	unzip, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", path, err)
	}
	var dishes []dish
	err = eachRow(unzip, []string{"seq", "order_id", "ts", "item", "size"}, func(row []string) error {
		at, err := time.Parse(timeForm, row[2])
		if err != nil {
			return fmt.Errorf("ts: %w", err)
		}
		dishes = append(dishes, dish{row[1], at, plate{row[3], row[4]}})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return dishes, nil
}

// eachRow calls fn for each row of a CSV file that begins with these columns.
func eachRow(from io.Reader, columns []string, fn func(row []string) error) error {
	rows := csv.NewReader(from)
	header, err := rows.Read()
	if err != nil {
		return err
	}
	if len(header) < len(columns) || !slices.Equal(header[:len(columns)], columns) {
		return fmt.Errorf("the columns are %q, want %q and more", header, columns)
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = fn(row)
		}
		if err != nil {
			number, _ := rows.FieldPos(0)
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
}
