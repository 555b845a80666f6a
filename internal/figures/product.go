package figures

import (
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// Product is the figures of one product, at all its locations or one, made of its journal:
// sums of products are not stored.
type Product struct{ counted blockIndex }

// NewProduct returns figures in which nothing is counted.
func NewProduct() *Product { return &Product{blockIndex{}} }

// Entry counts what an event did to its item n. A reserve call counts once for each item.
func (p *Product) Entry(at stock.Time, e *stock.Event, n int) {
	part := *e
	part.Items, part.Short, part.Channel = e.Items[n:n+1], nil, e.ChannelOf(n)
	part.Lines = slices.DeleteFunc(slices.Clone(e.Lines), func(l stock.LineChange) bool { return l.Line.Item != e.Items[n].Key })
	p.counted.count(at, &part, isCarried(e))
}

// Begins is from when on the entries of a product are in its rows.
func (q *Query) Begins() time.Time { return ofProduct(q, time.Time{}).begins() }

// Ends is until when the entries of a product are in its rows.
func (q *Query) Ends() time.Time { return ofProduct(q, time.Time{}).ends() }

// ofProduct is the window of a product: its journal has each moment.
func ofProduct(q *Query, now time.Time) *window { return &window{Query: q, now: now} }

// Rows are those of Figures.Rows: all from q.Begins to now was counted, because what is reported
// late counts when it happened.
func (p *Product) Rows(q *Query, now time.Time) ([]Row, error) {
	return ofProduct(q, now).rows(p.stored())
}

// Stocks are those of Figures.Stocks: all from q.Begins to now was counted, and the product is
// as given at each location now.
func (p *Product) Stocks(q *Query, now time.Time, is []*stock.Item) ([]Stock, error) {
	levels := map[Group]*Sums{}
	for _, it := range is {
		g := groupOf(it.Unit, it.Scale)
		if levels[g] == nil {
			levels[g] = &Sums{}
		}
		f := it.Figures()
		state := itemState{it.Tracked && !it.Retired, int64(f.OnHand), int64(f.Available)}
		levels[g].add(onHand, state.onHand)
		levels[g].add(items, count(state.used))
		levels[g].add(out, count(state.isOut()))
	}
	return ofProduct(q, now).stocks(levels, p.stored())
}

// stored reads what was counted.
func (p *Product) stored() stored {
	all := p.counted.withHours()
	return func(span, since, until int64) (rows []catalog.FigureRow, err error) {
		for k, b := range all {
			if k.Location == "" && k.Span == span && since <= k.At && k.At < until {
				rows = append(rows, catalog.FigureRow{At: k.At, Body: b.pack()})
			}
		}
		return rows, nil
	}
}
