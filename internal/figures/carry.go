package figures

import (
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// Units that go from one location to another are neither lost nor found. They pass through
// ext/adjustment, so the event shows which postings are theirs.

// isCarried reports whether the units of the event go from one item to another.
func isCarried(e *stock.Event) bool {
	return e != nil && (e.Op == stock.OpTransfer || e.Op == stock.OpMove && len(e.Items) > 1)
}

// carry counts what such an event did to an item.
func (c blockIndex) carry(s stamp, op stock.Op, it *stock.ItemChange, g Group) {
	sent := slices.ContainsFunc(it.Postings, func(p stock.Posting) bool { return inTransit(p.From) || inTransit(p.To) })
	add := func(of Sum, n stock.Qty) { c.add(s, it.Key.Location, g, of, int64(n)) }
	for _, p := range it.Postings {
		switch n := p.Qty; {
		case p.To == stock.Discrepancy && sent:
			add(TransferLost, n)
		case p.From == stock.Discrepancy && sent: // the receipt is taken back
			add(TransferLost, -n)
		case p.From == stock.Discrepancy: // a part of what came
			add(TransferSurplus, n)
			add(TransferReceived, -n)
		case p.To == stock.Discrepancy:
			add(TransferSurplus, -n)
			add(TransferReceived, n)
		case passes(p.From) && passes(p.To): // out of transit: they had left before
		case inTransit(p.From):
			add(TransferReturned, n)
		case inTransit(p.To), p.To == stock.Adjustment && op == stock.OpMove:
			add(TransferShipped, n)
		case p.From == stock.Adjustment:
			add(TransferReceived, n)
		case p.To == stock.Adjustment:
			add(TransferReceived, -n)
		}
	}
}

func inTransit(a stock.Account) bool {
	_, is := a.Transfer()
	return is
}

// passes reports whether units of the account are in no location.
func passes(a stock.Account) bool { return a == stock.Adjustment || inTransit(a) }
