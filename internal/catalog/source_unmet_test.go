package catalog

import (
	"errors"
	"testing"
)

// paidMessages is a source with a policy, and the relay that consumes it.
type paidMessages struct {
	*Catalog
	t     *testing.T
	epoch int64
	turn  int64
}

func newPaidMessages(t *testing.T, c *Catalog, policy string) *paidMessages {
	t.Helper()
	if _, err := c.Sources.Set(t.Context(), "demo", "in", func(*Source) (Source, error) {
		return Source{Kind: "kafka", Target: "kafka://b", Topic: "in", Group: "g", Format: "restaurant", Shortage: policy}, nil
	}); err != nil {
		t.Fatal(err)
	}
	p := &paidMessages{Catalog: c, t: t}
	p.claim()
	return p
}

// claim returns the requeued messages that the relay gets.
func (p *paidMessages) claim() []ParkedEvent {
	p.t.Helper()
	got := claimSources(p.t, p.Catalog, "r", map[string]int64{"in": p.epoch})
	if len(got.Sources) != 1 {
		p.t.Fatalf("%+v", got)
	}
	if p.epoch != got.Sources[0].Epoch {
		p.epoch, p.turn = got.Sources[0].Epoch, 0
	}
	return got.Sources[0].Requeued
}

func (p *paidMessages) advance(a SourceAdvance) {
	p.t.Helper()
	p.turn++
	a.Tenant, a.Source, a.Relay, a.Epoch, a.Turn = "demo", "in", "r", p.epoch, p.turn
	if _, err := p.Sources.Advance(p.t.Context(), a); err != nil {
		p.t.Fatal(err)
	}
}

// comes reports that a message came which cannot be met.
func (p *paidMessages) comes(id string) {
	p.t.Helper()
	p.advance(SourceAdvance{Parked: []ParkedEvent{{
		EventID: id, Order: "o-" + id, Unmet: &UnmetOrder{Location: "berlin", Channel: "app", Lines: []UnmetLine{{"soup", 8, 3}, {"tea", 1, 1}}},
		ParkedProgress: ParkedProgress{Event: []byte("{}"), Size: 2, Tries: 1, Cause: "too little"},
	}}})
}

func (p *paidMessages) parked() []ParkedEvent {
	p.t.Helper()
	all, err := p.Sources.Parked(p.t.Context(), "demo", "in", 0, 10)
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

// only is the one case of an order.
func (p *paidMessages) only(order string) Case {
	p.t.Helper()
	all, err := p.Cases.List(p.t.Context(), CaseQuery{Tenant: "demo", Order: order, Kind: CaseParked, Limit: 10})
	if err != nil || len(all) != 1 {
		p.t.Fatalf("cases of %s: %+v, %v", order, all, err)
	}
	return all[0]
}

// A paid message that cannot be met opens a case, once, however often it comes. Its end settles the
// case; then the message opens no other.
func TestAPaidMessageOpensACase(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ctx := t.Context()
		p := newPaidMessages(t, c, ShortageCase)
		p.comes("m")
		p.comes("m")
		k := p.only("o-m")
		if k.State != CaseOpen || k.Location != "berlin" || k.Channel != "app" || k.Qty != 9 || k.Reason != "too little" || k.Product != "" || !k.ByHand || !k.Due.IsZero() ||
			len(k.Paid.Lines) != 2 || k.Paid.Lines[0] != (UnmetLine{"soup", 8, 3}) || k.Paid.Source != "in" || k.Paid.MessageID != "m" {
			t.Errorf("%+v %+v", k, k.Paid)
		}
		if all := p.parked(); len(all) != 1 || all[0].Case != k.ID || all[0].ID != k.Paid.Parked {
			t.Errorf("parked: %+v", all)
		}
		if of, err := c.Sources.ParkedOf(ctx, "demo", "o-m"); err != nil || len(of) != 1 || of[0].SourceOf() != "in" {
			t.Errorf("of the order: %+v, %v", of, err)
		}
		var undecided *UndecidedError
		if err := c.Sources.Drop(ctx, "demo", "in"); !errors.As(err, &undecided) || undecided.Cases != 1 || undecided.First != k.ID {
			t.Errorf("the source is taken away: %v", err)
		}
		// Accepted, it is carried out: first in vain.
		for range 2 {
			if err := c.Sources.Accept(ctx, "demo", "in", k.Paid.Parked, "ann"); err != nil {
				t.Fatal(err)
			}
		}
		k.State = CaseDecided
		if _, err := c.Cases.Update(ctx, k); err != nil {
			t.Fatal(err)
		}
		if told := p.claim(); len(told) != 1 || !told[0].Owe {
			t.Errorf("the relay is told %+v", told)
		}
		p.advance(SourceAdvance{News: []ParkedNews{{ID: k.Paid.Parked, Tries: 1, Cause: "no such product"}}})
		if now := p.only("o-m"); now.State != CaseOpen || now.Reason != "no such product" {
			t.Errorf("in vain: %+v", now)
		}
		if all := p.parked(); all[0].State != EventParked || all[0].Owe {
			t.Errorf("in vain: %+v", all)
		}
		p.advance(SourceAdvance{Ended: []string{k.Paid.Parked}})
		if now := p.only("o-m"); now.State != CaseSettled || now.Settled.IsZero() {
			t.Errorf("booked: %+v", now)
		}
		p.comes("m")
		if all := p.parked(); len(all) != 0 || p.only("o-m").State != CaseSettled {
			t.Errorf("it came again: %+v", all)
		}
		// A message that is discarded is dismissed.
		p.comes("n")
		if _, err := c.Sources.Discard(ctx, "demo", "in", p.parked()[0].ID, "ann"); err != nil {
			t.Fatal(err)
		}
		if now := p.only("o-n"); now.State != CaseSettled || now.Decision != "dismiss" || now.By != "ann" {
			t.Errorf("discarded: %+v", now)
		}
		for range 2 {
			if err := c.Sources.GiveUp(ctx, "demo", "in", p.only("o-n").Paid.Parked, "release", "ann"); err != nil {
				t.Errorf("given up when it is gone: %v", err)
			}
		}
		if of, err := c.Sources.ParkedOf(ctx, "demo", "o-n"); err != nil || len(of) != 0 {
			t.Errorf("of the order: %+v, %v", of, err)
		}
		if err := c.Sources.Drop(ctx, "demo", "in"); err != nil {
			t.Errorf("all is decided: %v", err)
		}
		mustVerify(t, c)
	})
}

// With another policy there is no case, and a message that was parked before has none.
func TestAPaidMessageIsOnlyParkedByOtherPolicies(t *testing.T) {
	t.Parallel()
	c, _ := opened(t, onSQLite)
	p := newPaidMessages(t, c, "")
	p.comes("m")
	p = newPaidMessages(t, c, ShortageCase)
	p.comes("m")
	if all := p.parked(); len(all) != 1 || all[0].Case != "" || all[0].Order != "o-m" {
		t.Errorf("parked: %+v", all)
	}
	if all, err := c.Cases.List(t.Context(), CaseQuery{Tenant: "demo", Limit: 10}); err != nil || len(all) != 0 {
		t.Errorf("cases: %+v, %v", all, err)
	}
}
