package bench

import (
	"fmt"

	"holdfast.dev/holdfast/internal/sim/load"
)

// Result is one comparison: side A is Holdfast, side B what it is compared with.
type Result struct {
	Name string      `json:"name"`
	A    load.Figure `json:"a"`
	B    load.Figure `json:"b"`
	// Ratio is the median over the rounds of A's rate divided by B's in the
	// same round.
	Ratio float64 `json:"ratio"`
	// Goal is the ratio to reach, 0 when there is none.
	Goal float64 `json:"goal,omitempty"`
	// Value, Limit and Unit replace A, B and Ratio where one figure is measured. Value is to be at
	// most Limit.
	Value float64 `json:"value,omitempty"`
	Limit float64 `json:"limit,omitempty"`
	Unit  string  `json:"unit,omitempty"`
	// Note says what a number of B stands for, or how A was run.
	Note string `json:"note,omitempty"`
	// Server says on which server both sides ran, and how durable it is.
	Server string `json:"server,omitempty"`
	// Rounds is how often both sides were measured.
	Rounds int `json:"rounds,omitempty"`
	// Sweep has the result of B with each size of its pool; the best one counts.
	Sweep []Swept `json:"sweep,omitempty"`
}

// Swept is the result of a form with a pool of that many connections.
type Swept struct {
	Form string `json:"form"`
	Pool int    `json:"pool"`
	// Unbounded says that each caller has a connection of its own.
	Unbounded bool `json:"unbounded,omitempty"`
	load.Figure
}

// String shows the result as a line.
func (r Result) String() string {
	if r.Unit != "" {
		return fmt.Sprintf("%s: %.2f %s, at most %g; %s", r.Name, r.Value, r.Unit, r.Limit, r.Note)
	}
	return fmt.Sprintf("%s: %.0f/s against %.0f/s, %.2f times", r.Name, r.A.PerSecond, r.B.PerSecond, r.Ratio)
}
