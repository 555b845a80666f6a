package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// TillCounts says how many tills are in each state.
type TillCounts struct {
	Total                                   int64
	Unpaired, Away, Refused, Behind, Synced int64
	Skewed                                  int64 // those whose clocks are more than 5 minutes wrong
	// AwaySince is when the server last heard from the till that has been away longest. BehindSince is since when the
	// till is behind that has been behind longest; zero: there is none.
	AwaySince, BehindSince time.Time
}

// Count counts the tills by their states.
func (s *TillService) Count(ctx context.Context) (*TillCounts, error) {
	return askOne(ctx, s.c, "till_counts", s.stub.CountTills, &holdfastv1.CountTillsRequest{}, func(m *holdfastv1.TillCounts) TillCounts {
		return TillCounts{
			Total: m.GetTotal(), Unpaired: m.GetUnpaired(), Away: m.GetAway(), Refused: m.GetStale(), Behind: m.GetBehind(), Synced: m.GetSynced(),
			Skewed: m.GetSkewed(), AwaySince: timeOf(m.GetAwaySince()), BehindSince: timeOf(m.GetBehindSince()),
		}
	})
}

// TillStock is what a till has of a product, in its smallest unit.
type TillStock struct {
	ProductID string
	Unit      string // its declared unit; empty: there is none
	Scale     int    // decimals of the unit
	// Units is how many it has to itself, as far as the server knows. Units that it sold and has not reported yet
	// are included.
	Units  int64
	OnHand int64 // what the location has, those of its tills and what is held included
	// Keep is the number down to which the server asked it to return units; nil: it did not ask.
	Keep *int64
}

// Stock reads a page of the products of which a till has units, ordered by id. It uses only the page fields of List.
func (s *TillService) Stock(ctx context.Context, tillID string, r List) (*Page[TillStock], error) {
	return askPage(ctx, s.c, "till_stock", s.stub.ListTillStock,
		&holdfastv1.ListTillStockRequest{TillId: tillID, PageSize: size(r.PageSize), PageToken: r.PageToken},
		func(m *holdfastv1.TillStock) TillStock {
			return TillStock{ProductID: m.GetProductId(), Unit: m.GetUnit(), Scale: int(m.GetScale()), Units: m.GetUnits(), OnHand: m.GetOnHand(), Keep: m.Keep}
		})
}
