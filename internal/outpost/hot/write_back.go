package hot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// CommitWithin is how long a commit may take: a standby that is away is not waited for longer. Nobody knows then whether it
// counts. A caller has two seconds more.
const CommitWithin = 8 * time.Second

// writeMost bounds the tasks of one pass.
const writeMost = 512

// WriteBack brings tasks of the item into the books, in their order, and reports how many.
// 0 means that there was none. On short escrow it returns a *stock.Refusal: the tasks wait.
func (r *Road) WriteBack(ctx context.Context, l Listed) (written int, err error) {
	unlock, err := r.known.lock(ctx, l)
	if err != nil {
		return 0, err
	}
	defer unlock()
	written, err = r.writeBack(ctx, l)
	if refusal, ok := errors.AsType[*stock.Refusal](err); ok && refusal.Field == stock.HolderStale {
		// Another process may have turned the item off, and on again.
		if is, e := r.known.look(ctx, l.Key); e == nil && is.Holder != l.Holder {
			return r.writeBack(ctx, is)
		}
	}
	return written, err
}

func (r *Road) writeBack(ctx context.Context, l Listed) (written int, err error) {
	tasks, err := r.store.Claim(ctx, l.ID, writeMost)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	if len(tasks) == 0 {
		return 0, nil
	}
	commands := make([]stock.Command, len(tasks))
	for i := range tasks {
		cmd, err := commandOf(l, &tasks[i], r.now())
		if err != nil {
			return 0, err
		}
		commands[i] = cmd
	}
	done := 0
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), CommitWithin)
	defer cancel()
	for i, res := range ledger.SubmitEscrow(within, r.books, commands...) {
		if err = res.Err; err != nil {
			err = fmt.Errorf("write task %d of product %q back: %w", tasks[i].Seq, l.Key.Product, err)
			break // those behind it wait for it
		}
		done++
		if res.Event != nil && !res.Replayed {
			noteOversold(ctx, r, l, res.Event)
		}
	}
	if done == 0 {
		return 0, err
	}
	r.forget(ctx, l, tasks[:done])
	if unknown := r.store.Finish(context.WithoutCancel(ctx), l.ID, tasks[done-1]); unknown != nil {
		return 0, errors.Join(err, unknown)
	}
	return done, err
}

// noteOversold reports units that were acknowledged although Redis was not given them. The balance is made anew.
func noteOversold(ctx context.Context, r *Road, l Listed, e *stock.Event) {
	for i := range e.Items {
		for _, p := range e.Items[i].Postings {
			if p.From == stock.Oversold {
				r.log.ErrorContext(ctx, "Redis has sold units that the books do not have: they are oversold", "audit", true,
					"tenant", l.Key.Tenant, "product", l.Key.Product, "location", l.Key.Location, "order", e.Order, "units", p.Qty)
				r.known.doubt(l.Key)
			}
		}
	}
}

// lateAfter is how long after a sale its task is late: then the books note when it happened.
const lateAfter = time.Second

// commandOf is the command of the task in the books, which get it now.
func commandOf(l Listed, t *Task, now time.Time) (stock.WriteBack, error) {
	var b body
	if err := json.Unmarshal(t.Body, &b); err != nil {
		return stock.WriteBack{}, fmt.Errorf("read task %d: %w", t.ID, err)
	}
	c := stock.WriteBack{
		Item: l.Key, Bucket: stock.BucketOf(l.Key.Tenant, l.Key.Location), Epoch: l.Holder, Seq: t.Seq, Kind: t.Kind,
		Order: stock.OrderKey{Tenant: l.Key.Tenant, Order: t.Order}, Qty: t.Qty, Channel: b.Channel, Customer: b.Customer, Note: b.Note,
	}
	if t.Last {
		c.Deadline = t.Until
	}
	if t.Kind == stock.SoldFromIt && now.Sub(t.At) > lateAfter {
		c.At = stock.Time(t.At.UnixMilli())
	}
	return c, nil
}

// forget notes in the balance that the books have the tasks. When it fails, the balance
// is too low until Scan has repaired it.
func (r *Road) forget(ctx context.Context, l Listed, tasks []Task) {
	var gone []Taking
	for _, t := range tasks {
		if t.Epoch != l.Epoch || l.State != Open {
			continue
		}
		if err := r.apply(ctx, l, t); err != nil {
			return
		}
		if t.Last {
			gone = append(gone, Taking{t.Order, t.N})
		}
	}
	if len(gone) == 0 {
		return
	}
	err := r.calm.ask(ctx, func(ctx context.Context) error {
		_, err := r.redis.Written(ctx, l.Key, l.Epoch, gone)
		return err
	})
	if err != nil {
		r.log.DebugContext(ctx, "takings wait for the scan", "product", l.Key.Product, "takings", len(gone), "err", err)
	}
}

// Settle returns when the books have all tasks of the order.
func (r *Road) Settle(ctx context.Context, l Listed, order string) error {
	for {
		tasks, err := r.store.Of(ctx, l.ID, order)
		if err != nil {
			return databaseError(err)
		}
		if finished(tasks) {
			return nil
		}
		if l, err = r.known.look(ctx, l.Key); err != nil {
			return err
		}
		if _, err := r.WriteBack(ctx, l); err != nil {
			return notWritten(err)
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%w: %w", ErrBusy, err)
		}
	}
}

// notWritten is the error of a caller whose tasks did not come into the books. What refuses a task refuses nothing of the caller's.
func notWritten(err error) error {
	if errors.Is(err, ErrDatabase) {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return fmt.Errorf("%w: %v", ErrBusy, err)
}

func finished(tasks []Task) bool {
	for i := range tasks {
		if tasks[i].State != Finished {
			return false
		}
	}
	return true
}
