package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// FactReader reads the books for a dry run.
type FactReader interface {
	// Facts is a strong read, which sees each slot at a moment of its own.
	Facts(ctx context.Context, items []stock.ItemKey, orders []stock.OrderKey, keys []engine.KeyID) (Facts, error)
}

// DryRun are books that decide as those do that it reads, on a copy, and store nothing. Each
// command finds them as those before it would have left them. Idempotency keys are neither used
// nor looked up. A DryRun is safe for concurrent use; it is meant for one call.
type DryRun struct {
	books   FactReader
	convert func(stock.Command) (stock.Command, error)

	mu     sync.Mutex
	at     stock.Time
	items  tried // as they are by now
	orders map[stock.OrderKey][]*stock.Hold
	done   []stock.Command
	before map[*stock.Event][]*stock.Item
	first  tried // as they were read
	// wantItems and wantOrders were asked for and have not been read.
	wantItems  []stock.ItemKey
	wantOrders []stock.OrderKey
}

// NewDryRun returns a dry run of the books. A caller whose books change commands, or refuse some,
// before they decide them does so in convert; nil: it does not.
func NewDryRun(books FactReader, convert func(stock.Command) (stock.Command, error)) *DryRun {
	d := &DryRun{books: books, convert: convert}
	d.forget()
	return d
}

// forget drops what was read.
func (d *DryRun) forget() {
	d.items, d.first, d.orders = tried{}, tried{}, map[stock.OrderKey][]*stock.Hold{}
	d.done, d.before = nil, map[*stock.Event][]*stock.Item{}
}

// Submit decides the requests, one after another. Their results have no position.
func (d *DryRun) Submit(ctx context.Context, requests ...Request) []Result {
	d.mu.Lock()
	defer d.mu.Unlock()
	results := make([]Result, len(requests))
	commands := make([]stock.Command, len(requests))
	for i := range requests {
		if commands[i] = requests[i].Command; d.convert != nil {
			commands[i], results[i].Err = d.convert(commands[i])
		}
		if results[i].Err == nil {
			d.want(commands[i])
		}
	}
	for i, cmd := range commands {
		if results[i].Err == nil {
			results[i].Event, results[i].Err = d.decide(ctx, cmd)
			results[i].At = d.at
		}
	}
	return results
}

// want asks for what the command names.
func (d *DryRun) want(cmd stock.Command) {
	r := cmd.Reach()
	for _, k := range r.Items {
		(*dryState)(d).Item(k)
	}
	if order := r.About(); order.Order != "" {
		(*dryState)(d).Order(order)
	}
}

// maxReads is how often a command is decided: the items that it names lead to those of the order,
// to the allowances of customers, and those to nothing more.
const maxReads = 5

// decide decides the command, and applies what it would change.
func (d *DryRun) decide(ctx context.Context, cmd stock.Command) (*stock.Event, error) {
	for n := range maxReads {
		if err := d.load(ctx); err != nil {
			return nil, err
		}
		ev, err := stock.Decide((*dryState)(d), cmd, d.at)
		switch {
		case len(d.wantItems)+len(d.wantOrders) > 0: // it needs more of the books
		case errors.Is(err, stock.ErrBroken) && n < maxReads-1: // two slots were seen before and after a change
			if err := d.readAgain(ctx); err != nil {
				return nil, err
			}
			d.want(cmd)
		case err != nil:
			return nil, err
		default:
			d.apply(cmd, &ev)
			return &ev, nil
		}
	}
	return nil, errors.New("decide without a record: the command needs more and more of the books")
}

func (d *DryRun) apply(cmd stock.Command, ev *stock.Event) {
	was := make([]*stock.Item, len(ev.Items))
	for i := range ev.Items {
		if it := d.items[ev.Items[i].Key]; it != nil {
			was[i] = it.Clone()
		}
	}
	d.before[ev] = was
	d.done = append(d.done, cmd)
	stock.Apply((*dryState)(d), ev)
}

// readAgain reads all anew and decides again what was decided.
func (d *DryRun) readAgain(ctx context.Context) error {
	done := d.done
	d.forget()
	for _, cmd := range done {
		d.want(cmd)
	}
	for _, cmd := range done {
		if _, err := d.decide(ctx, cmd); err != nil && !errors.As(err, new(*stock.Refusal)) {
			return err
		}
	}
	return nil
}

// load reads what has been asked for.
func (d *DryRun) load(ctx context.Context) error {
	if len(d.wantItems)+len(d.wantOrders) == 0 && d.at != 0 {
		return nil
	}
	facts, err := d.books.Facts(ctx, d.wantItems, d.wantOrders, nil)
	if err != nil {
		return err
	}
	for i, k := range d.wantItems {
		if it := facts.Levels[i].Item; it != nil {
			if err := it.Sound(); err != nil {
				return fmt.Errorf("%w: %w", ErrFrozen, err) // no write of it would be carried out
			}
		}
		d.items[k] = nil
		if it := facts.Levels[i].Now(); it != nil {
			d.items[k], d.first[k] = it.Clone(), it.Clone()
		}
	}
	for i, k := range d.wantOrders {
		d.orders[k] = nil
		for _, h := range facts.Holds[i] {
			d.orders[k] = append(d.orders[k], h.Clone())
		}
	}
	read := d.wantOrders
	d.wantItems, d.wantOrders, d.at = nil, nil, facts.At
	for _, k := range read {
		d.wantLines(k)
	}
	return d.load(ctx)
}

// wantLines asks for what the lines of an order are about: Decide stops at the first that is missing.
func (d *DryRun) wantLines(k stock.OrderKey) {
	for _, h := range d.orders[k] {
		for i := range h.Lines {
			l := &h.Lines[i]
			l.Leg = nil // here its units are where it is decided
			(*dryState)(d).Item(l.Item)
			if allowance, counts := l.Allowance(); counts {
				(*dryState)(d).Item(allowance)
			}
		}
	}
}

// Before are the items of an event as they were before it, nil for one that was not open. Of an
// event that Submit did not return, made of several, they are as they were read.
func (d *DryRun) Before(ev *stock.Event) []*stock.Item {
	d.mu.Lock()
	defer d.mu.Unlock()
	was, known := d.before[ev]
	if !known {
		was = make([]*stock.Item, len(ev.Items))
		for i := range ev.Items {
			was[i] = d.first[ev.Items[i].Key]
		}
	}
	return was
}

// Items are the items as they are by now.
func (d *DryRun) Items(ctx context.Context, keys []stock.ItemKey) ([]Level, stock.Time, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, k := range keys {
		(*dryState)(d).Item(k)
	}
	if err := d.load(ctx); err != nil {
		return nil, 0, err
	}
	levels := make([]Level, len(keys))
	for i, k := range keys {
		var now *stock.Item
		if it := d.items[k]; it != nil {
			now = it.Clone()
		}
		levels[i] = slot.LevelOf(k, now, d.at)
	}
	return levels, d.at, nil
}

// Order is the order as it is by now.
func (d *DryRun) Order(ctx context.Context, k stock.OrderKey) (holds []*stock.Hold, at stock.Time, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	(*dryState)(d).Order(k)
	if err := d.load(ctx); err != nil {
		return nil, 0, err
	}
	for _, h := range d.orders[k] {
		holds = append(holds, h.Clone())
	}
	return holds, d.at, nil
}

// dryState is the stock.Book of a dry run. It notes what was asked for and has not been read.
type dryState DryRun

func (d *dryState) Item(k stock.ItemKey) *stock.Item {
	it, read := d.items[k]
	if !read {
		d.wantItems, d.items[k] = append(d.wantItems, k), nil
	}
	return it
}

func (d *dryState) EditItem(k stock.ItemKey) *stock.Item { return d.items.EditItem(k) }

func (d *dryState) Order(k stock.OrderKey) []*stock.Hold {
	holds, read := d.orders[k]
	if !read {
		d.wantOrders, d.orders[k] = append(d.wantOrders, k), nil
	}
	return holds
}

func (d *dryState) EditHold(k stock.HoldKey) *stock.Hold {
	for _, h := range d.orders[k.OrderKey] {
		if h.Key == k {
			return h
		}
	}
	h := &stock.Hold{Key: k}
	d.orders[k.OrderKey] = append(d.orders[k.OrderKey], h)
	return h
}

// tried is a stock.Book of items that were read.
type tried map[stock.ItemKey]*stock.Item

func (t tried) Item(k stock.ItemKey) *stock.Item   { return t[k] }
func (tried) EditHold(k stock.HoldKey) *stock.Hold { return &stock.Hold{Key: k} }

// EditItem returns the item to be changed.
func (t tried) EditItem(k stock.ItemKey) *stock.Item {
	if t[k] == nil {
		t[k] = &stock.Item{Key: k, Tracked: true, OnSale: true}
	}
	return t[k]
}

func (tried) Order(stock.OrderKey) []*stock.Hold { return nil }
