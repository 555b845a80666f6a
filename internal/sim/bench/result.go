package bench

import (
	"fmt"
	"slices"
	"time"
)

// Result is one comparison: side A is Holdfast, side B what it is compared with.
type Result struct {
	Name string `json:"name"`
	A    Figure `json:"a"`
	B    Figure `json:"b"`
	// Ratio is the median over the rounds of A's rate divided by B's in the
	// same round.
	Ratio float64 `json:"ratio"`
	// Goal is the ratio to reach, 0 when there is none.
	Goal float64 `json:"goal,omitempty"`
	// Value, Limit and Unit stand in place of A, B and Ratio where one figure
	// is measured: it is to be at most Limit.
	Value float64 `json:"value,omitempty"`
	Limit float64 `json:"limit,omitempty"`
	Unit  string  `json:"unit,omitempty"`
	// Note says what a number of B stands for, or how A was run.
	Note string `json:"note,omitempty"`
}

// Figure is what one side did: medians over the rounds.
type Figure struct {
	PerSecond float64 `json:"per_second"`
	P50Micros float64 `json:"p50_us"`
	P99Micros float64 `json:"p99_us"`
	// CPUMicros is user and system time of the process, callers included, per operation.
	CPUMicros float64 `json:"cpu_us"`
}

// sample is one timed run.
type sample struct {
	ops     int
	took    time.Duration
	cpu     time.Duration
	latency []time.Duration
}

func (s *sample) figure() Figure {
	slices.Sort(s.latency)
	at := func(q float64) float64 {
		if len(s.latency) == 0 {
			return 0
		}
		return float64(s.latency[int(q*float64(len(s.latency)-1))].Nanoseconds()) / 1e3
	}
	ops := float64(max(s.ops, 1))
	return Figure{
		PerSecond: float64(s.ops) / s.took.Seconds(),
		P50Micros: at(0.50), P99Micros: at(0.99),
		CPUMicros: float64(s.cpu.Nanoseconds()) / 1e3 / ops,
	}
}

// side collects the rounds of one side of one cell.
type side struct{ rounds []Figure }

func (s *side) add(f Figure) { s.rounds = append(s.rounds, f) }

// middle is the round with the median rate.
func (s *side) middle() Figure {
	if len(s.rounds) == 0 {
		return Figure{}
	}
	sorted := slices.SortedFunc(slices.Values(s.rounds), func(a, b Figure) int {
		switch {
		case a.PerSecond < b.PerSecond:
			return -1
		case a.PerSecond > b.PerSecond:
			return 1
		}
		return 0
	})
	return sorted[len(sorted)/2]
}

// ratio is the median of the rounds' ratios.
func ratio(a, b *side) float64 {
	var all []float64
	for i := range min(len(a.rounds), len(b.rounds)) {
		if b.rounds[i].PerSecond > 0 {
			all = append(all, a.rounds[i].PerSecond/b.rounds[i].PerSecond)
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// String shows the result as a line.
func (r Result) String() string {
	if r.Unit != "" {
		return fmt.Sprintf("%s: %.2f %s, at most %g; %s", r.Name, r.Value, r.Unit, r.Limit, r.Note)
	}
	return fmt.Sprintf("%s: %.0f/s against %.0f/s, %.2f times", r.Name, r.A.PerSecond, r.B.PerSecond, r.Ratio)
}
