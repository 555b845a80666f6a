package compare

import (
	"fmt"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/sim/bench"
)

// Sizes of the chart in pixels.
const (
	panelWide, panelHigh = 430, 232
	barLeft, barRoom     = 118, 190
	barHigh, barStep     = 18, 26
)

// bars are the rows of a panel, from the top: Holdfast itself is drawn second.
var bars = []struct{ of, label, colour string }{
	{"submit-vs-floor", "bare floor", "#d9e3ee"},
	{"", "Holdfast", "#1668b8"},
	{"submit-vs-one-statement", "one statement", "#b9c2cc"},
	{"submit-vs-conditional", "conditional", "#b9c2cc"},
	{"submit-vs-for-update", "FOR UPDATE", "#b9c2cc"},
	{"submit-vs-optimistic", "optimistic", "#b9c2cc"},
}

// panel is one server with one workload, at the greatest number of callers.
type panel struct {
	engine, dist, server string
	callers              int
	results              map[string]bench.Result
}

// panels finds what can be drawn, in the order of the results.
func panels(results []bench.Result) []*panel {
	var all []*panel
	for _, r := range results {
		parts := strings.Split(r.Name, "/")
		if len(parts) != 4 {
			continue
		}
		callers, err := strconv.Atoi(parts[2])
		of, suffix, _ := strings.Cut(parts[3], "+")
		if err != nil || strings.HasPrefix(suffix, "keys") {
			continue
		}
		var p *panel
		for _, known := range all {
			if known.engine == parts[0] && known.dist == parts[1] {
				p = known
			}
		}
		if p == nil {
			p = &panel{engine: parts[0], dist: parts[1]}
			all = append(all, p)
		}
		if callers > p.callers {
			p.callers, p.results = callers, map[string]bench.Result{}
		}
		if callers == p.callers {
			p.results[of], p.server = r, r.Server
		}
	}
	return all
}

// Chart draws results of Run as an SVG picture: reservations a second,
// one panel for each server and workload.
func Chart(results []bench.Result) string {
	all := panels(results)
	wide, high := 2*panelWide, 44+(len(all)+1)/2*panelHigh
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" font-size="13" role="img" aria-labelledby="t">`+"\n", wide, high, wide, high)
	b.WriteString(`<title id="t">Durable reservations a second on the same server: Holdfast, the floor, and what people write</title>` + "\n")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="8" fill="#ffffff"/>`+"\n", wide, high)
	b.WriteString(`<text x="20" y="26" font-size="15" font-weight="600" fill="#1d232b">Durable reservations a second, on the same server with the same settings</text>` + "\n")
	for i, p := range all {
		fmt.Fprintf(&b, `<g transform="translate(%d %d)">`+"\n", i%2*panelWide, 40+i/2*panelHigh)
		p.draw(&b)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (p *panel) draw(b *strings.Builder) {
	most := 0.0
	for _, r := range p.results {
		most = max(most, r.A.PerSecond)
		if r.Unit == "" {
			most = max(most, r.B.PerSecond)
		}
	}
	server, _, _ := strings.Cut(p.server, ";")
	title := fmt.Sprintf("%s, %s, %d callers", server, map[string]string{"hot": "all want one item"}[p.dist], p.callers)
	if p.dist != "hot" {
		title = fmt.Sprintf("%s, 10,000 items (zipf 1.1), %d callers", server, p.callers)
	}
	fmt.Fprintf(b, `<text x="20" y="18" fill="#5b6672">%s</text>`+"\n", escaped(title))
	row := 0
	for _, bar := range bars {
		r, ok := p.results[bar.of]
		rate, note := r.B.PerSecond, ""
		switch {
		case bar.of == "":
			ok, rate = true, p.ours()
		case ok && r.Ratio >= 1:
			note = fmt.Sprintf(" · %s ×", twoDigits(r.Ratio))
		case ok:
			note = fmt.Sprintf(" · Holdfast %s of it", twoDigits(r.Ratio))
		}
		if !ok {
			continue
		}
		y := 32 + row*barStep
		row++
		long := 1.0
		if most > 0 {
			long = max(rate/most*barRoom, 1)
		}
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end" fill="#1d232b">%s</text>`, barLeft-8, y+14, bar.label)
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="%d" rx="2" fill="%s"/>`, barLeft, y, long, barHigh, bar.colour)
		fmt.Fprintf(b, `<text x="%.1f" y="%d" font-size="12" fill="#1d232b">%s/s%s</text>`+"\n", barLeft+long+6, y+14, thousands(rate), note)
	}
}

// ours is the rate of Holdfast, the same in all results of a panel.
func (p *panel) ours() float64 {
	for _, r := range p.results {
		return r.A.PerSecond
	}
	return 0
}

// thousands writes a rate in the usual form for people.
func thousands(v float64) string {
	if v >= 1000 {
		return twoDigits(v/1000) + "k"
	}
	return fmt.Sprintf("%.0f", v)
}

// twoDigits is a figure with two significant digits.
func twoDigits(v float64) string {
	switch {
	case v < 1:
		return fmt.Sprintf("%.2f", v)
	case v < 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
