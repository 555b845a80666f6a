package main

import (
	"fmt"
	"io"
	"strings"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
)

// printPeers prints one block for each cell: Holdfast in the first row, and its opponents
// below.
func printPeers(w io.Writer, results []bench.Result) error {
	server := ""
	for _, cell := range cells(results) {
		if cell.results[0].Server != server {
			server = cell.results[0].Server
			fmt.Fprintf(w, "\n%s\n", server)
		}
		fmt.Fprintf(w, "\n%s\n", cell.name)
		t := bench.NewTable(w, "", "/s", "least - most", "p50 ms", "p99 ms", "CPU µs", "redo B", "retries / given up", "holdfast / it", "goal")
		t.Row(figureRow("holdfast", cell.results[0].A, "", cell.limits())...)
		for _, row := range cell.rows() {
			t.Row(row...)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// peerCell is the results of one server, workload and number of callers.
type peerCell struct {
	name    string
	results []bench.Result
}

// cells groups results by all parts of their names except the opponent.
func cells(results []bench.Result) []*peerCell {
	var all []*peerCell
	for _, r := range results {
		at := strings.LastIndex(r.Name, "/")
		name := r.Name[:at]
		if _, suffix, ok := strings.Cut(r.Name[at:], "+"); ok {
			name += " +" + suffix
		}
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, &peerCell{name: name})
		}
		last := all[len(all)-1]
		last.results = append(last.results, r)
	}
	return all
}

// rows has each opponent once; its other roles (the best textbook form, the best of all)
// appear next to its goal.
func (c *peerCell) rows() [][]string {
	var rows [][]string
	seen := map[string]int{}
	for _, r := range c.results {
		if r.Unit != "" {
			continue
		}
		of, _, _ := strings.Cut(r.Name[strings.LastIndex(r.Name, "/")+1:], "+")
		of = strings.TrimPrefix(of, "submit-vs-")
		label := r.Note
		if of == "floor" {
			label = of
		}
		at, known := seen[label]
		if !known {
			at = len(rows)
			seen[label] = at
			rows = append(rows, figureRow(label, r.B, fmt.Sprintf("%.2f", r.Ratio), ""))
		}
		if r.Goal > 0 {
			rows[at][9] = strings.TrimPrefix(fmt.Sprintf("%s, %s %g", rows[at][9], of, r.Goal), ", ")
		}
	}
	return rows
}

// limits are the upper limits for figures of Holdfast alone.
func (c *peerCell) limits() string {
	var all []string
	for _, r := range c.results {
		if r.Unit != "" {
			of, _, _ := strings.Cut(r.Name[strings.LastIndex(r.Name, "/")+1:], "+")
			all = append(all, fmt.Sprintf("%s <= %g %s", of, r.Limit, r.Unit))
		}
	}
	return strings.Join(all, ", ")
}

func figureRow(label string, f load.Figure, ratio, goal string) []string {
	cpu := "unknown"
	if f.CPUMicros > 0 {
		cpu = fmt.Sprintf("%.1f", f.CPUMicros)
	}
	return []string{
		label, round(f.PerSecond), round(f.Least) + " - " + round(f.Most), fmt.Sprintf("%.2f", f.P50Micros/1e3), fmt.Sprintf("%.2f", f.P99Micros/1e3),
		cpu, round(f.RedoBytes), fmt.Sprintf("%.2f / %.2f", f.Retries, f.Conflicts), ratio, goal,
	}
}

func round(v float64) string { return fmt.Sprintf("%.0f", v) }
