package restaurant

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var folder = filepath.Join("..", "..", "..", "data", "restaurant")

func TestTheUseOfAllDaysIsThatOfTheAnswersInTheDataSet(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(folder, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Orders, Dishes, Days int
		Use                  map[string]int64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	recipes, err := readRecipes(filepath.Join(folder, "recipe.csv"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := readDishes(filepath.Join(folder, "orders-2015-01_06.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	byDate := map[string][]dish{}
	for _, row := range all {
		date := row.at.Format(time.DateOnly)
		byDate[date] = append(byDate[date], row)
	}
	orders, dishes, use := 0, 0, map[string]int64{}
	for date, rows := range byDate {
		d, err := newDay(rows, recipes)
		if err != nil {
			t.Fatal(err)
		}
		lines := map[string]int64{}
		for i := range d.Orders {
			for _, l := range d.Orders[i].Lines {
				lines[l.Ingredient] += l.Units
			}
		}
		if !maps.Equal(lines, d.Use) {
			t.Errorf("%s: the orders have %v, the dishes take %v", date, lines, d.Use)
		}
		for ingredient, units := range d.Use {
			use[ingredient] += units
		}
		orders, dishes = orders+len(d.Orders), dishes+d.Dishes()
	}
	if orders != want.Orders || dishes != want.Dishes || len(byDate) != want.Days || !maps.Equal(use, want.Use) {
		t.Errorf("%d days, %d orders, %d dishes, use %v; want %+v", len(byDate), orders, dishes, use, want)
	}
}

func TestTheDayIsTheBusiestOrTheOneThatWasNamed(t *testing.T) {
	t.Parallel()
	for date, want := range map[string]struct {
		date   string
		orders int
	}{"": {"2015-05-15", 94}, "2015-02-01": {"2015-02-01", 87}} {
		d, err := ReadDay(folder, date)
		if err != nil || d.Date.Format(time.DateOnly) != want.date || len(d.Orders) != want.orders {
			t.Errorf("%q: %v %v, want %+v", date, d, err, want)
		}
	}
	if _, err := ReadDay(folder, "2016-01-01"); err == nil {
		t.Error("a day without orders can be replayed")
	}
}

func TestFiguresNameEachDifference(t *testing.T) {
	t.Parallel()
	d := &Day{
		Orders:  []Order{{ID: "o-1", Dishes: 1, Lines: []Line{{"box", 1}}}, {ID: "o-2", Dishes: 1, Lines: []Line{{"box", 1}}}},
		Opening: map[string]int64{"box": 10}, Use: map[string]int64{"box": 2},
	}
	for _, test := range []struct {
		name   string
		booked map[string]map[string]int64
		left   int64
		wrong  []string
	}{
		{"each order once", map[string]map[string]int64{"o-1": {"box": 1}, "o-2": {"box": 1}}, 8, nil},
		{
			"an order is missing",
			map[string]map[string]int64{"o-1": {"box": 1}},
			9,
			[]string{"does not have order o-2", "1 of box were sold; by the recipes it is 2", "9 of box are left; by the recipes it is 8"},
		},
		{
			"an order took too much",
			map[string]map[string]int64{"o-1": {"box": 2}, "o-2": {"box": 1}},
			7,
			[]string{"order o-1 took 2 of box, not 1", "3 of box were sold", "7 of box are left"},
		},
		{
			"an order is there under two names",
			map[string]map[string]int64{"o-1": {"box": 1}, "o-1@till": {"box": 1}, "o-2": {"box": 1}},
			7,
			[]string{"nobody ordered o-1@till", "7 of box are left"},
		},
	} {
		f := newFigures(d, []Counter{{Name: "online"}}, test.booked)
		f.left["box"] = test.left
		f.compare(d)
		var said strings.Builder
		if right := f.Print(&said, d); right != (test.wrong == nil) || len(f.wrong) != len(test.wrong) {
			t.Errorf("%s: right %t, %d are wrong, want %d", test.name, right, len(f.wrong), len(test.wrong))
		}
		for _, want := range test.wrong {
			if !strings.Contains(said.String(), want) {
				t.Errorf("%s: nothing says %q\n%s", test.name, want, &said)
			}
		}
	}
}
