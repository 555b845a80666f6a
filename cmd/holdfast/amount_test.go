package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Whatever prints a quantity of a product prints it in the declared unit, as the console and
// exports do. CSV has the unit and the scale in columns of their own.
func TestQuantitiesAreInTheDeclaredUnit(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	h.all([]prints{
		{"open flour 12.500 --unit kg --scale 3 --location mill --low 20.000", "flour mill 12.500 kg 0.000 kg 12.500 kg 20.000 kg low yes"},
		{"open mug 7 --location mill", "mug mill 7 0 7 0 in_stock yes"},
		{"restock flour 2.5 --location mill", "15.000 kg"},
		{"count flour 14.750 --location mill", "flour mill -0.250 kg 14.750 kg 0.000 kg 14.750 kg"},
		{"reserve o-1 flour=1.250 mug=2 --location mill --channel web", "flour mill web 1.250 kg 0.000 kg 0.000 kg active"},
		{"deduct o-1 flour --quantity 0.500 --location mill", "flour mill web 0.750 kg 0.500 kg 0.000 kg active"},
		{"sold flour 0.125 --order s-1 --location mill", "flour mill 13.375 kg 0.750 kg 14.125 kg 0.000 kg"},
		{"inventory move flour 0.375 --from pool/shared --to damaged --location mill --reason torn", "13.000 kg"},

		{"inventory show flour", "mill 13.000 kg 0.750 kg 14.125 kg 0.000 kg 0.375 kg 0.000 kg 0.000 kg 0.000 kg low"},
		{"inventory show flour --csv", "location,available,reserved,on hand,withheld,damaged,quality,in transit,incoming,status,unit,scale\nmill,13.000,0.750,14.125,0.000,0.375,0.000,0.000,0.000,low,kg,3"},
		{"inventory accounts flour", "mill damaged 0.375 kg"},
		{"inventory why flour --location mill", "mill 0.750 kg"},
		{"check flour=99 --location mill --json", `"unit":"kg"`},
		{"low", "flour mill 13.000 kg 0.750 kg 14.125 kg 20.000 kg low yes"},
		{"low --csv", "flour,mill,13.000,0.750,14.125,20.000,low,yes,kg,3"},
		{"list --csv", "mug,mill,5,2,7,0,in_stock,yes,,"},
		{"holds flour", "o-1 flour mill web 0.750 kg active"},
		{"holds --csv", ",kg,3"},
		{"log flour --operation observe", "observe flour mill 14.750 kg -0.250 kg 0.000 kg +0.000 kg"},
		{"log --operation restock --csv", ",restock,flour,mill,,15.000,+2.500,0.000,+0.000,"},
		{"log mug --operation reserve", "reserve mug mill o-1 5 -2 2 +2"},
		{"orders history o-1", "0.750 kg"},
		{"quotas show flour --location mill", "flour mill 13.000 kg 13.000 kg 0.750 kg low"},
	})
	h.until("items flour", "flour mill low 14.125 kg 0.750 kg 13.000 kg 0.000 kg")
	h.until("items --csv", "flour,,mill,low,14.125,0.750,13.000,0.000,")
	h.until("figures --by day --location mill --channel web --csv", ",web,kg,0,0,0,0,1.250,0.500,0.000,")
	h.all([]prints{
		{"figures --by day --location mill --channel web", " web kg 0 0 0 0 1.250 0.500 0.000"},
		{"figures --by day --location mill --csv", ",counted from,counted until,scale\n"},
		{"figures stock --csv", ",kg,14.125,1,0,"},
	})
	h.refused(exitFailed, []prints{
		{"reserve o-2 flour=99.000 --location mill", "flour at mill: 99.000 kg asked, 13.000 kg available"},
	})
}

func TestAmountsOfAUnit(t *testing.T) {
	t.Parallel()
	kg := declared{"kg", 3}
	for want, got := range map[string]amount{
		"0.000 kg": kg.amount(0), "-0.001 kg": kg.amount(-1), "+0.250 kg": kg.change(250), "-12.500 kg": kg.change(-12500), "1.250": kg.bare(1250),
		"7": declared{}.amount(7), "+7": declared{}.change(7), "-7": declared{}.change(-7),
	} {
		if got.String() != want {
			t.Errorf("%+v prints %q, want %q", got, got, want)
		}
	}
	if got := (sums{}).add(kg.amount(1)).add(declared{}.amount(4)).add(kg.amount(9)).String(); got != "0.010 kg + 4" {
		t.Errorf("sums of two units print %q", got)
	}
}

var (
	printedRow   = regexp.MustCompile(`(?s)\brow\((.*?)\)\n`)
	bareQuantity = regexp.MustCompile(`(^|[ ,(])(\w+\.)+(Quantity|AvailableStock|ReservedStock|OnHand|LowStockThreshold|Held|Deducted|Released|Requested|Available|Oversold|` +
		`Posted|Shared|Remaining|UnitsIn|UnitsOut|Reserved|Sold|Returned|Expired|Received|Gained|Lost|InTransit|Overstock|AvailableTotal)\s*(,|$)`)
)

// A number of smallest units in a table is read as a thousand times as much: a row has amounts.
func TestNoRowHasSmallestUnits(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range printedRow.FindAllStringSubmatch(string(text), -1) {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			if found := bareQuantity.FindString(row[1]); found != "" {
				t.Errorf("%s prints %q without its unit in row(%s)", name, strings.Trim(found, " ,("), row[1])
			}
		}
	}
}
