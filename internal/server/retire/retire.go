// Package retire ends items and locations.
package retire

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

func (s *Chapter) retire(ctx context.Context, c *kit.Call, r *holdfastv1.RetireRequest) (*holdfastv1.RetireResponse, error) {
	var f kit.Form
	f.ID("product_id", r.ProductId, kit.MaxProduct)
	f.OptionalID("location_id", r.LocationId, kit.MaxLocation)
	f.OptionalID("move_stock_to", r.MoveStockTo, kit.MaxLocation)
	f.Reason(r.Reason, false)
	f.Reference(r.Reference)
	f.OptionalID(stock.ReasonCode, r.ReasonCode, catalog.MaxReasonCode)
	switch {
	case r.MoveStockTo != "" && r.WriteOff:
		f.Refuse("write_off", "move_stock_to and write_off exclude each other")
	case r.MoveStockTo != "" && r.MoveStockTo == r.LocationId:
		f.Refuse("move_stock_to", "must be another location than the one where the product is retired")
	}
	f.OneOf("when", r.When, whenNow, whenDrained)
	if err := f.Err(); err != nil {
		return nil, err
	}
	note, err := kit.WholeNote(ctx, s.core.Reasons, c, stock.OpRetire, r.Reason, r.Reference, r.ReasonCode)
	if err != nil {
		return nil, err
	}
	resume := func() {}
	out, err := keptScope(ctx, s.core, c, r, func() (out *holdfastv1.RetireResponse, err error) {
		out, resume, err = s.retirable(ctx, c, r)
		return out, err
	})()
	if err != nil {
		return nil, err
	}
	out.Items, err = s.commandEach(ctx, c, out.Items, func(k stock.ItemKey) stock.Command {
		return &stock.Retire{Item: k, WriteOff: r.WriteOff, Note: note}
	}, func(it *stock.ItemChange) {
		for _, p := range it.Postings {
			if p.To == stock.Adjustment {
				out.WrittenOff += int64(p.Qty)
			}
		}
	})
	if err != nil {
		resume()
	}
	return out, err
}

func (s *Chapter) reinstate(ctx context.Context, c *kit.Call, r *holdfastv1.ReinstateRequest) (*holdfastv1.ReinstateResponse, error) {
	var f kit.Form
	f.ID("product_id", r.ProductId, kit.MaxProduct)
	f.OptionalID("location_id", r.LocationId, kit.MaxLocation)
	f.Reason(r.Reason, false)
	f.Reference(r.Reference)
	f.OptionalID(stock.ReasonCode, r.ReasonCode, catalog.MaxReasonCode)
	if err := f.Err(); err != nil {
		return nil, err
	}
	note, err := kit.WholeNote(ctx, s.core.Reasons, c, stock.OpReinstate, r.Reason, r.Reference, r.ReasonCode)
	if err != nil {
		return nil, err
	}
	find := func() (*holdfastv1.ReinstateResponse, error) { return s.retired(ctx, c, r) }
	if r.LocationId == "" {
		find = keptScope(ctx, s.core, c, r, find)
	}
	out, err := find()
	if err != nil {
		return nil, err
	}
	out.Items, err = s.commandEach(ctx, c, out.Items, func(k stock.ItemKey) stock.Command {
		return &stock.Reinstate{Item: k, Note: note}
	}, func(*stock.ItemChange) {})
	return out, err
}

// commandEach carries out a command for each level, once under the call's key, and returns the
// first levels as they are afterwards. If a level changed meanwhile, the call ends: the levels before it keep
// their new state, and the call can be repeated.
func (s *Chapter) commandEach(ctx context.Context, c *kit.Call, levels []*holdfastv1.Inventory, command func(stock.ItemKey) stock.Command, told func(*stock.ItemChange)) ([]*holdfastv1.Inventory, error) {
	var shown []*holdfastv1.Inventory
	for part := range slices.Chunk(levels, retiredAtOnce) {
		asks := make([]intake.Ask, len(part))
		for i := range part {
			asks[i].Command, asks[i].Key = command(c.Item(part[i].ProductId, part[i].LocationId)), c.Key
		}
		outcomes, err := s.core.Submit(ctx, c, asks)
		if err != nil {
			return nil, err
		}
		for i := range outcomes {
			o := &outcomes[i]
			if o.Err != nil {
				return nil, o.Err
			}
			it, err := kit.ItemOf(o)
			if err != nil {
				return nil, err
			}
			told(it)
			if len(shown) < maxRetiredShown {
				one, err := s.core.ChangedItem(ctx, o)
				if err != nil {
					return nil, err
				}
				shown = append(shown, one)
			}
		}
	}
	return shown, nil
}

// clear moves the units of the levels to another location. It begins only when all of them
// can be retired afterwards, and the location takes all units. left are the transfers of an interrupted
// call of this kind: its units in transit arrive first, or come back where their destination does not
// take them.
func (s *Chapter) clear(ctx context.Context, c *kit.Call, r *holdfastv1.RetireRequest, levels []ledger.Level, left []string, out *holdfastv1.RetireResponse) error {
	if s.transfers == nil {
		return kit.Unavailable("this server carries out no transfers", nil)
	}
	if err := s.mayTake(ctx, c, r); err != nil {
		return err
	}
	for _, id := range left {
		if err := s.finish(ctx, c, id, out); err != nil {
			return err
		}
	}
	if len(left) > 0 {
		again, _, err := s.core.Books.Items(ctx, keysOf(levels))
		if err != nil {
			return err
		}
		copy(levels, again)
	}
	if err := mayRetire(levels, true); err != nil {
		return err
	}
	requests, err := s.allClearings(c, r, levels)
	if err == nil {
		err = s.takes(ctx, r, requests)
	}
	if err != nil {
		return err
	}
	for _, q := range requests {
		if err := s.moved(c, out)(s.transfers.Straight(ctx, q)); err != nil {
			return err
		}
	}
	return nil
}

// allClearings are the transfers that move all units of the levels to where they are to go.
func (s *Chapter) allClearings(c *kit.Call, r *holdfastv1.RetireRequest, levels []ledger.Level) ([]transfer.Request, error) {
	var requests []transfer.Request
	for i := range levels {
		all, err := clearings(levels[i].Now())
		if err != nil {
			return nil, err
		}
		for _, q := range all {
			q.ID = clearing + strings.ToLower(rand.Text())
			q.To, q.Operator, q.Reason, q.Reference = r.MoveStockTo, c.Operator, r.Reason, r.Reference
			requests = append(requests, q)
		}
	}
	return requests, nil
}

// takes refuses the call when the destination would not take the units.
func (s *Chapter) takes(ctx context.Context, r *holdfastv1.RetireRequest, requests []transfer.Request) error {
	err := s.transfers.Takes(ctx, requests)
	if refusal, is := errors.AsType[*stock.Refusal](err); is {
		why := *refusal
		why.Detail = fmt.Sprintf("%q does not take the units of %q, so nothing was moved: %s", r.MoveStockTo, r.ProductId, refusal.Detail)
		return &why
	}
	return err
}

// finish completes a transfer that an interrupted call left. Its units have arrived then, or are back.
func (s *Chapter) finish(ctx context.Context, c *kit.Call, id string, out *holdfastv1.RetireResponse) error {
	err := s.moved(c, out)(s.transfers.Finish(ctx, c.Tenant, id))
	if errors.As(err, new(*stock.Refusal)) {
		if t, failed := s.transfers.Transfer(ctx, c.Tenant, id); failed != nil || t.State == transfer.Cancelled {
			return failed
		}
	}
	return err
}

// mayTake refuses a location that cannot take the units.
func (s *Chapter) mayTake(ctx context.Context, c *kit.Call, r *holdfastv1.RetireRequest) error {
	ref := catalog.Ref{Tenant: c.Tenant, Location: r.MoveStockTo}
	known, err := s.core.Directory.KnownAll(ctx, []catalog.Ref{ref})
	if err != nil {
		return err
	}
	if !known[0].Location {
		return kit.Refuse(kit.CodeNotFound, "location %q is not known", r.MoveStockTo)
	}
	to := stock.ItemKey{Tenant: c.Tenant, Location: r.MoveStockTo, Product: r.ProductId}
	there, _, err := s.core.Books.Items(ctx, []stock.ItemKey{to})
	if err != nil {
		return err
	}
	if it := there[0].Item; it != nil && it.Retired {
		return &stock.Refusal{
			Code: stock.InvalidState, Field: stock.ItemRetired,
			Detail: fmt.Sprintf("%q at %q is retired: units cannot be moved there", r.ProductId, r.MoveStockTo),
		}
	}
	return nil
}

// clearings are the transfers that move all units of an item away: one for the shared
// pool, each quota and each lot.
func clearings(it *stock.Item) ([]transfer.Request, error) {
	var all []transfer.Request
	for _, b := range it.Balances {
		if b.Qty == 0 || !b.Account.Physical() {
			continue
		}
		lot, whole, _ := b.Account.Lot()
		channel, quota := b.Account.Channel()
		if !quota {
			channel = ""
		}
		if whole != stock.Shared && !quota {
			return nil, &stock.Refusal{Code: stock.InvalidState, Detail: fmt.Sprintf(
				"%q at %q cannot be retired: %d are %s there, which are not moved: see to them first, or write them off",
				it.Key.Product, it.Key.Location, b.Qty, whole)}
		}
		all = append(all, transfer.Request{
			Tenant: it.Key.Tenant, From: it.Key.Location, Channel: channel,
			Lines: []transfer.CallLine{{Product: it.Key.Product, Lot: lot, Qty: b.Qty}},
		})
	}
	return all, nil
}

// moved adds a transfer to the answer.
func (s *Chapter) moved(c *kit.Call, out *holdfastv1.RetireResponse) func(*transfer.Outcome, error) error {
	return func(o *transfer.Outcome, err error) error {
		if err != nil {
			return err
		}
		for _, p := range o.Positions {
			s.core.Reached(c, p)
		}
		out.TransferIds = append(out.TransferIds, o.Transfer.ID)
		for i := range o.Transfer.Lines {
			out.Moved += int64(o.Transfer.Lines[i].Received)
		}
		return nil
	}
}
