package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Result is the outcome of one command of a Batch: Err, or in another field the answer
// that the command's own method gives.
type Result struct {
	// Inventory answers Create, Restock, Adjust, SetThreshold, SetSaleStatus,
	// Move and Return.
	Inventory *Inventory
	// Observation answers Observe, Sale answers SellElsewhere.
	Observation *Observation
	Sale        *ElsewhereSale
	// A RawCommand has the answer that fits its verb, as other commands have, and
	// AppendJSON.
	// Order answers Reserve, Change, Relocate, Commit, Extend, Release, Deduct and Withdraw.
	Order *Order
	// Quotas answers SetQuotas and ResetSold, Allotment answers Allot.
	Quotas    *Quotas
	Allotment *Allotment
	Err       error
	answer    *holdfastv1.CommandResult // of a RawCommand
}

// Batch carries out up to 1000 commands in one call. Each succeeds or fails by
// itself; those about the same item or order take effect in the order given.
// It is for work that comes in lists: single calls of many goroutines are
// gathered anyway.
//
// When Batch returns an error, the outcome of the commands after the last returned
// result is unknown.
func (c *Client) Batch(ctx context.Context, commands ...Command) ([]Result, error) {
	if operator, _ := operatorOf(ctx); !isCarriable(operator) {
		return nil, refuseMetadata("batch", "X-Holdfast-Operator")
	}
	framed := make([][]byte, len(commands))
	parcels := make([]*preparedCommand, len(commands))
	for i, command := range commands {
		p, refused := c.pack(command)
		if refused != nil {
			return nil, refused
		}
		parcels[i], framed[i] = p, p.framed
	}
	results := make([]Result, 0, len(commands))
	_, err := persist(ctx, c.caller, "batch", "", func(ctx context.Context, limit time.Duration) (struct{}, *Error) {
		done := struct{}{}
		if !c.link.wait(ctx) {
			return done, c.link.newNotSent()
		}
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		rest := framed[len(results):]
		answers, id, failed := c.execute(ctx, rest)
		if failed != nil {
			return done, failed
		}
		for i, answer := range answers {
			p := parcels[len(results)]
			result, refused := settled(answer, id)
			if refused != nil && refused.again {
				// The commands after it may depend on it, so all of them are sent
				// again. Those that had taken effect get their first answer.
				refused.Unknown = refused.Unknown || i > 0
				return done, refused
			}
			shown := p.result(result, refused)
			if _, raw := p.command.(RawCommand); raw {
				shown.answer = answer
			}
			results = append(results, shown)
		}
		return done, nil
	})
	return results, err
}

// result is the outcome of the parcel's command.
func (p *preparedCommand) result(r *holdfastv1.CommandResult, refused *Error) Result {
	if refused != nil {
		refused.Op, refused.Key = p.command.verb(), p.key
		return Result{Err: refused}
	}
	switch p.command.(type) {
	case Observe:
		return Result{Observation: observationOf(r)}
	case SellElsewhere:
		return Result{Sale: elsewhereSaleOf(r)}
	}
	if r.GetInventory() != nil {
		return Result{Inventory: changed(r)}
	}
	if r.GetQuotas() != nil {
		if _, allots := p.command.(Allot); allots {
			return Result{Allotment: allotmentOf(r)}
		}
		return Result{Quotas: quotasAfter(r)}
	}
	return Result{Order: orderOf(r)}
}
