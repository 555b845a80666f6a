package server

import (
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// This file has the writes about the accounts of one item: move and return.

type moveWrite struct{ *holdfastv1.MoveRequest }

func (w moveWrite) check(f *requestForm) {
	f.item(w.ProductId, w.LocationId)
	f.account("from", w.From)
	written := w.To == string(stock.Adjustment)
	switch {
	case !written:
		f.account("to", w.To)
	case !stock.Account(w.From).SetAside():
		f.refuse("to", "can be ext/adjustment for withheld, damaged and quality units only: adjust takes those for sale")
	}
	f.lot("lot", w.Lot)
	f.ofLot("from", w.From, w.Lot)
	f.ofLot("to", w.To, w.Lot)
	f.quantity("quantity", w.Quantity, 1, w.QuantityDecimal)
	f.reason(w.Reason, written)
	f.reference(w.Reference)
}

func (w moveWrite) ask(c *call) (a intake.Ask, err error) {
	k, err := c.lotItem(w.ProductId, w.LocationId, w.Lot)
	cmd := &stock.Move{
		From: stock.Spot{Item: k, Account: stock.Account(w.From)}, To: stock.Spot{Item: k, Account: stock.Account(w.To)},
		Note: c.note(w.Reason, w.Reference),
	}
	a.Command = cmd
	quantity{"quantity", w.Quantity, w.QuantityDecimal, 1}.fillCommand(&a, &cmd.Qty)
	return a, err
}

type returnWrite struct{ *holdfastv1.ReturnRequest }

func (w returnWrite) check(f *requestForm) {
	f.item(w.ProductId, w.LocationId)
	f.quantity("quantity", w.Quantity, 1, w.QuantityDecimal)
	f.optionalID("order_id", w.OrderId, maxOrder)
	if w.To != "" {
		f.account("to", w.To)
	}
	f.lot("lot", w.Lot)
	f.ofLot("to", w.To, w.Lot)
	f.reason(w.Reason, false)
	f.reference(w.Reference)
	switch {
	case w.Unchecked && w.Fact:
		f.refuse("unchecked", "cannot go with fact: a copy of what has happened is booked anyway")
	case w.Unchecked && strings.TrimSpace(w.Reason) == "" && w.ReasonCode == "":
		f.refuse("reason", "must say why the order is not to be checked (unchecked)")
	}
}

func (w returnWrite) ask(c *call) (a intake.Ask, err error) {
	k, err := c.lotItem(w.ProductId, w.LocationId, w.Lot)
	cmd := &stock.Return{Item: k, To: stock.Account(w.To), Order: w.OrderId, Note: c.note(w.Reason, w.Reference)}
	switch {
	case w.Unchecked:
		cmd.Against = stock.Unchecked
	case w.Fact || c.settings.ReturnsUnchecked:
		cmd.Against = stock.AsFact
	}
	a.Command = cmd
	quantity{"quantity", w.Quantity, w.QuantityDecimal, 1}.fillCommand(&a, &cmd.Qty)
	return a, err
}

// keptBy lists the accounts that no request may name, by the beginning of their names,
// and what moves their units.
var keptBy = []struct{ prefix, why string }{
	{string(stock.Held), "cannot be held: only reservations fill and empty it"},
	{"escrow/", "cannot be in escrow: only its holder sells and hands back what is there"},
	{"transit/", "cannot be in transit: only transfers fill and empty it"},
	{"incoming/", "cannot be incoming: those units are not here yet"},
	{"ext/", "cannot be outside of the house: units come in by restock and return and leave by deduct and adjust"},
}

// account requires the name of an account between which units may be moved by hand:
// pool/shared, quota/<channel>, withheld, damaged or quality.
func (f *requestForm) account(field, name string) {
	a := stock.Account(name)
	switch a {
	case stock.Shared, stock.Withheld, stock.Damaged, stock.Quality:
		return
	}
	if channel, ok := a.Channel(); ok {
		if why := badID(channel, maxChannel, false); why != "" {
			f.refuse(field, "the channel "+why)
		}
		return
	}
	for _, kept := range keptBy {
		if strings.HasPrefix(name, kept.prefix) {
			f.refuse(field, kept.why)
			return
		}
	}
	f.refuse(field, "must be pool/shared, quota/<channel>, withheld, damaged or quality")
}

// ofLot requires, when a lot is named, an account in which lots have units of their own.
func (f *requestForm) ofLot(field, name string, lot map[string]string) {
	if _, quota := stock.Account(name).Channel(); quota && len(lot) > 0 {
		f.refuse(field, "cannot be a quota: lots have none")
	}
}
