package figures

import (
	"context"
	"slices"
	"time"
)

// Stock is the stock in one hour or day of the products that are counted in one unit, and the
// bookings of that time for all channels together.
type Stock struct {
	At    time.Time // when it begins
	Unit  string    // "": pieces
	Scale uint8

	OnHand     int64 // at the end, or now
	Items, Out int64 // items in use, and those of them of which nothing was available, at the end
	// Times are in seconds, those of all units and items added up. Of an hour or day that is
	// not over they are up to now.
	OnHandSeconds, ItemSeconds, OutSeconds float64
	// Seconds is how long it lasted, from the hour on in which there first was something.
	Seconds float64
	Sums
}

// Stocks returns what there was by hour or day and unit, from the first time on in which there was
// something, also where nothing was booked; q names no channel. asOf is that of Rows.
func (f *Figures) Stocks(ctx context.Context, q *Query) (rows []Stock, asOf time.Time, err error) {
	if asOf, err = f.asOf(ctx); err != nil {
		return nil, asOf, err
	}
	now := f.now().Truncate(time.Second)
	first := q.first(now)
	// A level of the past is that of now less all changes since.
	stored, err := f.store.Rows(ctx, q.Tenant, q.Location, hour, first.Unix()/60, 1<<40)
	if err != nil {
		return nil, asOf, err
	}
	ever, err := f.store.Rows(ctx, q.Tenant, q.Location, whole, 0, 1)
	if err != nil {
		return nil, asOf, err
	}
	hours, err := blocksBy(stored, time.Time.UTC)
	if err != nil {
		return nil, asOf, err
	}
	all, err := blocksBy(ever, time.Time.UTC)
	if err != nil {
		return nil, asOf, err
	}
	levels := map[Group]*Sums{}
	for _, b := range all {
		for g, s := range b {
			levels[g] = s
		}
	}
	return q.stocks(levels, hours, now), asOf, nil
}

// first is when the first hour or day begins; hours before it may have been dropped.
func (q *Query) first(now time.Time) time.Time {
	first := q.start(q.Since)
	if oldest := now.Add(-Keep); first.Before(oldest) {
		return q.next(q.start(oldest))
	}
	return first
}

// stocks are the rows of what there was: the levels are those of now, hours is what was booked
// by hour from the first on.
func (q *Query) stocks(levels map[Group]*Sums, hours map[time.Time]sumBlock, now time.Time) (rows []Stock) {
	first := q.first(now)
	for _, b := range hours {
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
		rows = append(rows, stocksOf(g, at, hours, q, first, now)...)
	}
	slices.SortFunc(rows, func(a, b Stock) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return Group{Unit: a.Unit, Scale: a.Scale}.compare(Group{Unit: b.Unit, Scale: b.Scale})
	})
	return rows
}

// stocksOf walks through the hours from first on, where the levels of the group are those of at.
func stocksOf(g Group, at *Sums, hours map[time.Time]sumBlock, q *Query, first, now time.Time) (rows []Stock) {
	began := false // hours before there was something do not count
	for begins := first; begins.Before(q.Until) && !begins.After(now); begins = q.next(begins) {
		row := Stock{At: begins, Unit: g.Unit, Scale: g.Scale}
		// An hour counts for the day in which it begins.
		for h := begins.Add(time.Hour - 1).UTC().Truncate(time.Hour); h.Before(q.next(begins)) && !h.After(now); h = h.Add(time.Hour) {
			var changed Sums
			for of, s := range hours[h] {
				if of.Unit == g.Unit && of.Scale == g.Scale {
					changed.Add(s)
				}
			}
			if began = began || *at != (Sums{}) || changed != (Sums{}); began {
				row.pass(at, &changed, min(time.Hour, now.Sub(h)).Seconds())
			}
		}
		row.OnHand, row.Items, row.Out = at[onHand], at[items], at[out]
		if began {
			rows = append(rows, row)
		}
	}
	return rows
}

// levelSums are the sums of levels; the one after each is that of its changes times the rest of
// the hour.
var levelSums = [...]Sum{onHand, items, out}

// pass lets an hour pass of which so many seconds are over.
func (r *Stock) pass(level, changed *Sums, seconds float64) {
	for i, of := range levelSums {
		over := float64(level[of])*seconds + float64(changed[of+1]) - float64(changed[of])*(3600-seconds)
		switch i {
		case 0:
			r.OnHandSeconds += over
		case 1:
			r.ItemSeconds += over
		case 2:
			r.OutSeconds += over
		}
		level.add(of, changed[of])
	}
	r.Seconds += seconds
	flows := changed.flows()
	r.Sums.Add(&flows)
}

// next is when what begins at t ends.
func (q *Query) next(t time.Time) time.Time {
	if q.By == ByHour {
		return t.Add(time.Hour)
	}
	y, m, d := t.In(q.Zone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, q.Zone)
}
