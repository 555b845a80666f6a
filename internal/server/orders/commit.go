package orders

import (
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// This file has the writes about the deadline of an order: commit and extend.

// CommitWrite ends the deadline of an order that is paid.
type CommitWrite struct{ *holdfastv1.CommitRequest }

func (w CommitWrite) part() orderPart {
	return orderPart{orderID: w.OrderId, productID: w.ProductId, locationID: w.LocationId}
}

// Check checks the form of the request.
func (w CommitWrite) Check(f *kit.Form) {
	w.part().check(f)
	f.Reason(w.Reason, false)
}

// Ask is what the request asks of the books.
func (w CommitWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	cmd := &stock.Commit{Note: c.Note(w.Reason, "")}
	a.Command = cmd
	return a, w.part().fillTarget(c, &a, &cmd.Target)
}

// ExtendWrite sets a later deadline.
type ExtendWrite struct{ *holdfastv1.ExtendRequest }

func (w ExtendWrite) part() orderPart {
	return orderPart{orderID: w.OrderId, productID: w.ProductId, locationID: w.LocationId}
}

// Check checks the form of the request.
func (w ExtendWrite) Check(f *kit.Form) {
	w.part().check(f)
	f.RequireRange("ttl_seconds", w.TtlSeconds, 1, kit.MaxTTL)
}

// Ask is what the request asks of the books.
func (w ExtendWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	if err := c.BoundTTL(w.TtlSeconds); err != nil {
		return a, err
	}
	cmd := &stock.Extend{TTL: stock.Time(w.TtlSeconds * 1000), Note: c.Note("", "")}
	a.Command = cmd
	return a, w.part().fillTarget(c, &a, &cmd.Target)
}
