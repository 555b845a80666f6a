package compare

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
)

// The page about benchmarks: its tables and charts are made from the JSON that
// `holdfast-proof peers --json` printed.
const benchmarks = "../../docs/benchmarks"

func figuresOf(t *testing.T, file string) []bench.Result {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(benchmarks, file))
	if err != nil {
		t.Fatal(err)
	}
	var results []bench.Result
	if err := json.Unmarshal(b, &results); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return results
}

// UPDATE_DOCS=1 writes charts and tables anew.
func TestThePageShowsTheFigures(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"peers", "slow"} {
		results := figuresOf(t, name+".json")
		chart := Chart(results)
		for d := xml.NewDecoder(strings.NewReader(chart)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("the chart of %s is no XML: %v", name, err)
			}
		}
		same(t, name+".svg", "", chart)
		same(t, "peers-figures.md", name, tables(results))
	}
}

// same compares a file, or the part of it between the marks, with the generated text.
// It writes the file when the test asks for that.
func same(t *testing.T, file, mark, made string) {
	t.Helper()
	path := filepath.Join(benchmarks, file)
	text, err := os.ReadFile(path)
	if err != nil && mark != "" {
		t.Fatal(err)
	}
	before, kept, after := "", string(text), ""
	if mark != "" {
		begin, end := fmt.Sprintf("<!-- made from %s.json: begin -->\n", mark), fmt.Sprintf("<!-- made from %s.json: end -->", mark)
		var rest string
		var begins, ends bool
		before, rest, begins = strings.Cut(string(text), begin)
		kept, after, ends = strings.Cut(rest, end)
		if !begins || !ends {
			t.Fatalf("%s has no place for %s", file, mark)
		}
		before, after = before+begin, end+after
	}
	if kept == made {
		return
	}
	if os.Getenv("UPDATE_DOCS") == "" {
		t.Errorf("%s does not show %s.json; run: UPDATE_DOCS=1 go test ./proof/compare -run %s", file, mark, t.Name())
		return
	}
	if err := os.WriteFile(path, []byte(before+made+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tables are those of the page: one of ratios by callers, and one for each
// server and workload with all sides at the greatest number of callers.
func tables(results []bench.Result) string {
	if len(results) == 0 {
		return "\nNot measured yet.\n\n"
	}
	var b strings.Builder
	found := map[string]bench.Result{}
	var callers []int
	for _, r := range results {
		cell, of, _ := strings.Cut(r.Name, "/submit-vs-")
		of, suffix, _ := strings.Cut(of, "+")
		if strings.HasPrefix(suffix, "keys") {
			of += "+keys"
		}
		found[cell+" "+of] = r
		if n, err := strconv.Atoi(cell[strings.LastIndex(cell, "/")+1:]); err == nil && !slices.Contains(callers, n) {
			callers = append(callers, n)
		}
	}
	slices.Sort(callers)
	all := panels(results)
	ratios(&b, all, callers, found)
	for _, p := range all {
		sides(&b, p, found)
	}
	b.WriteString("\n")
	return b.String()
}

func ratios(b *strings.Builder, all []*panel, callers []int, found map[string]bench.Result) {
	b.WriteString("\nTimes as many as the best textbook form / as one statement:\n\n| callers |")
	for _, p := range all {
		fmt.Fprintf(b, " %s, %s |", productOf(p), p.dist)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(all)) + "\n")
	for _, n := range callers {
		fmt.Fprintf(b, "| %d |", n)
		for _, p := range all {
			cell := fmt.Sprintf("%s/%s/%d ", p.engine, p.dist, n)
			fmt.Fprintf(b, " %s / %s |", twoDigits(found[cell+"best-textbook"].Ratio), twoDigits(found[cell+"expert"].Ratio))
		}
		b.WriteString("\n")
	}
}

func productOf(p *panel) string {
	product, _, _ := strings.Cut(p.server, " ")
	return product
}

func sides(b *strings.Builder, p *panel, found map[string]bench.Result) {
	fmt.Fprintf(b, "\n%s, %s, %d callers (%s):\n\n", productOf(p), p.dist, p.callers, p.server)
	b.WriteString("| | a second | least - most | p50 / p99 ms | CPU µs | redo B | retries | Holdfast / it |\n|---|---|---|---|---|---|---|---|\n")
	cell := fmt.Sprintf("%s/%s/%d ", p.engine, p.dist, p.callers)
	row := func(label string, f load.Figure, ratio string) {
		fmt.Fprintf(b, "| %s | %s | %s - %s | %s / %s | %s | %.0f | %.1f | %s |\n", label, thousands(f.PerSecond), thousands(f.Least), thousands(f.Most),
			twoDigits(f.P50Micros/1e3), twoDigits(f.P99Micros/1e3), twoDigits(f.CPUMicros), f.RedoBytes, f.Retries, ratio)
	}
	row("Holdfast", found[cell+"optimistic"].A, "")
	for _, of := range []string{"optimistic", "for-update", "conditional", "one-statement", "unbounded", "floor"} {
		r, ok := found[cell+of]
		if !ok {
			continue
		}
		label := r.Note
		if of == "floor" {
			label = "the floor"
		}
		row(label, r.B, twoDigits(r.Ratio))
	}
	if r, ok := found[cell+"best-textbook+keys"]; ok {
		row("Holdfast, with keys", r.A, "")
		row("best textbook form, with keys", r.B, twoDigits(r.Ratio))
		row("one statement, with keys", found[cell+"expert+keys"].B, twoDigits(found[cell+"expert+keys"].Ratio))
	}
}
