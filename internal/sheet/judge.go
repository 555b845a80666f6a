package sheet

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// checkedItem is one item from a strong read, to check a row against.
type checkedItem struct {
	key  stock.ItemKey
	item *stock.Item
}

// Item implements stock.State.
func (s checkedItem) Item(k stock.ItemKey) *stock.Item {
	if k == s.key {
		return s.item
	}
	return nil
}

// Order implements stock.State: no command of a row is about an order.
func (s checkedItem) Order(stock.OrderKey) []*stock.Hold { return nil }

// judge checks the rows against the rules.
func (r bookTarget) judge(ctx context.Context, b *batch) error {
	if r.job.Kind == KindProducts {
		return nil
	}
	return r.forEachRow(ctx, b, func(*work) bool { return true }, func(w *work, k stock.ItemKey, l *ledger.Level) {
		r.judgeRow(w, checkedItem{k, l.Now()})
	})
}

func (r bookTarget) judgeRow(w *work, s checkedItem) {
	// Once the file is applied, the row's product and location will be known.
	w.known.Product, w.known.Location = true, true
	if !w.tracked && s.item != nil {
		r.sameUncounted(w, s.item)
	} else {
		ask := r.firstAsk(w)
		event, err := stock.Decide(s, ask.Fill(), stock.Time(r.desk.now().UnixMilli()))
		var result intake.Outcome
		result.Event, result.Err = &event, err
		if r.reportRefusal(w, &result) {
			return
		}
		w.settled = !w.hasFollowUp(&result)
	}
	if w.ok() {
		w.changed = true
	}
}

// progress is a failure after which less is left to do than before.
type progress struct{ err error }

func (p *progress) Error() string { return p.err.Error() }
func (p *progress) Unwrap() error { return p.err }

// moved reports that a part of the request has been done.
func moved(err error) bool {
	var p *progress
	return errors.As(err, &p)
}
