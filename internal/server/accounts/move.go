package accounts

import (
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// This file has the writes about the accounts of one item: move and return.

// MoveWrite moves units between accounts of one item.
type MoveWrite struct{ *holdfastv1.MoveRequest }

// Check checks the form of the request.
func (w MoveWrite) Check(f *kit.Form) {
	f.Item(w.ProductId, w.LocationId)
	account(f, "from", w.From)
	written := w.To == string(stock.Adjustment)
	switch {
	case !written:
		account(f, "to", w.To)
	case !stock.Account(w.From).SetAside():
		f.Refuse("to", "can be ext/adjustment for withheld, damaged and quality units only: adjust takes those for sale")
	}
	f.Lot("lot", w.Lot)
	ofLot(f, "from", w.From, w.Lot)
	ofLot(f, "to", w.To, w.Lot)
	f.Quantity("quantity", w.Quantity, 1, w.QuantityDecimal)
	f.Reason(w.Reason, written)
	f.Reference(w.Reference)
}

// Ask is what the request asks of the books.
func (w MoveWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	k, err := c.LotItem(w.ProductId, w.LocationId, w.Lot)
	cmd := &stock.Move{
		From: stock.Spot{Item: k, Account: stock.Account(w.From)}, To: stock.Spot{Item: k, Account: stock.Account(w.To)},
		Note: c.Note(w.Reason, w.Reference),
	}
	a.Command = cmd
	kit.Quantity{Field: "quantity", Number: w.Quantity, Decimal: w.QuantityDecimal, Least: 1}.FillCommand(&a, &cmd.Qty)
	return a, err
}

// ReturnWrite takes back units that were sold.
type ReturnWrite struct{ *holdfastv1.ReturnRequest }

// Check checks the form of the request.
func (w ReturnWrite) Check(f *kit.Form) {
	f.Item(w.ProductId, w.LocationId)
	f.Quantity("quantity", w.Quantity, 1, w.QuantityDecimal)
	f.OptionalID("order_id", w.OrderId, kit.MaxOrder)
	if w.To != "" {
		account(f, "to", w.To)
	}
	f.Lot("lot", w.Lot)
	ofLot(f, "to", w.To, w.Lot)
	f.Reason(w.Reason, false)
	f.Reference(w.Reference)
	switch {
	case w.Unchecked && w.Fact:
		f.Refuse("unchecked", "cannot go with fact: a copy of what has happened is booked anyway")
	case w.Unchecked && strings.TrimSpace(w.Reason) == "" && w.ReasonCode == "":
		f.Refuse("reason", "must say why the order is not to be checked (unchecked)")
	}
}

// Ask is what the request asks of the books.
func (w ReturnWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	k, err := c.LotItem(w.ProductId, w.LocationId, w.Lot)
	cmd := &stock.Return{Item: k, To: stock.Account(w.To), Order: w.OrderId, Note: c.Note(w.Reason, w.Reference)}
	switch {
	case w.Unchecked:
		cmd.Against = stock.Unchecked
	case w.Fact || c.Settings.ReturnsUnchecked:
		cmd.Against = stock.AsFact
	}
	a.Command = cmd
	kit.Quantity{Field: "quantity", Number: w.Quantity, Decimal: w.QuantityDecimal, Least: 1}.FillCommand(&a, &cmd.Qty)
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
func account(f *kit.Form, field, name string) {
	a := stock.Account(name)
	switch a {
	case stock.Shared, stock.Withheld, stock.Damaged, stock.Quality:
		return
	}
	if channel, ok := a.Channel(); ok {
		if why := kit.BadID(channel, kit.MaxChannel, false); why != "" {
			f.Refuse(field, "the channel "+why)
		}
		return
	}
	for _, kept := range keptBy {
		if strings.HasPrefix(name, kept.prefix) {
			f.Refuse(field, kept.why)
			return
		}
	}
	f.Refuse(field, "must be pool/shared, quota/<channel>, withheld, damaged or quality")
}

// ofLot requires, when a lot is named, an account in which lots have units of their own.
func ofLot(f *kit.Form, field, name string, lot map[string]string) {
	if _, quota := stock.Account(name).Channel(); quota && len(lot) > 0 {
		f.Refuse(field, "cannot be a quota: lots have none")
	}
}
