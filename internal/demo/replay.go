// Package demo replays six months of a web shop (data/online-retail) with the public Go client, as
// any program would use it, and compares the remaining stock with answers that were computed
// elsewhere. There is too little stock on purpose: an order gets all of its lines or none.
package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/client"
)

// Bounds of one call. The contract allows 1000 commands and 20,000 lines; the
// largest order has 674.
const (
	maxCommands = 200
	maxLines    = 10_000
	maxCreates  = 500
)

// holdFor is how long an order may wait for its deduct: as long as keys are kept, so a
// replay that was stopped between the two can continue for a week.
const holdFor = 7 * 24 * time.Hour

// Replay is the history to replay, and the file of its progress.
type Replay struct {
	Orders   string // path of the order history
	Expected string // path of the known answers
	State    string // path of the file with its progress
	Progress Progress
}

// Progress receives how far a replay is.
type Progress interface {
	Begin(name string, total, done int)
	Advance(n int)
	End()
}

// Run sends the history to shop and reports the outcome. A Run that was stopped at any
// point and is called again continues from there. Once it has ended, it only reads the
// books again. Every command has a key of its own, so a command that is sent twice
// happens once.
func (r Replay) Run(ctx context.Context, shop *client.Client) (*Report, error) {
	h, err := read(r.Orders)
	if err != nil {
		return nil, err
	}
	want, err := readExpected(r.Expected)
	if err != nil {
		return nil, err
	}
	t, err := loadTally(r.State, h)
	if err != nil {
		return nil, err
	}
	run := &replayRun{Replay: r, shop: shop, history: h, tally: t}
	if t.Location == "" {
		if err := run.open(ctx); err != nil {
			return nil, fmt.Errorf("open stock: %w", err)
		}
	}
	if t.Done < len(h.steps) {
		if err := run.carryOut(ctx); err != nil {
			return nil, err
		}
	}
	onHand, err := run.readBooks(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the books: %w", err)
	}
	return t.report(h, onHand, want), nil
}

// replayRun is one process's part of a replay.
type replayRun struct {
	Replay
	shop    *client.Client
	history *history
	tally   *tally
}

// open creates all products with their stock.
func (r *replayRun) open(ctx context.Context) error {
	begun := time.Now()
	h := r.history
	r.Progress.Begin("opening stock", len(h.products), 0)
	defer r.Progress.End()
	for first := 0; first < len(h.products); first += maxCreates {
		var creates []client.Command
		for i := first; i < min(first+maxCreates, len(h.products)); i++ {
			creates = append(creates, client.Create{
				ProductID: h.products[i], AvailableStock: h.opening[i], Key: fmt.Sprintf("demo/open/%d", i),
			})
		}
		results, err := r.shop.Batch(ctx, creates...)
		if err != nil {
			return err
		}
		for i, result := range results {
			if result.Err != nil {
				return fmt.Errorf("product %q: %w", h.products[first+i], result.Err)
			}
			r.tally.Location = result.Inventory.LocationID
		}
		r.Progress.Advance(len(creates))
	}
	r.tally.commands += int64(len(h.products))
	r.tally.seconds += time.Since(begun).Seconds()
	return r.tally.save(r.State)
}

// carryOut sends the steps that are left, in the order of events.
func (r *replayRun) carryOut(ctx context.Context) error {
	r.Progress.Begin("replay", len(r.history.steps), r.tally.Done)
	defer r.Progress.End()
	for r.tally.Done < len(r.history.steps) {
		begun := time.Now()
		steps := firstBatch(r.history.steps[r.tally.Done:])
		if err := r.send(ctx, steps); err != nil {
			return err
		}
		r.tally.seconds += time.Since(begun).Seconds()
		if err := r.tally.save(r.State); err != nil {
			return err
		}
		r.Progress.Advance(len(steps))
	}
	return nil
}

// firstBatch is the first of steps, as many as fit into one call.
func firstBatch(steps []replayStep) []replayStep {
	lines := 0
	for i, s := range steps {
		if lines += len(s.lines); i > 0 && (i == maxCommands || lines > maxLines) {
			return steps[:i]
		}
	}
	return steps
}

// send reserves the units of orders, books returns and corrections, and deducts the orders that got
// their units.
func (r *replayRun) send(ctx context.Context, steps []replayStep) error {
	commands := make([]client.Command, len(steps))
	for i, s := range steps {
		commands[i] = r.command(s)
	}
	results, err := r.shop.Batch(ctx, commands...)
	if err != nil {
		return fmt.Errorf("after %d steps: %w", r.tally.Done, err)
	}
	var deducts []client.Command
	for i, s := range steps {
		refused := errors.Is(results[i].Err, client.ErrInsufficientStock)
		if err := results[i].Err; err != nil && !refused {
			return fmt.Errorf("invoice %s, seq %d: %w", s.invoice, s.seq, err)
		}
		if s.kind == sale && !refused {
			deducts = append(deducts, client.Deduct{OrderID: s.invoice, Key: key(s, "deduct")})
		}
	}
	if len(deducts) > 0 {
		left, err := r.shop.Batch(ctx, deducts...)
		if err != nil {
			return fmt.Errorf("after %d steps: %w", r.tally.Done, err)
		}
		for _, l := range left {
			if l.Err != nil {
				return fmt.Errorf("an order that was promised its units: %w", l.Err)
			}
		}
	}
	// Steps are counted once all of them have happened: a step is counted and noted as done, or
	// neither.
	for i, s := range steps {
		r.tally.count(s, results[i].Err == nil)
	}
	r.tally.commands += int64(len(commands) + len(deducts))
	return nil
}

// command is the first command of a step: an order also has a deduct.
func (r *replayRun) command(s replayStep) client.Command {
	first := s.lines[0]
	product := r.history.products[first.product]
	switch s.kind {
	case sale:
		items := make([]client.Item, len(s.lines))
		for i, l := range s.lines {
			items[i] = client.Item{ProductID: r.history.products[l.product], Quantity: l.units}
		}
		return client.Reserve{OrderID: s.invoice, Items: items, TTL: holdFor, Key: key(s, "reserve")}
	case cancel:
		return client.Restock{ProductID: product, Quantity: first.units, Reason: "return", Reference: s.invoice, Key: key(s, "return")}
	default:
		return client.Adjust{ProductID: product, Delta: first.units, Reason: "stock correction", Reference: s.invoice, Key: key(s, "adjust")}
	}
}

// key names a command for good: sent again, even by another process, it is
// answered as it was the first time.
func key(s replayStep, verb string) string { return fmt.Sprintf("demo/%d/%s", s.seq, verb) }

// readBooks is the units on hand of each product, as the server lists them.
func (r *replayRun) readBooks(ctx context.Context) ([]int64, error) {
	listed := map[string]int64{}
	list := client.List{LocationID: r.tally.Location, PageSize: 500}
	for {
		page, err := r.shop.List(ctx, list)
		if err != nil {
			return nil, err
		}
		if page.Stale {
			continue // the list had not caught up with the last write
		}
		for _, item := range page.Items {
			listed[item.ProductID] = item.OnHand
		}
		if list.PageToken = page.NextPageToken; list.PageToken == "" {
			break
		}
	}
	onHand := make([]int64, len(r.history.products))
	for i, product := range r.history.products {
		onHand[i] = listed[product]
	}
	return onHand, nil
}
