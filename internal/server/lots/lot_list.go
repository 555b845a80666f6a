package lots

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// Chapter handles the lots of products.
type Chapter struct {
	core      *kit.Core
	recalls   Recalls       // nil: none are kept
	transfers kit.Transfers // nil: there are none
}

// New returns the chapter.
func New(core *kit.Core, recalls Recalls, transfers kit.Transfers) *Chapter {
	return &Chapter{core, recalls, transfers}
}

// This file has the lists of the stock of lots.

// lotQuery selects lots of a product.
type lotQuery struct {
	product, location string
	attr              map[string]string
	consistency       string
}

func (q lotQuery) check(f *kit.Form) {
	f.Item(q.product, q.location)
	f.Lot("attr", q.attr)
	f.Consistency(q.consistency)
}

// list is the name of the query's list, for its page tokens.
func (q lotQuery) list(kind string) string {
	lot, err := kit.LotOf(q.attr)
	if err != nil {
		return "" // of a query that is refused
	}
	return strings.Join([]string{kind, q.product, q.location, string(lot)}, "\x00")
}

// lotsRead is what was read for a query.
type lotsRead struct {
	items []*stock.Item
	want  stock.Lot
	known catalog.Knowledge
	at    stock.Time
}

func (s *Chapter) readLots(ctx context.Context, c *kit.Call, q lotQuery) (*lotsRead, error) {
	want, err := kit.LotOf(q.attr)
	if err != nil {
		return nil, err
	}
	from, err := s.core.Source(ctx, c, q.consistency)
	if err != nil {
		return nil, err
	}
	known, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: q.product, Location: q.location})
	if err != nil {
		return nil, err
	}
	levels, now, err := from.Levels(ctx, c.Tenant, kit.Question{Product: q.product, Location: q.location})
	if err != nil {
		return nil, err
	}
	return &lotsRead{lotItems(levels, now), want, known, now}, nil
}

// lotRow is a lot at a location.
type lotRow struct {
	item   *stock.Item
	record *stock.LotRecord
}

// key orders rows by location, then by expiry. No location has a NUL.
func (r lotRow) key() string {
	expires := uint64(math.MaxUint64)
	if r.record.Expires != 0 {
		expires = uint64(r.record.Expires)
	}
	return fmt.Sprintf("%s\x00%016x%s", r.item.Key.Location, expires, r.record.Lot)
}

// rows are the selected lots, by key.
func (l *lotsRead) rows() []lotRow {
	var rows []lotRow
	for _, it := range l.items {
		for i := range it.Lots {
			if it.Lots[i].Lot.Has(l.want) {
				rows = append(rows, lotRow{it, &it.Lots[i]})
			}
		}
	}
	slices.SortFunc(rows, func(a, b lotRow) int { return strings.Compare(a.key(), b.key()) })
	return rows
}

func (s *Chapter) listLots(ctx context.Context, c *kit.Call, r *holdfastv1.ListLotsRequest) (*holdfastv1.ListLotsResponse, error) {
	q := lotQuery{r.ProductId, r.LocationId, r.Attr, r.Consistency}
	var f kit.Form
	q.check(&f)
	size, list := f.Page(r.PageSize), q.list("lots")
	after := f.ReadPageToken(list, r.PageToken)
	if err := f.Err(); err != nil {
		return nil, err
	}
	read, err := s.readLots(ctx, c, q)
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(read.rows(), list, after, size, lotRow.key)
	out := &holdfastv1.ListLotsResponse{ProductId: q.product, NextPageToken: next, AsOf: kit.TimeOf(read.at)}
	out.Items = kit.Each(page, func(row lotRow) *holdfastv1.LotStock { return lotStock(row, read.at) })
	out.Unit, out.Scale = kit.Spell(read.known.Unit)
	return out, nil
}

func lotStock(row lotRow, now stock.Time) *holdfastv1.LotStock {
	f := figuresOfLot(row.item, row.record)
	return &holdfastv1.LotStock{
		Lot: kit.AttributesOf(row.record.Lot), LocationId: row.item.Key.Location,
		Available: int64(f.Available), Held: int64(f.Held), OnHand: int64(f.OnHand),
		Withheld: int64(f.withheld), Damaged: int64(f.damaged), Quality: int64(f.quality),
		Since: kit.TimeOf(row.record.Since), ExpiresAt: kit.TimeOf(row.record.Expires),
		Sellable: row.item.SellsLot(row.record, now), Recalled: row.record.Recalled,
	}
}

// lotGroup is the units that have one value of an attribute.
type lotGroup struct {
	value   string // "": they do not have it
	lots    int64
	figures lotFigures
}

// key orders groups by value. The group without the attribute comes last: a value is
// text, and no text has the byte 0xff.
func (g *lotGroup) key() string {
	if g.value == "" {
		return "\xff"
	}
	return g.value
}

// groups sums the units by the attribute. They include units of no lot when
// no attribute is asked for.
func (l *lotsRead) groups(by string) []*lotGroup {
	found := map[string]*lotGroup{}
	in := func(value string) *lotGroup {
		g := found[value]
		if g == nil {
			g = &lotGroup{value: value}
			found[value] = g
		}
		return g
	}
	for _, row := range l.rows() {
		g := in(row.record.Lot.Value(by))
		g.lots++
		g.figures.add(figuresOfLot(row.item, row.record), 1)
	}
	for _, it := range l.items {
		if none := figuresOfNone(it); l.want == "" && none != (lotFigures{}) {
			in("").figures.add(none, 1)
		}
	}
	groups := make([]*lotGroup, 0, len(found))
	for _, g := range found {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *lotGroup) int { return strings.Compare(a.key(), b.key()) })
	return groups
}

func (s *Chapter) getLotLevels(ctx context.Context, c *kit.Call, r *holdfastv1.GetLotLevelsRequest) (*holdfastv1.LotLevels, error) {
	q := lotQuery{r.ProductId, r.LocationId, r.Attr, r.Consistency}
	var f kit.Form
	q.check(&f)
	if !kit.IsAttribute(r.By) {
		f.Refuse("by", "must be the name of an attribute: 1 to "+kit.Itoa(kit.MaxAttribute)+" of a-z, 0-9 and _")
	}
	size, list := f.Page(r.PageSize), q.list("lot levels")+"\x00"+r.By
	after := f.ReadPageToken(list, r.PageToken)
	if err := f.Err(); err != nil {
		return nil, err
	}
	read, err := s.readLots(ctx, c, q)
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(read.groups(r.By), list, after, size, (*lotGroup).key)
	out := &holdfastv1.LotLevels{ProductId: q.product, By: r.By, NextPageToken: next, AsOf: kit.TimeOf(read.at), Items: make([]*holdfastv1.LotLevel, len(page))}
	for i, g := range page {
		f := &g.figures
		out.Items[i] = &holdfastv1.LotLevel{
			Lots: g.lots, Available: int64(f.Available), Held: int64(f.Held), OnHand: int64(f.OnHand),
			Withheld: int64(f.withheld), Damaged: int64(f.damaged), Quality: int64(f.quality),
		}
		if g.value != "" {
			out.Items[i].Value = &g.value
		}
	}
	out.Unit, out.Scale = kit.Spell(read.known.Unit)
	return out, nil
}
