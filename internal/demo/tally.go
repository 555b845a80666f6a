package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// tally is the sum of the server's answers. It is written to a file, from which a
// stopped replay continues.
type tally struct {
	Input    string  `json:"input_sha256"` // the history that it belongs to
	Location string  `json:"location"`     // where the stock is; empty: nothing is opened
	Done     int     `json:"steps_done"`
	Counts   Counts  `json:"counts"`
	Left     []int64 `json:"left"`   // units of each product
	Lacked   []int64 `json:"lacked"` // units of each product that were asked for in vain
	Oversold int64   `json:"oversold"`

	// The commands that this process has sent, and the time they took. What an earlier
	// process did says nothing about this run's pace.
	commands int64
	seconds  float64
}

// Counts are figures of a replay, under the names of expected.json.
type Counts struct {
	SaleLines      int64 `json:"sale_lines"`
	CancelLines    int64 `json:"cancel_lines"`
	AdjustLines    int64 `json:"adjust_lines"`
	Orders         int64 `json:"orders"`
	OrdersGranted  int64 `json:"orders_granted"`
	OrdersShort    int64 `json:"orders_short"`
	LinesGranted   int64 `json:"lines_granted"`
	LinesShort     int64 `json:"lines_short"`
	AdjustRejected int64 `json:"adjust_rejected"`
	OpeningTotal   int64 `json:"opening_total"`
	UnitsAsked     int64 `json:"units_asked"`
	UnitsGranted   int64 `json:"units_granted"`
	UnitsShort     int64 `json:"units_short"`
	UnitsReturned  int64 `json:"units_returned"`
	UnitsAdjusted  int64 `json:"units_adjusted"`
}

// newTally is the tally before the first step.
func newTally(h *history) *tally {
	t := &tally{Input: h.sha256, Left: slices.Clone(h.opening), Lacked: make([]int64, len(h.products))}
	for _, units := range h.opening {
		t.Counts.OpeningTotal += units
	}
	return t
}

// count counts a step that was carried out, or refused for lack of stock.
func (t *tally) count(s replayStep, done bool) {
	c := &t.Counts
	t.Done++
	switch s.kind {
	case sale:
		t.countOrder(s, done)
	case cancel:
		c.CancelLines++
		c.UnitsReturned += s.lines[0].units
		t.add(s.lines[0].product, s.lines[0].units)
	case adjust:
		c.AdjustLines++
		if !done {
			c.AdjustRejected++
			return
		}
		c.UnitsAdjusted += s.lines[0].units
		t.add(s.lines[0].product, s.lines[0].units)
	}
}

func (t *tally) countOrder(s replayStep, granted bool) {
	c, lines := &t.Counts, int64(len(s.lines))
	c.Orders++
	c.SaleLines += lines
	if granted {
		c.OrdersGranted++
		c.LinesGranted += lines
	} else {
		c.OrdersShort++
		c.LinesShort += lines
	}
	for _, l := range s.lines {
		c.UnitsAsked += l.units
		if granted {
			c.UnitsGranted += l.units
			t.add(l.product, -l.units)
		} else {
			c.UnitsShort += l.units
			t.Lacked[l.product] += l.units
		}
	}
}

// add changes the remaining stock of a product. Units below zero were promised although they were
// not there.
func (t *tally) add(product int, units int64) {
	before := t.Left[product]
	t.Left[product] += units
	if units < 0 {
		t.Oversold += max(-t.Left[product], 0) - max(-before, 0)
	}
}

// loadTally reads the tally at path, or begins one.
func loadTally(path string, h *history) (*tally, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newTally(h), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how far the replay is: %w", err)
	}
	t := &tally{}
	if err := json.Unmarshal(text, t); err != nil || len(t.Left) != len(h.products) || len(t.Lacked) != len(h.products) {
		return newTally(h), nil // all steps are sent again, with the same keys
	}
	if t.Input != h.sha256 {
		return nil, fmt.Errorf("%s is about another file of orders than this one", path)
	}
	return t, nil
}

// save replaces the tally at path.
func (t *tally) save(path string) error {
	text, err := json.Marshal(t)
	if err == nil {
		err = os.WriteFile(path+".tmp", text, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return fmt.Errorf("note how far the replay is: %w", err)
	}
	return nil
}
