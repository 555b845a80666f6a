package bench

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
)

// WriteTable writes a row for each result.
func WriteTable(w io.Writer, results []Result) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.AppendHeader(table.Row{"what", "a /s", "a p50 µs", "a p99 µs", "a CPU µs", "b /s", "b p99 µs", "b CPU µs", "a / b", "goal"})
	for _, r := range results {
		if r.Unit != "" {
			t.AppendRow(table.Row{r.Name, "", "", "", "", "", "", "", fmt.Sprintf("%.2f %s", r.Value, r.Unit), fmt.Sprintf("<= %g", r.Limit)})
			continue
		}
		goal := ""
		if r.Goal > 0 {
			goal = fmt.Sprintf("%.2g", r.Goal)
		}
		t.AppendRow(table.Row{
			r.Name, whole(r.A.PerSecond), whole(r.A.P50Micros), whole(r.A.P99Micros), fmt.Sprintf("%.1f", r.A.CPUMicros),
			whole(r.B.PerSecond), whole(r.B.P99Micros), fmt.Sprintf("%.1f", r.B.CPUMicros), fmt.Sprintf("%.2f", r.Ratio), goal,
		})
	}
	t.SetStyle(table.StyleLight)
	t.Render()
}

func whole(v float64) string { return fmt.Sprintf("%.0f", v) }
