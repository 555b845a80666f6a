package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// StockFigureQuery asks how much stock there was.
type StockFigureQuery struct {
	By         string    // hour or day; day when empty
	Since      time.Time // zero: a day or 30 days before Until
	Until      time.Time // zero: now
	LocationID string    // all locations when empty
	ProductID  string    // all products when empty; the figures of one product come from its journal
	TimeZone   string    // where days begin (Asia/Shanghai); when empty, as the tenant's settings say
}

// StockFigures shows the stock in one hour or day, of products counted in one unit.
// The figures of an unfinished hour or day go up to now.
type StockFigures struct {
	At time.Time // when it begins
	// CountedFrom and CountedUntil are set where the entry is a part of its time: it has what
	// was booked from then on, and before then.
	CountedFrom, CountedUntil time.Time
	Unit                      string // the declared unit; "": pieces
	Scale                     int    // decimals of the unit

	OnHand            int64 // units at the end
	Items, OutOfStock int64 // items in use at the end, and those of which nothing was available
	// Hours is the length of the hour or day, from the hour with the first stock. UnitHours are units
	// on hand times the hours that they were there. ItemHours adds up the hours in which items were
	// in use, OutOfStockHours those of them with nothing available.
	Hours, UnitHours, ItemHours, OutOfStockHours float64
	// Sums of what was booked on all channels.
	Sold, Counts, CountsExact, Oversells, Oversold int64
}

// StockRates covers the whole time, for products counted in one unit. A rate is nil where
// its divisor is zero.
type StockRates struct {
	Unit  string // "": pieces
	Scale int

	Turnover, DaysOfSupply, StockOutRate, CountAccuracy, OversellRate *float64
}

// StockFigureList is stock figures by time and unit.
type StockFigureList struct {
	Items []StockFigures // from the first time with any stock
	Rates []StockRates   // by unit
	// AsOf is the time up to which everything booked is counted, the zero time when the
	// server does not know it.
	AsOf time.Time
}

// Stock returns how much stock there was, and the rates from it. Changes appear after a moment.
func (s *FigureService) Stock(ctx context.Context, q StockFigureQuery) (*StockFigureList, error) {
	return askOne(ctx, s.c, "stock figures", s.stub.ListStockFigures, &holdfastv1.ListStockFiguresRequest{
		By: q.By, Since: stampOf(q.Since), Until: stampOf(q.Until), LocationId: q.LocationID, ProductId: q.ProductID, TimeZone: q.TimeZone,
	}, func(m *holdfastv1.ListStockFiguresResponse) StockFigureList {
		return StockFigureList{Items: each(m.GetItems(), stockFiguresOf), Rates: each(m.GetRates(), stockRatesOf), AsOf: timeOf(m.GetAsOf())}
	})
}

func stockFiguresOf(m *holdfastv1.StockFigures) StockFigures {
	return StockFigures{
		At: timeOf(m.GetAt()), CountedFrom: timeOf(m.GetCountedFrom()), CountedUntil: timeOf(m.GetCountedUntil()), Unit: m.GetUnit(), Scale: int(m.GetScale()),
		OnHand: m.GetOnHand(), Items: m.GetItems(), OutOfStock: m.GetOutOfStock(),
		Hours: m.GetHours(), UnitHours: m.GetUnitHours(), ItemHours: m.GetItemHours(), OutOfStockHours: m.GetOutOfStockHours(),
		Sold: m.GetSold(), Counts: m.GetCounts(), CountsExact: m.GetCountsExact(), Oversells: m.GetOversells(), Oversold: m.GetOversold(),
	}
}

func stockRatesOf(m *holdfastv1.StockRates) StockRates {
	return StockRates{
		Unit: m.GetUnit(), Scale: int(m.GetScale()),
		Turnover: m.Turnover, DaysOfSupply: m.DaysOfSupply, StockOutRate: m.StockOutRate, CountAccuracy: m.CountAccuracy, OversellRate: m.OversellRate,
	}
}
