package load

import (
	"slices"
	"time"
)

// Figure is what one side did: medians over the rounds.
type Figure struct {
	PerSecond float64 `json:"per_second"`
	P50Micros float64 `json:"p50_us"`
	P99Micros float64 `json:"p99_us"`
	// CPUMicros is user and system time per operation: of this process, callers included, and of
	// the database server where there is one. 0 means not known.
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

// Sample is one timed run.
type Sample struct {
	Ops     int
	again   int // calls that were to be made again
	Took    time.Duration
	CPU     time.Duration
	Latency []time.Duration
}

// Figure returns the result of the run. It sorts the latencies.
func (s *Sample) Figure() Figure {
	slices.Sort(s.Latency)
	at := func(q float64) float64 {
		if len(s.Latency) == 0 {
			return 0
		}
		return float64(s.Latency[int(q*float64(len(s.Latency)-1))].Nanoseconds()) / 1e3
	}
	ops := float64(max(s.Ops, 1))
	return Figure{
		PerSecond: float64(s.Ops) / s.Took.Seconds(),
		P50Micros: at(0.50), P99Micros: at(0.99),
		CPUMicros: float64(s.CPU.Nanoseconds()) / 1e3 / ops,
		Conflicts: float64(s.again) / ops,
	}
}

// Side collects the rounds of one side of one cell.
type Side struct{ Rounds []Figure }

// Add adds a round.
func (s *Side) Add(f Figure) { s.Rounds = append(s.Rounds, f) }

// Middle is the round with the median rate.
func (s *Side) Middle() Figure {
	if len(s.Rounds) == 0 {
		return Figure{}
	}
	sorted := slices.SortedFunc(slices.Values(s.Rounds), func(a, b Figure) int {
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

// Ratio is the median of the rounds' ratios.
func Ratio(a, b *Side) float64 {
	var all []float64
	for i := range min(len(a.Rounds), len(b.Rounds)) {
		if b.Rounds[i].PerSecond > 0 {
			all = append(all, a.Rounds[i].PerSecond/b.Rounds[i].PerSecond)
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}
