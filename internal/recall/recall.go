// Package recall brings recalls, which the catalog keeps as rules, to the items of their product
// (docs/adr/0088). An item judges by itself which of its lots are sold, so a recall holds wherever its
// items keep it: those that are there get it here, those that are opened later have it from the
// beginning, and a duty looks again.
package recall

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Door is the way to the books (intake.Door).
type Door interface {
	// Submit carries out the asks, each by itself, in their order.
	Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error)
}

// Books is the ledger as recalls read it.
type Books interface {
	// Product is a strong read of all items of a product.
	Product(ctx context.Context, p engine.ProductKey) ([]ledger.Level, stock.Time, error)
}

// Stored is the recalls that the catalog keeps (catalog.Recalls).
type Stored interface {
	Set(ctx context.Context, c catalog.RecallCall) (catalog.Recall, error)
	Lift(ctx context.Context, c catalog.RecallCall) ([]catalog.Recall, error)
	Page(ctx context.Context, q catalog.RecallQuery) ([]catalog.Recall, error)
	Of(ctx context.Context, tenant, product string) ([]catalog.Recall, error)
	Due(ctx context.Context, at time.Time, limit int) ([]catalog.Recall, error)
	Carried(ctx context.Context, r catalog.Recall, at time.Time) error
}

// Keys are the outcomes that books keep under keys (ledger.Ledger).
type Keys interface {
	// Outcome returns the stored outcome of a request about items; false when its key was not used.
	Outcome(ctx context.Context, r ledger.Request) (ledger.Result, bool)
}

// Memory is what a process remembers of the catalog.
type Memory interface {
	// CatchUp makes later reads show every write before it.
	CatchUp(ctx context.Context) error
	// RecallsAt are the recalls of a product that hold at a location, sorted by lot.
	RecallsAt(ctx context.Context, tenant, product, location string) ([]stock.RecallRule, error)
}

// Carrier keeps recalls, and brings them to items. It is safe for concurrent use, by any number of
// processes.
type Carrier struct {
	Stored
	door   Door
	books  Books
	memory Memory
	now    func() time.Time
	log    *slog.Logger
	keys   Keys // nil: no earlier version has answered recalls
}

// Option changes how a Carrier works.
type Option func(*Carrier)

// WithClock sets the clock. The default is time.Now.
func WithClock(now func() time.Time) Option { return func(c *Carrier) { c.now = now } }

// WithLog sets the log for what an operator must know. The default drops it.
func WithLog(l *slog.Logger) Option { return func(c *Carrier) { c.log = l } }

// WithKeys sets where the books keep the outcomes of recalls that an earlier version carried out.
func WithKeys(k Keys) Option { return func(c *Carrier) { c.keys = k } }

// New returns what brings the recalls to the books behind the door.
func New(door Door, books Books, stored Stored, memory Memory, opts ...Option) *Carrier {
	c := &Carrier{Stored: stored, door: door, books: books, memory: memory, now: time.Now, log: slog.New(slog.DiscardHandler)}
	for _, set := range opts {
		set(c)
	}
	return c
}

// Carried is the outcome of bringing the recalls of a product to its items.
type Carried struct {
	// Events are the changes of the items.
	Events    []*stock.Event
	Positions []ledger.Position
	// Items are as they were read last.
	Items []ledger.Level
	At    stock.Time
	// Recalls are all of the product, lifted ones too.
	Recalls []catalog.Recall
}

// maxRounds bounds how often the recalls are read again, because they or the items changed meanwhile.
const maxRounds = 20

// ErrUnfinished says that a recall or a lift is kept, and is not brought to all items yet.
var ErrUnfinished = errors.New("the recall is kept, and is not brought to all items yet")

var errChanging = errors.New("others keep changing the recalls of the product")

// Carry makes all items of the product keep the recalls that hold for them, and returns when they do.
// The changes have the note of the person who recalled or lifted.
func (c *Carrier) Carry(ctx context.Context, tenant, product string) (out Carried, err error) {
	if err := c.memory.CatchUp(ctx); err != nil { // items that are opened from here on have them
		return out, err
	}
	for range maxRounds {
		// The catalog is read last: it has all that items keep, or has ended it.
		if out.Items, out.At, err = c.books.Product(ctx, engine.ProductKey{Tenant: tenant, Product: product}); err != nil {
			return out, err
		}
		if out.Recalls, err = c.Of(ctx, tenant, product); err != nil {
			return out, err
		}
		var asks []intake.Ask
		for i := range out.Items {
			if it := out.Items[i].Item; it != nil && it.Tracked && !it.Key.Hidden() {
				asks = append(asks, missing(it, out.Recalls)...)
			}
		}
		if len(asks) == 0 {
			return out, nil
		}
		if err := c.submit(ctx, tenant, asks, &out); err != nil {
			return out, err
		}
	}
	return out, fmt.Errorf("product %q: %w", product, errChanging)
}

// missing are the commands that make the item keep the recalls that hold for it, and no others.
func missing(it *stock.Item, all []catalog.Recall) (asks []intake.Ask) {
	rules := catalog.RecallRules(all, it.Key.Location)
	for i := range rules {
		r := &rules[i]
		var is stock.RecallRule
		if n := slices.IndexFunc(it.Recalls, func(is stock.RecallRule) bool { return is.Lot == r.Lot }); n >= 0 {
			is = it.Recalls[n]
		}
		if is.Since != r.Since || !is.Same(r) {
			asks = append(asks, ask(it, r.Lot, all, stock.Recall{Since: r.Since, Except: r.Except, Was: is.Since}))
		}
	}
	for i := range it.Recalls {
		r := &it.Recalls[i]
		if !slices.ContainsFunc(rules, func(want stock.RecallRule) bool { return want.Lot == r.Lot }) {
			asks = append(asks, ask(it, r.Lot, all, stock.Recall{Lift: true, Was: r.Since}))
		}
	}
	return asks
}

// LiftOld puts lots with the attributes of the call back on sale that were recalled before items kept
// recalls: only their records say so.
func (c *Carrier) LiftOld(ctx context.Context, call catalog.RecallCall, out *Carried) error {
	var asks []intake.Ask
	for i := range out.Items {
		it := out.Items[i].Item
		if it == nil || call.Location != "" && it.Key.Location != call.Location || !slices.ContainsFunc(it.Lots, func(r stock.LotRecord) bool {
			return r.Recalled && r.Lot.Has(call.Lot) && !slices.ContainsFunc(it.Recalls, func(k stock.RecallRule) bool { return k.Covers(r.Lot) })
		}) {
			continue
		}
		k := it.Key
		k.Lot = string(call.Lot)
		asks = append(asks, intake.Ask{Command: &stock.Recall{Item: k, Lift: true, Exact: true, Unruled: true, Note: stock.Note{Reason: call.Reason, Operator: call.By}}, Existing: true})
	}
	return c.submit(ctx, call.Tenant, asks, out)
}

// Earlier returns what an earlier version did about the recall under a key of its own at each location;
// false when it did nothing. Since then the key is kept with the call (docs/adr/0088).
func (c *Carrier) Earlier(ctx context.Context, call catalog.RecallCall, lift bool, key string) (out Carried, answered bool, err error) {
	if c.keys == nil || key == "" {
		return out, false, nil
	}
	if out.Items, out.At, err = c.books.Product(ctx, engine.ProductKey{Tenant: call.Tenant, Product: call.Product}); err != nil {
		return out, false, err
	}
	for i := range out.Items {
		it := out.Items[i].Item
		if it == nil || call.Location != "" && it.Key.Location != call.Location {
			continue
		}
		k := it.Key
		k.Lot = string(call.Lot)
		is, used := c.keys.Outcome(ctx, ledger.Request{
			Command: stock.Recall{Item: k, Bucket: it.Bucket, Lift: lift, Note: stock.Note{Reason: call.Reason, Operator: call.By}}, Key: key,
		})
		if !used {
			continue
		}
		if is.Err != nil {
			return out, false, is.Err
		}
		answered = true
		out.Events, out.Positions = append(out.Events, is.Event), append(out.Positions, is.Position)
	}
	return out, answered, nil
}

func (c *Carrier) submit(ctx context.Context, tenant string, asks []intake.Ask, out *Carried) error {
	if len(asks) == 0 {
		return nil
	}
	outcomes, err := c.door.Submit(ctx, tenant, asks)
	if err != nil {
		return err
	}
	for i := range outcomes {
		if err := outcomes[i].Err; err != nil {
			return err
		}
		out.Events = append(out.Events, outcomes[i].Event)
		out.Positions = append(append(out.Positions, outcomes[i].Position), outcomes[i].Positions...)
	}
	return nil
}

// ask is the command about the recall of the lots, with the note of the latest change of it.
func ask(it *stock.Item, lot stock.Lot, all []catalog.Recall, c stock.Recall) intake.Ask {
	c.Item, c.Exact = it.Key, true
	c.Item.Lot = string(lot)
	var latest *catalog.Recall
	for i := range all {
		r := &all[i]
		if (r.Location == "" || r.Location == it.Key.Location) && r.Names() == lot && (latest == nil || r.Revision > latest.Revision) {
			latest = r
		}
	}
	if latest != nil {
		c.Note = noteOf(latest, it.Key.Location)
	}
	return intake.Ask{Command: &c, Existing: true}
}

// noteOf is who changed the recall last, and why.
func noteOf(r *catalog.Recall, location string) stock.Note {
	if r.State() == catalog.RecallLifted {
		return stock.Note{Reason: r.LiftReason, Operator: r.LiftBy}
	}
	for i := range slices.Backward(r.Except) {
		if e := &r.Except[i]; e.Location == "" || e.Location == location {
			return stock.Note{Reason: e.Reason, Operator: e.By}
		}
	}
	return stock.Note{Reason: r.Reason, Operator: r.By}
}

const (
	// lookEvery is how often servers look for what is due.
	lookEvery = time.Second
	// maxDue is how many recalls are carried before they look again.
	maxDue = 100
)

// Duty brings recalls that were changed to the items, also those that a crash has left out, and looks
// again for items that were opened meanwhile without them.
func (c *Carrier) Duty() duty.Kind {
	return &duty.Duty[catalog.Recall]{
		Failing: "recall is not brought to all items", Every: lookEvery, Most: maxDue,
		Due: func(ctx context.Context, limit int) ([]catalog.Recall, error) {
			return c.Due(ctx, c.now(), limit)
		},
		Name: func(r *catalog.Recall) duty.Name {
			return duty.Name{Key: fmt.Sprintf("%s/%s@%d", r.Tenant, r.ID, r.Revision), About: []any{"tenant", r.Tenant, "product", r.Product, "recall", r.ID}}
		},
		CarryOut: duty.EachAlone(func(ctx context.Context, r *catalog.Recall) error {
			if _, err := c.Carry(ctx, r.Tenant, r.Product); err != nil {
				return err
			}
			return c.Carried(ctx, *r, c.now())
		}),
	}
}
