package server

import (
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// This file has the writes about the deadline of an order: commit and extend.

type commitWrite struct{ *holdfastv1.CommitRequest }

func (w commitWrite) part() orderPart {
	return orderPart{orderID: w.OrderId, productID: w.ProductId, locationID: w.LocationId}
}

func (w commitWrite) check(f *requestForm) {
	w.part().check(f)
	f.reason(w.Reason, false)
}

func (w commitWrite) ask(c *call) (a intake.Ask, err error) {
	cmd := &stock.Commit{Note: c.note(w.Reason, "")}
	a.Command = cmd
	return a, w.part().fillTarget(c, &a, &cmd.Target)
}

type extendWrite struct{ *holdfastv1.ExtendRequest }

func (w extendWrite) part() orderPart {
	return orderPart{orderID: w.OrderId, productID: w.ProductId, locationID: w.LocationId}
}

func (w extendWrite) check(f *requestForm) {
	w.part().check(f)
	f.requireRange("ttl_seconds", w.TtlSeconds, 1, maxTTL)
}

func (w extendWrite) ask(c *call) (a intake.Ask, err error) {
	if err := c.boundTTL(w.TtlSeconds); err != nil {
		return a, err
	}
	cmd := &stock.Extend{TTL: stock.Time(w.TtlSeconds * 1000), Note: c.note("", "")}
	a.Command = cmd
	return a, w.part().fillTarget(c, &a, &cmd.Target)
}
