package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// ReplenishRule says how much of a product a location should have. Its stock is the units for
// sale, plus the units that open transfers still bring. When the stock is below Min, it is filled
// up to Target from the locations in From, the first one first. A location gives no more than it
// has in the shared pool and has not promised to another transfer. It keeps its own minimum when a
// rule of the same call names one. Lots of a product are given in the order in which orders there
// draw them; the location keeps those that would be drawn last.
type ReplenishRule struct {
	Product, To string
	From        []string
	Min, Target stock.Qty
	// Multiple is the size of a pack, such as a carton: a transfer has a multiple of it.
	// The wanted quantity is rounded up to one, the quantity that a location gives is
	// rounded down. 0 is 1.
	Multiple stock.Qty
}

// ReplenishRequest asks for the transfers that rules call for.
type ReplenishRequest struct {
	Tenant, Key, Operator string
	Rules                 []ReplenishRule // 1 to 1000, one for each product at a location
	Expected              stock.Time
	Reason, Reference     string
	// Dry only shows the transfers; they have no id then.
	Dry bool
}

// ReplenishOutcome is the transfers that were requested, and the units that no location could give.
// Each pair of locations has one transfer, or more when several lots of a product go the same way.
type ReplenishOutcome struct {
	Transfers []*Transfer
	Short     []stock.Shortage
	Replayed  bool
}

// maxRules is how many rules and sources of them one call may have.
const maxRules = 1000

// Replenish requests transfers by rules. Two calls at the same time do not ask for the same
// units twice: a call that did not see a transfer that was requested meanwhile begins anew.
// A repeat with the same key returns the transfers of the first call; a call that found
// nothing to do looks again.
func (x *Transfers) Replenish(ctx context.Context, r ReplenishRequest) (*ReplenishOutcome, error) {
	if refusal := r.check(); refusal != nil {
		return nil, refusal
	}
	for range maxTries {
		o, err := x.replenish(ctx, &r)
		if !errors.Is(err, catalog.ErrStale) {
			return o, err
		}
	}
	return nil, fmt.Errorf("replenish: others request transfers all the time: %w", ledger.ErrBusy)
}

func (x *Transfers) replenish(ctx context.Context, r *ReplenishRequest) (*ReplenishOutcome, error) {
	if r.Key != "" && !r.Dry {
		if was, err := x.replenished(ctx, r); was != nil || err != nil {
			return was, err
		}
	}
	newest, o, err := x.called(ctx, r)
	if err != nil {
		return nil, err
	}
	if r.Dry || len(o.Transfers) == 0 {
		for _, t := range o.Transfers {
			t.ID = ""
		}
		return o, nil
	}
	rows, err := packAll(o.Transfers)
	if err != nil {
		return nil, err
	}
	made, err := x.documents.Create(ctx, newest, rows...)
	if err != nil {
		return nil, err
	}
	for i := range made {
		o.Transfers[i].Number = made[i].Number
	}
	return o, nil
}

func packAll(all []*Transfer) ([]catalog.StockTransfer, error) {
	rows := make([]catalog.StockTransfer, len(all))
	for i, t := range all {
		if err := t.pack(&rows[i]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// called drafts the transfers that the rules call for, and returns the number of the newest
// transfer that it had seen.
func (x *Transfers) called(ctx context.Context, r *ReplenishRequest) (newest int64, o *ReplenishOutcome, err error) {
	newest, open, err := x.open(ctx, r.Tenant)
	if err != nil {
		return 0, nil, err
	}
	trial, err := x.readStock(ctx, r, open)
	if err != nil {
		return 0, nil, err
	}
	o = &ReplenishOutcome{}
	numbers := map[[2]string]int{}
	for _, want := range trial.fill(r.Rules, &o.Short) {
		pair := [2]string{want.from, want.to}
		one := r.request(want.from, want.to, numbers[pair])
		numbers[pair]++
		one.Lines = want.lines
		if err := x.door.MustKnow(ctx, one.refs()); err != nil {
			return 0, nil, err
		}
		t, err := x.draft(&one)
		if err != nil {
			return 0, nil, err
		}
		t.Steps[0].Print = r.print()
		o.Transfers = append(o.Transfers, t)
	}
	return newest, o, nil
}

// request is the request of the transfer between two locations with that number,
// counted from 0.
func (r *ReplenishRequest) request(from, to string, number int) Request {
	one := Request{
		Tenant: r.Tenant, Operator: r.Operator, From: from, To: to, Expected: r.Expected, Reason: r.Reason, Reference: r.Reference,
	}
	if r.Key != "" {
		var d digest
		d.text("replenish", r.Key, from, to)
		if number > 0 {
			d.number(int64(number))
		}
		one.Key = string(d)
	}
	return one
}

// replenished is the transfers of an earlier call with the same key, nil when it has made
// none.
func (x *Transfers) replenished(ctx context.Context, r *ReplenishRequest) (*ReplenishOutcome, error) {
	o := &ReplenishOutcome{Replayed: true}
	seen := map[[2]string]bool{}
	for _, rule := range r.Rules {
		for _, from := range rule.From {
			if seen[[2]string{from, rule.To}] {
				continue
			}
			seen[[2]string{from, rule.To}] = true
			if err := x.replenishedFrom(ctx, r, from, rule.To, o); err != nil {
				return nil, err
			}
		}
	}
	if len(o.Transfers) == 0 {
		return nil, nil
	}
	slices.SortFunc(o.Transfers, func(a, b *Transfer) int { return cmp.Compare(a.Number, b.Number) })
	return o, nil
}

// replenishedFrom adds the transfers between two locations that an earlier call
// with the same key has made.
func (x *Transfers) replenishedFrom(ctx context.Context, r *ReplenishRequest, from, to string, o *ReplenishOutcome) error {
	for number := 0; ; number++ {
		one := r.request(from, to, number)
		t, err := x.requested(ctx, r.Tenant, one.id(), r.print())
		if t == nil || err != nil {
			return err
		}
		o.Transfers = append(o.Transfers, t)
	}
}

// openPage is how many transfers are read at once.
const openPage = 500

// open returns the transfers in which more can happen, and the number of the
// newest transfer there was before they were read.
func (x *Transfers) open(ctx context.Context, tenant string) (newest int64, all []*Transfer, err error) {
	last, err := x.documents.List(ctx, catalog.TransferQuery{Tenant: tenant, Limit: 1})
	if err != nil {
		return 0, nil, err
	}
	if len(last) > 0 {
		newest = last[0].Number
	}
	for q := (catalog.TransferQuery{Tenant: tenant, States: OpenStates, Limit: openPage}); ; {
		page, err := x.List(ctx, q)
		if err != nil {
			return 0, nil, err
		}
		all = append(all, page...)
		if len(page) < openPage {
			return newest, all, nil
		}
		q.Before = page[len(page)-1].Number
	}
}

// maxItemsRead is how many items are read at once.
const maxItemsRead = 2000

func (r *ReplenishRequest) check() *stock.Refusal {
	sources, seen := 0, map[productAt]bool{}
	for i, rule := range r.Rules {
		invalid := func(field, why string) *stock.Refusal {
			field = fmt.Sprintf("rules[%d].%s", i, field)
			return &stock.Refusal{Code: stock.Invalid, Field: field, Detail: field + " " + why}
		}
		at := productAt{rule.To, rule.Product}
		switch {
		case seen[at]:
			return invalid("product_id", "has a rule at the location already")
		case rule.Min < 1 || rule.Min > stock.MaxQty:
			return invalid("min", "is out of range")
		case rule.Target < rule.Min || rule.Target > stock.MaxQty:
			return invalid("target", "must be at least min")
		case len(rule.From) == 0 || slices.Contains(rule.From, rule.To):
			return invalid("from_location_ids", "must name other locations")
		}
		for j, from := range rule.From {
			if slices.Contains(rule.From[:j], from) {
				return invalid("from_location_ids", "names a location twice")
			}
		}
		seen[at] = true
		sources += len(rule.From)
	}
	if len(r.Rules) == 0 || len(r.Rules) > maxRules || sources > maxRules {
		return &stock.Refusal{Code: stock.Invalid, Field: "rules", Detail: fmt.Sprintf("rules must be 1 to %d, with as many sources at most", maxRules)}
	}
	return nil
}

func (r *ReplenishRequest) print() string {
	var d digest
	d.text("replenish", r.Reason, r.Reference)
	d.number(int64(r.Expected), int64(len(r.Rules)))
	for _, rule := range r.Rules {
		d.text(rule.Product, rule.To)
		d.number(int64(len(rule.From)))
		d.text(rule.From...)
		d.number(int64(rule.Min), int64(rule.Target))
	}
	return d.hex(16)
}
