package cases_test

import (
	"context"
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// dying is where parked messages are kept; the process dies before or after it has asked there.
type dying struct {
	catalog.Sources
	before, after bool
}

var errDied = errors.New("died")

func (d *dying) around(do func() error) error {
	if d.before {
		d.before = false
		return errDied
	}
	if err := do(); err != nil || !d.after {
		return err
	}
	d.after = false
	return errDied
}

func (d *dying) Accept(ctx context.Context, tenant, source, id, by string) error {
	return d.around(func() error { return d.Sources.Accept(ctx, tenant, source, id, by) })
}

func (d *dying) GiveUp(ctx context.Context, tenant, source, id, decision, by string) error {
	return d.around(func() error { return d.Sources.GiveUp(ctx, tenant, source, id, decision, by) })
}

// A decision about a paid order that was interrupted is completed when it is repeated, wherever that was.
func TestADecisionAboutAPaidOrderIsInterrupted(t *testing.T) {
	t.Parallel()
	for _, decision := range []string{cases.Accept, cases.Release, cases.Dismiss} {
		for name, messages := range map[string]*dying{"before": {before: true}, "after": {after: true}} {
			t.Run(decision+" "+name, func(t *testing.T) {
				t.Parallel()
				s := open(t)
				messages.Sources = s.catalog.Sources
				door := intake.New(s.books, s.catalog, fulfil.New(s.books, s.catalog, s.catalog))
				s.Desk = cases.New(s.catalog.Cases, door, s.books, cases.WithMessages(messages))
				s.do(t, &stock.OpenItem{Item: mug, Qty: 5, Tracked: true})
				order := stock.OrderKey{Tenant: tenant, Order: "o"}
				s.do(t, &stock.Place{Order: order, TTL: 1e6, Lines: []stock.Demand{{Item: mug, Qty: 2}}})
				k := s.paid(t)
				by := cases.Decision{Tenant: tenant, ID: k.ID, Decision: decision, Note: "called", Operator: "ann"}
				if _, _, err := s.Decide(t.Context(), by); !errors.Is(err, errDied) {
					t.Fatalf("interrupted: %v", err)
				}
				for range 2 {
					if got, _, err := s.Decide(t.Context(), by); err != nil || got.Decision != decision || (got.State == catalog.CaseSettled) != (decision != cases.Accept) || len(got.Deciding) > 0 {
						t.Fatalf("repeated: %+v, %v", got, err)
					}
				}
				if kept := s.list(t, catalog.CaseQuery{})[0]; kept.Decision != decision || kept.By != "ann" {
					t.Errorf("kept: %+v", kept)
				}
				parked, err := s.catalog.Sources.Parked(t.Context(), tenant, "in", 0, 10)
				if err != nil || (len(parked) == 1 && parked[0].Owe) != (decision == cases.Accept) {
					t.Errorf("parked: %+v, %v", parked, err)
				}
				held, _, err := s.books.Order(t.Context(), order)
				if err != nil || (held[0].Lines[0].Quantity() == 0) != (decision == cases.Release) {
					t.Errorf("held: %+v, %v", held[0].Lines, err)
				}
			})
		}
	}
}

// paid parks a message of an order that cannot be met, and returns its case.
func (s *shop) paid(t *testing.T) catalog.Case {
	t.Helper()
	ctx := t.Context()
	if _, err := s.catalog.Sources.Set(ctx, tenant, "in", func(*catalog.Source) (catalog.Source, error) {
		return catalog.Source{Kind: "nats", Target: "nats://b", Topic: "in", Group: "g", Format: "restaurant", Shortage: catalog.ShortageCase}, nil
	}); err != nil {
		t.Fatal(err)
	}
	got, err := s.catalog.Relays.Claim(ctx, catalog.RelayClaim{
		Tenant: tenant, Relay: "r", HeldSources: map[string]int64{}, Usable: func(*catalog.Sink) bool { return true }, UsableSource: func(*catalog.Source) bool { return true },
	})
	if err != nil || len(got.Sources) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := s.catalog.Sources.Advance(ctx, catalog.SourceAdvance{
		Tenant: tenant, Source: "in", Relay: "r", Epoch: got.Sources[0].Epoch, Turn: 1, Parked: []catalog.ParkedEvent{{
			EventID: "m", Order: "o", Unmet: &catalog.UnmetOrder{Location: mug.Location, Lines: []catalog.UnmetLine{{Product: mug.Product, Qty: 8, Short: 3}}},
			ParkedProgress: catalog.ParkedProgress{Event: []byte("{}"), Size: 2, Tries: 1, Cause: "too little"},
		}},
	}); err != nil {
		t.Fatal(err)
	}
	all := s.list(t, catalog.CaseQuery{Kind: catalog.CaseParked})
	if len(all) != 1 {
		t.Fatalf("cases: %+v", all)
	}
	return all[0]
}
