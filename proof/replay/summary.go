package replay

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/progress"
)

// Figures are the result of a run, under the names of expected.json.
type Figures struct {
	Counts
	OnHandTotal   int64      `json:"onhand_total"`
	SKUsAtZero    int64      `json:"skus_at_zero"`
	OpeningSHA256 string     `json:"opening_sha256"`
	OnHandSHA256  string     `json:"onhand_sha256"`
	TopShort      []ShortSKU `json:"top_short"`
}

// FlashFigures are the figures of one SKU of a flash sale, or of all.
type FlashFigures struct {
	SKU     string `json:"sku,omitempty"`
	Buyers  int64  `json:"buyers"`
	Opening int64  `json:"opening"`
	Granted int64  `json:"granted"`
	Refused int64  `json:"refused"`
	OnHand  int64  `json:"onhand"`
}

// FlashSummary is the result of a flash sale.
type FlashSummary struct {
	Month string         `json:"month"`
	SKUs  []FlashFigures `json:"skus"`
	Total FlashFigures   `json:"total"`
}

// Summary is the end of a run. Its JSON is what `holdfast-proof replay --json` prints.
type Summary struct {
	Settings
	File       string `json:"file"`
	FileSHA256 string `json:"input_sha256"`
	Figures
	Flash       *FlashSummary      `json:"flash,omitempty"`
	Channels    *ChannelsSummary   `json:"channels,omitempty"`
	Warehouses  *WarehousesSummary `json:"warehouses,omitempty"`
	Oversold    int64              `json:"oversold"`
	Differences []string           `json:"differences"` // against the answers, and against expected.json
	Pace
	Resumed  bool `json:"resumed"`  // began where an earlier process stopped
	Verified bool `json:"verified"` // had ended before: only its books were read again
}

// Pace is the speed of a run, over all its processes.
type Pace struct {
	Transport      string  `json:"transport"`
	Workers        int     `json:"workers"`
	Seconds        float64 `json:"seconds"`
	Commands       int64   `json:"commands"`
	Calls          int64   `json:"calls"` // a batch is one call
	Retries        int64   `json:"retries"`
	Replayed       int64   `json:"replayed"` // answers the server had given before
	PerSecond      float64 `json:"commands_per_second"`
	LinesPerSecond float64 `json:"lines_per_second"`
	LatencyP50     float64 `json:"p50_ms"` // of a call, from first try to answer
	LatencyP99     float64 `json:"p99_ms"`
	LatencyP999    float64 `json:"p999_ms"`
}

// MarshalJSON writes a ShortSKU in the form of expected.json: [sku, units].
func (s ShortSKU) MarshalJSON() ([]byte, error) { return json.Marshal([]any{s.SKU, s.Units}) }

// UnmarshalJSON reads what MarshalJSON writes.
func (s *ShortSKU) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&s.SKU, &s.Units})
}

// figures sums up t and the server's stock on hand per shelf.
func (t *Tally) figures(shelves []int64) Figures {
	f := Figures{Counts: t.Counts, TopShort: t.topShort(5)}
	p := t.plan
	onHand := p.bySKU(shelves)
	for _, sku := range p.Open {
		f.OnHandTotal += onHand[sku]
		if onHand[sku] == 0 {
			f.SKUsAtZero++
		}
	}
	f.OpeningSHA256 = p.stockSum(p.bySKU(p.Stock))
	f.OnHandSHA256 = p.stockSum(onHand)
	return f
}

// bySKU adds up the shelves of each SKU.
func (p *Plan) bySKU(shelves []int64) []int64 {
	if p.sites() == 1 {
		return shelves
	}
	all := make([]int64, len(p.SKUs))
	for shelf, units := range shelves {
		all[shelf/p.sites()] += units
	}
	return all
}

// stockSum hashes "<sku>\t<units>\n" of every SKU of the run, in byte order.
func (p *Plan) stockSum(stock []int64) string {
	sum := sha256.New()
	for _, sku := range p.Open {
		fmt.Fprintf(sum, "%s\t%d\n", p.SKUs[sku], stock[sku])
	}
	return hexSum(sum)
}

// flashSummary sums up a flash sale per SKU.
func (t *Tally) flashSummary(onHand []int64) *FlashSummary {
	p := t.plan
	s := &FlashSummary{Month: p.Sale.Month}
	for i, sku := range p.Sale.SKUs {
		f := FlashFigures{
			SKU: p.SKUs[sku], Buyers: p.Sale.Lines[i], Opening: p.Stock[sku],
			Granted: t.granted[sku], Refused: t.short[sku], OnHand: onHand[sku],
		}
		s.SKUs = append(s.SKUs, f)
		s.Total.Buyers += f.Buyers
		s.Total.Opening += f.Opening
		s.Total.Granted += f.Granted
		s.Total.Refused += f.Refused
		s.Total.OnHand += f.OnHand
	}
	return s
}

// Text is the summary for people.
func (s *Summary) Text() string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-18s %s\n", name, fmt.Sprintf(format, args...))
	}
	what := fmt.Sprintf("%s / %s", s.Opening, s.Mode)
	if s.Flash != nil {
		what = "flash sale of " + s.Flash.Month
	}
	fmt.Fprintf(&b, "%s, run %s\n", what, s.Run)
	if s.Flash != nil {
		row("buyers", "%s granted, %s refused of %s", progress.Number(s.Flash.Total.Granted), progress.Number(s.Flash.Total.Refused), progress.Number(s.Flash.Total.Buyers))
	} else {
		row("orders", "%s granted, %s short of %s", progress.Number(s.OrdersGranted), progress.Number(s.OrdersShort), progress.Number(s.Orders))
		row("sale lines", "%s granted, %s short (%s in part) of %s", progress.Number(s.LinesGranted), progress.Number(s.LinesShort), progress.Number(s.LinesPartly), progress.Number(s.SaleLines))
	}
	row("units", "%s granted, %s short of %s asked", progress.Number(s.UnitsGranted), progress.Number(s.UnitsShort), progress.Number(s.UnitsAsked))
	row("returned", "%s units in %s lines", progress.Number(s.UnitsReturned), progress.Number(s.CancelLines))
	row("adjusted", "%s units, %s of %s lines rejected", progress.Number(s.UnitsAdjusted), progress.Number(s.AdjustRejected), progress.Number(s.AdjustLines))
	row("opening", "%s units", progress.Number(s.OpeningTotal))
	row("on hand", "%s units, %s SKUs at zero", progress.Number(s.OnHandTotal), progress.Number(s.SKUsAtZero))
	if c := s.Channels; c != nil {
		row("trade", "%s", c.Trade.text())
		row("web", "%s", c.Web.text())
		row("other", "%s", c.Other.text())
		row("left", "%s units in the pool, %s in the quota of trade, %s in that of web", progress.Number(c.PoolTotal), progress.Number(c.QuotaLeftTrade), progress.Number(c.QuotaLeftWeb))
	}
	if w := s.Warehouses; w != nil {
		row("sites", "%s of %s lines from the nearest one", progress.Number(w.NthNearestUsed["0"]), progress.Number(w.LinesGranted))
	}
	row("oversold", "%s", progress.Number(s.Oversold))
	row("hash", "%s", s.OnHandSHA256)
	row("pace", "%s commands in %s: %s/s (%s lines/s), %s, %d workers", progress.Number(s.Commands),
		time.Duration(s.Seconds*float64(time.Second)).Round(time.Millisecond), progress.Number(int64(s.PerSecond)), progress.Number(int64(s.LinesPerSecond)), s.Transport, s.Workers)
	row("latency", "p50 %.3g ms, p99 %.3g ms, p999 %.3g ms per call (%s calls)", s.LatencyP50, s.LatencyP99, s.LatencyP999, progress.Number(s.Calls))
	row("sent again", "%s retries, %s answers given before", progress.Number(s.Retries), progress.Number(s.Replayed))
	return b.String()
}
