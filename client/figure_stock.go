package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// StockFigureQuery asks what there was.
type StockFigureQuery struct {
	By         string    // hour or day; day when empty
	Since      time.Time // zero: a day or 30 days before Until
	Until      time.Time // zero: now
	LocationID string    // all locations when empty
	ProductID  string    // all products when empty; one product's are made of its journal
	TimeZone   string    // where days begin (Asia/Shanghai); UTC when empty
}

// StockFigures are what there was in one hour or day, of products that are counted in one unit.
// Of an hour or day that is not over they are up to now.
type StockFigures struct {
	At    time.Time // when it begins
	Unit  string    // the declared unit; "": pieces
	Scale int       // decimals of the unit

	OnHand            int64 // units at the end
	Items, OutOfStock int64 // items in use at the end, and those of which nothing was available
	// Hours are how long it lasted, from that on in which there first was something; the others
	// are of all units and items added up.
	Hours, UnitHours, ItemHours, OutOfStockHours float64
	// Sums of what was booked on all channels.
	Sold, Counts, CountsExact, Oversells, Oversold int64
}

// StockRates are of the whole time, of products that are counted in one unit. One is nil where
// there is nothing to divide by.
type StockRates struct {
	Unit  string // "": pieces
	Scale int

	Turnover, DaysOfSupply, StockOutRate, CountAccuracy, OversellRate *float64
}

// StockFigureList is stock figures by time and unit.
type StockFigureList struct {
	Items []StockFigures // from the first time on in which there was something
	Rates []StockRates   // by unit
	// AsOf is up to when all that was booked is counted, the zero time when the server
	// does not know.
	AsOf time.Time
}

// Stock says what there was, and what rates that makes. It shows changes after a moment.
func (s *FigureService) Stock(ctx context.Context, q StockFigureQuery) (*StockFigureList, error) {
	return askOne(ctx, s.c, "stock figures", s.stub.ListStockFigures, &holdfastv1.ListStockFiguresRequest{
		By: q.By, Since: stampOf(q.Since), Until: stampOf(q.Until), LocationId: q.LocationID, ProductId: q.ProductID, TimeZone: q.TimeZone,
	}, func(m *holdfastv1.ListStockFiguresResponse) StockFigureList {
		return StockFigureList{Items: each(m.GetItems(), stockFiguresOf), Rates: each(m.GetRates(), stockRatesOf), AsOf: timeOf(m.GetAsOf())}
	})
}

func stockFiguresOf(m *holdfastv1.StockFigures) StockFigures {
	return StockFigures{
		At: timeOf(m.GetAt()), Unit: m.GetUnit(), Scale: int(m.GetScale()),
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
