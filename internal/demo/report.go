package demo

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// figures are the results of a replay, under the names of expected.json.
type figures struct {
	Counts
	OnHandTotal   int64     `json:"onhand_total"`
	SKUsAtZero    int64     `json:"skus_at_zero"`
	OpeningSHA256 string    `json:"opening_sha256"`
	OnHandSHA256  string    `json:"onhand_sha256"`
	TopShort      []lacking `json:"top_short"`
}

// lacking is a product and the units of it that were asked for in vain.
type lacking struct {
	product string
	units   int64
}

// MarshalJSON writes what expected.json has: [product, units].
func (l lacking) MarshalJSON() ([]byte, error) { return json.Marshal([]any{l.product, l.units}) }

// Report is the end of a replay.
type Report struct {
	figures
	oversold int64
	commands int64
	seconds  float64
	// Differences names the figures that are not the expected ones, and the products whose stock on
	// the server differs from the sum of its answers.
	Differences []string
}

// report sums up the replay: units on hand are what the server lists.
func (t *tally) report(h *history, onHand []int64, want map[string]any) *Report {
	r := &Report{oversold: t.Oversold, commands: t.commands, seconds: t.seconds}
	r.Counts = t.Counts
	r.OpeningSHA256, r.OnHandSHA256 = h.hash(h.opening), h.hash(onHand)
	for i, units := range onHand {
		r.OnHandTotal += units
		if units == 0 {
			r.SKUsAtZero++
		}
		if units != t.Left[i] {
			r.Differences = append(r.Differences, fmt.Sprintf("product %q has %d on hand, but the answers leave %d", h.products[i], units, t.Left[i]))
		}
		if t.Lacked[i] > 0 {
			r.TopShort = append(r.TopShort, lacking{h.products[i], t.Lacked[i]})
		}
	}
	slices.SortStableFunc(r.TopShort, func(a, b lacking) int { return cmp.Compare(b.units, a.units) })
	r.TopShort = r.TopShort[:min(len(r.TopShort), 5)]
	const shown = 20
	if more := len(r.Differences) - shown; more > 0 {
		r.Differences = append(r.Differences[:shown], fmt.Sprintf("%d more products differ", more))
	}
	if t.Oversold > 0 {
		r.Differences = append(r.Differences, fmt.Sprintf("%d units were sold that were not there", t.Oversold))
	}
	r.compare(want)
	return r
}

// hash is the SHA-256 of a line "<product>\t<units>" for each product.
func (h *history) hash(units []int64) string {
	sum := sha256.New()
	for i, product := range h.products {
		fmt.Fprintf(sum, "%s\t%d\n", product, units[i])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// readExpected reads the figures that the replay should end with.
func readExpected(path string) (map[string]any, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read expected results: %w", err)
	}
	var known struct {
		Runs map[string]map[string]any `json:"runs"`
	}
	if err := json.Unmarshal(text, &known); err != nil {
		return nil, fmt.Errorf("expected results %s: %w", path, err)
	}
	want := known.Runs["scarce/order"]
	if want == nil {
		return nil, fmt.Errorf("expected results %s: there is none for scarce/order", path)
	}
	return want, nil
}

// compare names every figure that is not as wanted.
func (r *Report) compare(want map[string]any) {
	var got map[string]any
	text, err := json.Marshal(r.figures)
	if err == nil {
		err = json.Unmarshal(text, &got)
	}
	if err != nil {
		panic("demo: figures do not survive JSON: " + err.Error())
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !reflect.DeepEqual(got[name], want[name]) {
			r.Differences = append(r.Differences, fmt.Sprintf("%s is %v, expected %v", name, got[name], want[name]))
		}
	}
}

// Text is the report for people.
func (r *Report) Text() string {
	var b strings.Builder
	row := func(name, format string, units ...int64) {
		all := make([]any, len(units))
		for i, n := range units {
			all[i] = number(n)
		}
		fmt.Fprintf(&b, "  %-18s "+format+"\n", append([]any{name}, all...)...)
	}
	b.WriteString("scarce / order\n")
	row("orders", "%s granted, %s short of %s", r.OrdersGranted, r.OrdersShort, r.Orders)
	row("sale lines", "%s granted, %s short of %s", r.LinesGranted, r.LinesShort, r.SaleLines)
	row("units", "%s granted, %s short of %s asked", r.UnitsGranted, r.UnitsShort, r.UnitsAsked)
	row("returned", "%s units in %s lines", r.UnitsReturned, r.CancelLines)
	row("adjusted", "%s units, %s of %s lines rejected", r.UnitsAdjusted, r.AdjustRejected, r.AdjustLines)
	row("opening", "%s units", r.OpeningTotal)
	row("on hand", "%s units, %s SKUs at zero", r.OnHandTotal, r.SKUsAtZero)
	row("oversold", "%s", r.oversold)
	row("hash", r.OnHandSHA256)
	if r.commands == 0 {
		row("pace", "nothing was left to send in this run")
		return b.String()
	}
	seconds := max(r.seconds, 1e-9)
	took := time.Duration(seconds * float64(time.Second)).Round(time.Millisecond)
	row("pace", "%s commands in "+took.String()+": %s/s", r.commands, int64(float64(r.commands)/seconds))
	return b.String()
}

// number writes n with a comma between thousands.
func number(n int64) string {
	digits := strconv.FormatInt(max(n, -n), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n < 0 {
		return "-" + digits
	}
	return digits
}
