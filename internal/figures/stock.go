package figures

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Stock is the stock in one hour or day of the products that are counted in one unit, and the
// bookings of that time for all channels together.
type Stock struct {
	At time.Time // when it begins
	// From and To are those of Row.
	From, To time.Time
	Unit     string // "": pieces
	Scale    uint8

	OnHand     int64 // at the end, or now
	Items, Out int64 // items in use, and those of them of which nothing was available, at the end
	// Times are in seconds, those of all units and items added up. Of an hour or day that is
	// not over they are up to now.
	OnHandSeconds, ItemSeconds, OutSeconds float64
	// Seconds is how long it lasted, from the hour or quarter on in which there first was something.
	Seconds float64
	Sums
}

// Stocks returns what there was by hour or day and unit, from the first time on in which there was
// something, also where nothing was booked; q names no channel. asOf is that of Rows.
func (f *Figures) Stocks(ctx context.Context, q *Query) (rows []Stock, asOf time.Time, err error) {
	if asOf, err = f.asOf(ctx); err != nil {
		return nil, asOf, err
	}
	w, read := f.window(q), f.stored(ctx, q)
	w.now = w.now.Truncate(time.Second)
	ever, err := read(whole, 0, 1)
	if err != nil {
		return nil, asOf, err
	}
	levels := map[Group]*Sums{}
	for i := range ever {
		b, err := unpack(ever[i].Body)
		if err != nil {
			return nil, asOf, fmt.Errorf("the levels: %w", err)
		}
		for g, s := range b {
			if levels[g] == nil {
				levels[g] = &Sums{}
			}
			levels[g].Add(s)
		}
	}
	rows, err = w.stocks(levels, read)
	return rows, asOf, err
}

// first is from when on levels are known; hours before it may have been dropped.
func (w *window) first() time.Time {
	if oldest := w.now.Add(-Keep); w.begins().Before(oldest) {
		return w.cut(w.next(w.start(oldest)))
	}
	return w.begins()
}

// stocks are the rows of what there was: the levels are those of now.
func (w *window) stocks(levels map[Group]*Sums, read stored) (rows []Stock, err error) {
	split, first := w.split(), w.first()
	// A level of the past is that of now less all changes since.
	cells, err := w.cells(read, split, first, time.Unix(1<<40, 0))
	if err != nil {
		return nil, err
	}
	for _, b := range cells {
		for g, s := range b {
			g.Channel = ""
			if levels[g] == nil {
				levels[g] = &Sums{}
			}
			for _, of := range levelSums {
				levels[g].add(of, -s[of])
			}
		}
	}
	for g, at := range levels {
		rows = append(rows, w.stocksOf(g, at, cells, split, first)...)
	}
	slices.SortFunc(rows, func(a, b Stock) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return Group{Unit: a.Unit, Scale: a.Scale}.compare(Group{Unit: b.Unit, Scale: b.Scale})
	})
	return rows, nil
}

// stocksOf walks through the cells from first on, where the levels of the group are those of at.
func (w *window) stocksOf(g Group, at *Sums, cells map[time.Time]sumBlock, split map[int64]bool, first time.Time) (rows []Stock) {
	began := false // the time before there was something does not count
	for begins := w.start(first); begins.Before(w.Until) && !begins.After(w.now); begins = w.next(begins) {
		from, until := w.bounds(begins)
		if !from.Before(until) {
			continue
		}
		part := w.part(begins)
		row := Stock{At: begins, From: part.from, To: part.until, Unit: g.Unit, Scale: g.Scale}
		for cell := from; cell.Before(until) && !cell.After(w.now); {
			length := cellLength(split, cell)
			var changed Sums
			for of, s := range cells[cell] {
				if of.Unit == g.Unit && of.Scale == g.Scale {
					changed.Add(s)
				}
			}
			if began = began || *at != (Sums{}) || changed != (Sums{}); began {
				row.pass(at, &changed, length, min(length, w.now.Sub(cell)))
			}
			cell = cell.Add(length)
		}
		row.OnHand, row.Items, row.Out = at[onHand], at[items], at[out]
		if began {
			rows = append(rows, row)
		}
	}
	return rows
}

// levelSums are the sums of levels; the one after each is that of its changes times the rest of
// the hour or quarter.
var levelSums = [...]Sum{onHand, items, out}

// pass lets a cell of that length pass, of which some is over.
func (r *Stock) pass(level, changed *Sums, length, over time.Duration) {
	seconds, left := over.Seconds(), (length - over).Seconds()
	for i, of := range levelSums {
		sum := float64(level[of])*seconds + float64(changed[of+1]) - float64(changed[of])*left
		switch i {
		case 0:
			r.OnHandSeconds += sum
		case 1:
			r.ItemSeconds += sum
		case 2:
			r.OutSeconds += sum
		}
		level.add(of, changed[of])
	}
	r.Seconds += seconds
	flows := changed.flows()
	r.Sums.Add(&flows)
}
