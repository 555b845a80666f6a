package retire

import (
	"context"
	"errors"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/proto"
)

// keptScope runs find once under the call's key. The answer of find names the levels that
// a call covers. That answer, or a refusal, is stored before the first level is changed. An
// attempt after an interruption continues with the same levels, whatever their state is by
// then. Of two attempts at the same time, both use what the first has found.
func keptScope[R proto.Message](ctx context.Context, s *kit.Core, c *kit.Call, q proto.Message, find func() (R, error)) func() (R, error) {
	if c.Key == "" {
		return find
	}
	return func() (R, error) {
		var none R
		key, err := kit.KeyBeside(c, q, "scope")
		if err != nil {
			return none, err
		}
		kept, again, err := s.Answers.Answered(ctx, key)
		if err == nil && !again {
			found, failed := find()
			refusal := kit.KeepRefusal(failed)
			if failed != nil && refusal == nil {
				return none, failed
			}
			kept, again, err = s.Answers.Once(ctx, key, func(context.Context) ([]byte, error) {
				if refusal != nil {
					return refusal, nil
				}
				return kit.KeepAnswer(found)
			})
			if err == nil && !again {
				return found, failed
			}
		}
		switch {
		case errors.Is(err, catalog.ErrKeyTaken):
			return none, ledger.ErrKeyReused
		case err != nil:
			return none, err
		}
		return kit.AnswerKept[R](kept)
	}
}

// retirable are the levels that a call retires. No till has units of them, and if the
// call names a destination, their units have been moved away. resume puts levels on sale again
// that are not retired after all.
func (s *Chapter) retirable(ctx context.Context, c *kit.Call, r *holdfastv1.RetireRequest) (out *holdfastv1.RetireResponse, resume func(), err error) {
	resume = func() {}
	levels, err := s.levelsOf(ctx, c, r.ProductId, r.LocationId)
	if err != nil {
		return nil, resume, err
	}
	if r.MoveStockTo != "" {
		levels = slices.DeleteFunc(levels, func(l ledger.Level) bool { return l.Key.Location == r.MoveStockTo })
	}
	left, err := s.leftBehind(ctx, c, r, levels)
	if err != nil {
		return nil, resume, err
	}
	sell, err := s.closeUncounted(ctx, c, levels)
	if err != nil {
		return nil, resume, err
	}
	levels, drained, err := s.drain(ctx, c, r, levels)
	if err != nil {
		sell()
		return nil, resume, err
	}
	resume = func() { sell(); drained() }
	out = &holdfastv1.RetireResponse{ProductId: r.ProductId}
	if r.MoveStockTo != "" {
		err = s.clear(ctx, c, r, levels, left, out)
	} else if len(levels) > 1 { // for a single level the books refuse, once under the key
		err = mayRetire(levels, r.WriteOff)
	}
	out.Levels, out.Items = int64(len(levels)), placesOf(levels)
	if err != nil {
		resume()
	}
	return out, resume, err
}

// retired are the levels that a call reinstates.
func (s *Chapter) retired(ctx context.Context, c *kit.Call, r *holdfastv1.ReinstateRequest) (*holdfastv1.ReinstateResponse, error) {
	levels, err := s.levelsOf(ctx, c, r.ProductId, r.LocationId)
	if r.LocationId == "" {
		levels = slices.DeleteFunc(levels, func(l ledger.Level) bool { return !l.Item.Retired })
	}
	return &holdfastv1.ReinstateResponse{ProductId: r.ProductId, Levels: int64(len(levels)), Items: placesOf(levels)}, err
}

// placesOf reduces levels to their locations.
func placesOf(levels []ledger.Level) []*holdfastv1.Inventory {
	all := make([]*holdfastv1.Inventory, len(levels))
	for i := range levels {
		all[i] = &holdfastv1.Inventory{ProductId: levels[i].Key.Product, LocationId: levels[i].Key.Location}
	}
	return all
}

// levelsOf are the opened levels of a product, at the location or at all, by
// location.
func (s *Chapter) levelsOf(ctx context.Context, c *kit.Call, product, location string) (levels []ledger.Level, err error) {
	if err := s.core.Await(ctx, c); err != nil {
		return nil, err
	}
	if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: product, Location: location}); err != nil {
		return nil, err
	}
	if err := s.core.Door.RefuseKits(ctx, c.Tenant, product); err != nil {
		return nil, err
	}
	if location == "" {
		levels, _, err = s.core.Books.Product(ctx, engine.ProductKey{Tenant: c.Tenant, Product: product})
	} else {
		levels, _, err = s.core.Books.Items(ctx, []stock.ItemKey{{Tenant: c.Tenant, Location: location, Product: product}})
	}
	levels = slices.DeleteFunc(levels, func(l ledger.Level) bool { return l.Item == nil })
	if err == nil && len(levels) == 0 && location != "" {
		err = kit.Refuse(kit.CodeNotFound, "%q has never been kept at %q", product, location)
	}
	return levels, err
}

// mayRetire refuses all levels when one of them cannot be retired.
func mayRetire(levels []ledger.Level, writeOff bool) error {
	for i := range levels {
		if r := levels[i].Now().MayRetire(writeOff); r != nil {
			return r
		}
	}
	return nil
}
