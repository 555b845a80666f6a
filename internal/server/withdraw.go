package server

import (
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// withdrawWrite takes units back into the order with which they left.
type withdrawWrite struct{ *holdfastv1.WithdrawRequest }

func (w withdrawWrite) part() orderPart {
	return orderPart{w.OrderId, w.ProductId, w.LocationId, w.Quantity, w.QuantityDecimal, nil}
}

func (w withdrawWrite) check(f *requestForm) {
	w.part().check(f)
	if w.TtlSeconds != nil {
		f.requireRange("ttl_seconds", w.GetTtlSeconds(), 1, maxTTL)
	}
	f.reason(w.Reason, false)
}

func (w withdrawWrite) ask(c *call) (a intake.Ask, err error) {
	cmd := &stock.Withdraw{TTL: stock.Time(w.GetTtlSeconds() * 1000), Note: c.note(w.Reason, "")}
	a.Command = cmd
	return a, w.part().fillTarget(c, &a, &cmd.Target)
}
