package figures

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/figures"
	"holdfast.dev/holdfast/internal/server/kit"
)

func (s *Chapter) listStockFigures(ctx context.Context, c *kit.Call, r *holdfastv1.ListStockFiguresRequest) (*holdfastv1.ListStockFiguresResponse, error) {
	if s.figures == nil {
		return nil, kit.Unavailable("this server keeps no figures", nil)
	}
	var f kit.Form
	by := r.GetBy()
	if by == "" {
		by = "day"
	}
	f.OneOf("by", by, "hour", "day")
	q := figureTimes(&f, by, c.Settings.Zone(), r)
	if err := f.Err(); err != nil {
		return nil, err
	}
	// Stock is no channel's: a key that is bound to some does not see it.
	if err := c.RequireChannel(""); err != nil {
		return nil, err
	}
	if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Location: q.Location, Product: r.ProductId}); err != nil {
		return nil, err
	}
	q.Tenant = c.Tenant
	var rows []figures.Stock
	var asOf time.Time
	var err error
	if r.ProductId == "" {
		rows, asOf, err = s.figures.Stocks(ctx, q)
	} else {
		rows, asOf, err = s.productStocks(ctx, c, r.ProductId, q)
	}
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListStockFiguresResponse{AsOf: kit.KnownTime(asOf)}
	for i := range rows {
		out.Items = append(out.Items, renderStock(&rows[i]))
	}
	for _, rates := range figures.RatesOf(rows) {
		m := &holdfastv1.StockRates{
			Turnover: rates.Turnover, DaysOfSupply: rates.DaysOfSupply, StockOutRate: rates.StockOutRate,
			CountAccuracy: rates.CountAccuracy, OversellRate: rates.OversellRate,
		}
		m.Unit, m.Scale = renderUnit(rates.Unit, rates.Scale)
		out.Rates = append(out.Rates, m)
	}
	return out, nil
}

func renderStock(row *figures.Stock) *holdfastv1.StockFigures {
	hours := func(seconds float64) float64 { return seconds / time.Hour.Seconds() }
	s := &row.Sums
	m := &holdfastv1.StockFigures{
		At: kit.KnownTime(row.At), CountedFrom: kit.KnownTime(row.From), CountedUntil: kit.KnownTime(row.To), OnHand: row.OnHand, Items: row.Items, OutOfStock: row.Out,
		Hours: hours(row.Seconds), UnitHours: hours(row.OnHandSeconds), ItemHours: hours(row.ItemSeconds), OutOfStockHours: hours(row.OutSeconds),
		Sold: s[figures.Sold], Counts: s[figures.Counts], CountsExact: s[figures.CountsExact], Oversells: s[figures.Oversells], Oversold: s[figures.Oversold],
	}
	m.Unit, m.Scale = renderUnit(row.Unit, row.Scale)
	return m
}

// renderUnit returns nothing for pieces.
func renderUnit(unit string, scale uint8) (*string, *int32) {
	if unit == "" {
		return nil, nil
	}
	return &unit, new(int32(scale))
}
