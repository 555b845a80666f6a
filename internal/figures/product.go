package figures

import (
	"slices"
	"time"

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

// Rows are those of Figures.Rows: all from q.Begins to q.Ends was counted.
func (p *Product) Rows(q *Query) []Row {
	span := hour
	if q.By == ByMinute {
		span = minute
	}
	return q.rows(p.blocks(span, q.Begins(), q.start))
}

// Stocks are those of Figures.Stocks: all from q.Begins to now was counted, and the product is
// as given at each location now.
func (p *Product) Stocks(q *Query, now time.Time, is []*stock.Item) []Stock {
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
	return q.stocks(levels, p.blocks(hour, q.first(now), time.Time.UTC), now)
}

// blocks are the counted ones of a span that begin at first or later, by the beginning of the
// time that they are in. If days begin at half past, the hour before a day is not in it.
func (p *Product) blocks(span int64, first time.Time, start func(time.Time) time.Time) map[time.Time]sumBlock {
	blocks := map[time.Time]sumBlock{}
	for k, b := range p.counted {
		begins := time.Unix(k.At*60, 0)
		if k.Location != "" || k.Span != span || begins.Before(first) {
			continue
		}
		at := start(begins)
		if blocks[at] == nil {
			blocks[at] = sumBlock{}
		}
		blocks[at].add(b)
	}
	return blocks
}
