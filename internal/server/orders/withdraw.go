package orders

import (
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// WithdrawWrite takes units back into the order with which they left.
type WithdrawWrite struct{ *holdfastv1.WithdrawRequest }

func (w WithdrawWrite) part() orderPart {
	return orderPart{w.OrderId, w.ProductId, w.LocationId, w.Quantity, w.QuantityDecimal, nil}
}

// Check checks the form of the request.
func (w WithdrawWrite) Check(f *kit.Form) {
	w.part().check(f)
	if w.TtlSeconds != nil {
		f.RequireRange("ttl_seconds", w.GetTtlSeconds(), 1, kit.MaxTTL)
	}
	f.Reason(w.Reason, false)
}

// Ask is what the request asks of the books.
func (w WithdrawWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	cmd := &stock.Withdraw{TTL: stock.Time(w.GetTtlSeconds() * 1000), Note: c.Note(w.Reason, "")}
	a.Command = cmd
	return a, w.part().fillTarget(c, &a, &cmd.Target)
}
