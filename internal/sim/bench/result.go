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
	// Server says on which server both sides ran, and how durable it is.
	Server string `json:"server,omitempty"`
	// Rounds is how often both sides were measured.
	Rounds int `json:"rounds,omitempty"`
	// Sweep has what B did with each size of its pool; the best one counts.
	Sweep []Swept `json:"sweep,omitempty"`
}

// Swept is what a form did with a pool of so many connections.
type Swept struct {
	Form string `json:"form"`
	Pool int    `json:"pool"`
	// Unbounded says that each caller has a connection of its own.
	Unbounded bool `json:"unbounded,omitempty"`
	Figure
}

// Figure is what one side did: medians over the rounds.
type Figure struct {
	PerSecond float64 `json:"per_second"`
	P50Micros float64 `json:"p50_us"`
	P99Micros float64 `json:"p99_us"`
	// CPUMicros is user and system time per operation: of this process, callers
	// included, and of the database server where there is one. 0: not known.
	CPUMicros float64 `json:"cpu_us"`
	// Least and Most are the lowest and the highest rate of a round.
	Least float64 `json:"least_per_second,omitempty"`
	Most  float64 `json:"most_per_second,omitempty"`
	// RedoBytes is what the server's redo log grew by, per operation.
	RedoBytes float64 `json:"redo_bytes,omitempty"`
	// Retries are attempts made again by the program, Conflicts those given
	// back to the customer, who asked again; both per operation.
	Retries   float64 `json:"retries,omitempty"`
	Conflicts float64 `json:"conflicts,omitempty"`
}

// sample is one timed run.
type sample struct {
	ops     int
	again   int // calls that were to be made again
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
		Conflicts: float64(s.again) / ops,
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
	m := sorted[len(sorted)/2]
	m.Least, m.Most = sorted[0].PerSecond, sorted[len(sorted)-1].PerSecond
	return m
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
