package bench

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Table prints rows in columns, two blanks apart. Flush writes them.
type Table struct{ *tabwriter.Writer }

// NewTable begins a table with the names of its columns.
func NewTable(w io.Writer, columns ...string) Table {
	t := Table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.Row(columns...)
	return t
}

// Row adds a row.
func (t Table) Row(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")) }

// WriteTable writes a row for each result.
func WriteTable(w io.Writer, results []Result) error {
	t := NewTable(w, "what", "a /s", "a p50 µs", "a p99 µs", "a CPU µs", "b /s", "b p99 µs", "b CPU µs", "a / b", "goal")
	for _, r := range results {
		if r.Unit != "" {
			t.Row(r.Name, "", "", "", "", "", "", "", fmt.Sprintf("%.2f %s", r.Value, r.Unit), fmt.Sprintf("<= %g", r.Limit))
			continue
		}
		goal := ""
		if r.Goal > 0 {
			goal = fmt.Sprintf("%.2g", r.Goal)
		}
		t.Row(r.Name, wholeNumber(r.A.PerSecond), wholeNumber(r.A.P50Micros), wholeNumber(r.A.P99Micros), fmt.Sprintf("%.1f", r.A.CPUMicros),
			wholeNumber(r.B.PerSecond), wholeNumber(r.B.P99Micros), fmt.Sprintf("%.1f", r.B.CPUMicros), fmt.Sprintf("%.2f", r.Ratio), goal)
	}
	return t.Flush()
}

func wholeNumber(v float64) string { return fmt.Sprintf("%.0f", v) }
