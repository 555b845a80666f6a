// Command chart draws the figures of `holdfast bench --json` as an SVG picture:
// durable reservations a second, Holdfast next to one transaction each, by the
// number of callers. With the argument "table" it writes them as the rows of
// the tables in the READMEs.
//
//	holdfast bench --json > docs/bench.json
//	go run ./docs/chart < docs/bench.json > docs/bench.svg
//	go run ./docs/chart table < docs/bench.json
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	write := draw
	if len(os.Args) > 1 && os.Args[1] == "table" {
		write = table
	}
	if err := write(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "chart:", err)
		os.Exit(1)
	}
}

// result is the part of a comparison that is drawn.
type result struct {
	Name string
	A, B struct {
		PerSecond float64 `json:"per_second"`
	}
	Ratio float64
}

// panels are the two workloads, callers the bars of each.
var (
	panels  = []struct{ name, title string }{{"hot", "all want one item"}, {"spread", "10,000 items, some wanted more"}}
	callers = []string{"1", "16", "64", "256"}
)

// Sizes in pixels.
const (
	width, height = 860, 338
	panelWidth    = 400
	top, bottom   = 64, 270 // of the bars
	barWidth      = 34
)

// read finds the results that are shown, by panel and callers, and the highest
// rate of all.
func read(in io.Reader) (found map[string]result, most float64, err error) {
	var all []result
	if err := json.NewDecoder(in).Decode(&all); err != nil {
		return nil, 0, fmt.Errorf("read the results: %w", err)
	}
	found = map[string]result{}
	for _, panel := range panels {
		for _, n := range callers {
			name := "sqlite/" + panel.name + "/" + n + "/submit-vs-one-tx"
			for _, r := range all {
				if r.Name == name {
					found[panel.name+n] = r
					most = max(most, r.A.PerSecond, r.B.PerSecond)
				}
			}
			if _, ok := found[panel.name+n]; !ok {
				return nil, 0, fmt.Errorf("the results lack %s", name)
			}
		}
	}
	if most <= 0 {
		return nil, 0, errors.New("the results have no rates")
	}
	return found, most, nil
}

// table writes the figures as the rows of a Markdown table.
func table(in io.Reader, out io.Writer) error {
	found, _, err := read(in)
	if err != nil {
		return err
	}
	for _, n := range callers {
		row := "| " + n + " |"
		for _, panel := range panels {
			r := found[panel.name+n]
			row += fmt.Sprintf(" %s k/s | %s × |", twoDigits(r.A.PerSecond/1000), twoDigits(r.Ratio))
		}
		if _, err := fmt.Fprintln(out, row); err != nil {
			return err
		}
	}
	return nil
}

// draw writes the picture.
func draw(in io.Reader, out io.Writer) error {
	found, most, err := read(in)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" font-size="13" role="img" aria-labelledby="t">`+"\n", width, height, width, height)
	b.WriteString(`<title id="t">Durable reservations a second: Holdfast beside one transaction each</title>` + "\n")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="8" fill="#ffffff"/>`+"\n", width, height)
	b.WriteString(`<text x="20" y="26" font-size="15" font-weight="600" fill="#1d232b">Durable reservations a second</text>` + "\n")
	for i, key := range []struct{ colour, text string }{{"#1668b8", "Holdfast"}, {"#b9c2cc", "one transaction each"}} {
		fmt.Fprintf(&b, `<rect x="%d" y="15" width="12" height="12" rx="2" fill="%s"/><text x="%d" y="26" fill="#1d232b">%s</text>`+"\n", 590+i*95, key.colour, 607+i*95, key.text)
	}
	for p, panel := range panels {
		left := 20 + p*(panelWidth+20)
		fmt.Fprintf(&b, `<text x="%d" y="50" fill="#5b6672">%s</text>`+"\n", left, panel.title)
		fmt.Fprintf(&b, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#b9c2cc"/>`+"\n", left, bottom, left+panelWidth, bottom)
		for i, n := range callers {
			r := found[panel.name+n]
			x := left + 14 + i*(panelWidth/len(callers))
			bar(&b, x, r.A.PerSecond, most, "#1668b8")
			bar(&b, x+barWidth+4, r.B.PerSecond, most, "#b9c2cc")
			fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle" fill="#1d232b">%s</text>`+"\n", x+barWidth+2, bottom+19, n)
			fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle" font-weight="600" fill="#1668b8">%s ×</text>`+"\n", x+barWidth+2, bottom+37, twoDigits(r.Ratio))
		}
	}
	fmt.Fprintf(&b, `<text x="20" y="%d" font-size="11" fill="#5b6672">callers, and how many times as many; acknowledged after the disk has them, exactly once. Command: holdfast bench</text>`+"\n</svg>\n", height-8)
	_, err = io.WriteString(out, b.String())
	return err
}

// bar draws one bar with its figure above it.
func bar(b *strings.Builder, x int, rate, most float64, colour string) {
	h := max(rate/most*(bottom-top-16), 1)
	y := bottom - h
	fmt.Fprintf(b, `<rect x="%d" y="%.1f" width="%d" height="%.1f" rx="2" fill="%s"/>`, x, y, barWidth, h, colour)
	fmt.Fprintf(b, `<text x="%d" y="%.1f" text-anchor="middle" font-size="11" fill="#1d232b">%sk</text>`+"\n", x+barWidth/2, y-4, twoDigits(rate/1000))
}

// twoDigits is a figure with two digits that count.
func twoDigits(v float64) string {
	switch {
	case v < 1:
		return fmt.Sprintf("%.2f", v)
	case v < 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
