package orders

import (
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// ExpireWrite moves the deadline of an order in a sandbox: it extends it by as little as there is.
type ExpireWrite struct {
	*holdfastv1.ExpireOrderRequest
}

func (w ExpireWrite) part() orderPart {
	return orderPart{orderID: w.OrderId, productID: w.ProductId, locationID: w.LocationId}
}

// Check checks the form of the request.
func (w ExpireWrite) Check(f *kit.Form) {
	w.part().check(f)
	if w.TtlSeconds != nil {
		f.RequireRange("ttl_seconds", w.GetTtlSeconds(), 1, kit.MaxTTL)
	}
}

// Ask is what the request asks of the books. Whatever is no sandbox is refused.
func (w ExpireWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	if !c.Settings.Sandbox {
		return a, kit.Refuse(kit.CodeState, "the tenant is not a sandbox: only a tenant made as one lets orders expire on demand")
	}
	ttl := stock.MinTTL
	if w.TtlSeconds != nil {
		ttl = stock.Time(w.GetTtlSeconds() * 1000)
	}
	cmd := &stock.Extend{TTL: ttl, Note: c.Note("", "")}
	a.Command = cmd
	return a, w.part().fillTarget(c, &a, &cmd.Target)
}
