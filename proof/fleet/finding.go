package fleet

import (
	"fmt"

	"holdfast.dev/holdfast/internal/sim/load"
)

// Finding is one figure by which nodes that share the books are judged.
type Finding struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Goal is the least value of Value, or, when AtMost is set, the greatest.
	Goal    float64 `json:"goal"`
	AtMost  bool    `json:"at_most,omitempty"`
	Reached bool    `json:"reached"`
	// A and B are the two sides when Value is the ratio of their rates: the median over the
	// rounds of the ratio in the same round.
	A *load.Figure `json:"a,omitempty"`
	B *load.Figure `json:"b,omitempty"`
	// Note describes what was done, and what else was counted.
	Note string `json:"note,omitempty"`
	// Server names the server of the books, and its durability.
	Server string `json:"server,omitempty"`
	// Rounds is how often it was measured.
	Rounds int `json:"rounds"`
}

// times is the unit of a ratio.
const times = "times"

// Says is the goal of the finding in words.
func (f Finding) Says() string {
	if f.AtMost {
		return fmt.Sprintf("<= %g", f.Goal)
	}
	return fmt.Sprintf(">= %g", f.Goal)
}

// String shows the finding as a line.
func (f Finding) String() string {
	missed := ""
	if !f.Reached {
		missed = ", missed"
	}
	return fmt.Sprintf("%s: %.2f %s, goal %s%s; %s", f.Name, f.Value, f.Unit, f.Says(), missed, f.Note)
}
