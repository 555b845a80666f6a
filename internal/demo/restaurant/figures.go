package restaurant

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Figures are the figures of the centre's books at the end of the day.
type Figures struct {
	names  []string           // of the counters
	used   []map[string]int64 // by counter, by ingredient
	left   map[string]int64
	wrong  []string
	orders int
}

// Read reads the figures and compares them with the day.
func (r *Replay) Read(ctx context.Context) (*Figures, error) {
	booked, err := readOrders(ctx, r.Centre)
	if err != nil {
		return nil, err
	}
	f := newFigures(r.Day, r.Counters, booked)
	for _, ingredient := range r.Day.Ingredients() {
		p, err := r.Centre.Product(ctx, ingredient)
		if err != nil {
			return nil, fmt.Errorf("read what is left of %s: %w", ingredient, err)
		}
		for i := range p.Locations {
			f.left[ingredient] += p.Locations[i].OnHand
		}
	}
	f.compare(r.Day)
	return f, f.checkDeclined(ctx, r)
}

// newFigures returns the bookings of each order of the day, by the counter that sold it.
func newFigures(d *Day, counters []Counter, booked map[string]map[string]int64) *Figures {
	f := &Figures{left: map[string]int64{}}
	for i := range counters {
		f.names = append(f.names, counters[i].Name)
		f.used = append(f.used, map[string]int64{})
	}
	expected := map[string]bool{}
	for i := range d.Orders {
		_, n := route(counters, i)
		id := counters[n].atCentre(d.Orders[i].ID)
		f.addOrder(&d.Orders[i], id, booked[id], f.used[n])
		expected[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(booked)) {
		if !expected[id] {
			f.wrong = append(f.wrong, "nobody ordered "+id)
		}
	}
	return f
}

// addOrder compares an order with what was booked of it.
func (f *Figures) addOrder(o *Order, id string, booked, used map[string]int64) {
	if booked == nil {
		f.wrong = append(f.wrong, fmt.Sprintf("the centre does not have order %s", id))
		return
	}
	f.orders++
	for _, l := range o.Lines {
		if units := booked[l.Ingredient]; units != l.Units {
			f.wrong = append(f.wrong, fmt.Sprintf("order %s took %d of %s, not %d", id, units, l.Ingredient, l.Units))
		}
	}
	for ingredient, units := range booked {
		used[ingredient] += units
	}
}

// compare compares the use of each ingredient with that of the recipes.
func (f *Figures) compare(d *Day) {
	for _, ingredient := range d.Ingredients() {
		var used int64
		for _, of := range f.used {
			used += of[ingredient]
		}
		if want := d.Use[ingredient]; used != want {
			f.wrong = append(f.wrong, fmt.Sprintf("%d of %s were sold; by the recipes it is %d", used, ingredient, want))
		}
		if want := d.Opening[ingredient] - d.Use[ingredient]; f.left[ingredient] != want {
			f.wrong = append(f.wrong, fmt.Sprintf("%d of %s are left; by the recipes it is %d", f.left[ingredient], ingredient, want))
		}
	}
}

// Print prints the figures of the day, and what is wrong with them. It returns whether all of them
// are right.
func (f *Figures) Print(w io.Writer, d *Day) (right bool) {
	fmt.Fprintf(w, "\nend figures, from the books of the centre\n%-13s %8s", "ingredient", "opened")
	for _, name := range f.names {
		fmt.Fprintf(w, " %8s", name)
	}
	fmt.Fprintf(w, " %8s %8s\n", "left", "recipes")
	for _, ingredient := range d.Ingredients() {
		fmt.Fprintf(w, "%-13s %8d", ingredient, d.Opening[ingredient])
		for _, used := range f.used {
			fmt.Fprintf(w, " %8d", used[ingredient])
		}
		fmt.Fprintf(w, " %8d %8d\n", f.left[ingredient], d.Use[ingredient])
	}
	fmt.Fprintf(w, "%d orders with %d dishes, each once\n", f.orders, d.Dishes())
	for _, wrong := range f.wrong {
		fmt.Fprintln(w, "wrong: "+wrong)
	}
	return len(f.wrong) == 0
}
