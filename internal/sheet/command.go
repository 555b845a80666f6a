package sheet

import (
	"context"
	"errors"
	"strconv"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// A row's commands follow from the row alone, not from the state of the books. So a repeat
// sends the same commands under the same keys, and the ledger returns its earlier
// answers.

// firstAsk is the row's first ask.
func (r bookTarget) firstAsk(w *work) intake.Ask {
	k := w.item(r.job.Tenant)
	note := r.note(w)
	switch {
	case r.job.Kind == KindThresholds:
		return r.second(w)
	case r.job.Kind == KindQuotas:
		return r.ask(w, &stock.SetQuotas{Item: k, Set: []stock.QuotaSetting{w.set}, Lower: w.share.lower, Note: note})
	case !w.tracked, w.opening.isSet():
		return r.ask(w, &stock.OpenItem{Item: k, Qty: w.qty, Threshold: w.least, Tracked: w.tracked, Note: note})
	}
	return r.ask(w, &stock.Adjust{Item: w.ofLot(k), Set: true, SetTo: w.qty, Version: w.version, Note: note})
}

// second sets the threshold if the first command does not.
func (r bookTarget) second(w *work) intake.Ask {
	return r.ask(w, &stock.SetThreshold{Item: w.item(r.job.Tenant), Threshold: w.least, Note: r.note(w)})
}

// ask makes an ask of a prepared row: its product is not a kit, and is counted in the
// row's unit.
func (r bookTarget) ask(w *work, command stock.Command) intake.Ask {
	known := w.known
	known.Unit = w.unit
	return intake.Ask{Command: command, Key: r.key(w), Checked: true, Known: []catalog.Knowledge{known}}
}

// note names the source of the change: the file, unless the row says more.
func (r bookTarget) note(w *work) stock.Note {
	n := stock.Note{Reason: w.reason, Reference: w.reference, Operator: r.job.Operator}
	if n.Reason == "" {
		n.Reason = "import"
	}
	if n.Reference == "" {
		n.Reference = "import/" + r.job.ID
	}
	return n
}

// key is the permanent idempotency key of a row of this import.
func (r bookTarget) key(w *work) string { return "import/" + r.job.ID + "/" + strconv.Itoa(w.line) }

// carryOut applies the rows of a batch to the books.
func (r bookTarget) carryOut(ctx context.Context, b *batch) error {
	if r.job.Kind == KindProducts {
		return nil // a product only needs to be known
	}
	err := r.submit(ctx, b, r.firstAsk, func(w *work, result *intake.Outcome) bool {
		var refusal *stock.Refusal
		if errors.As(result.Err, &refusal) && refusal.Code == stock.AlreadyExists && !w.tracked {
			return true // it may be uncounted already, as the row asks
		}
		if r.reportRefusal(w, result) {
			return false
		}
		return w.hasFollowUp(result)
	})
	if err != nil {
		return err
	}
	if err := r.uncounted(ctx, b); err != nil {
		return err
	}
	return r.submit(ctx, b, r.second, func(w *work, result *intake.Outcome) bool {
		r.reportRefusal(w, result)
		return false
	})
}

// reportRefusal takes over the outcome of a command and reports a refusal.
func (r bookTarget) reportRefusal(w *work, result *intake.Outcome) bool {
	if result.Err == nil {
		w.changed = w.changed || result.Event.Changed()
		return false
	}
	code, column, why := r.explain(w, result.Err)
	w.refuse(code, column, why)
	return true
}

// hasFollowUp reports that the first command left something to do: the threshold, or opening an
// item with nothing on hand.
func (w *work) hasFollowUp(first *intake.Outcome) bool {
	if !w.onHand.isSet() || len(first.Event.Items) == 0 || w.lot != "" {
		return false
	}
	it := &first.Event.Items[0]
	return it.Version == 0 || w.threshold.isSet() && it.Threshold != w.least
}

// submit sends one command of each row that is not settled. then gets each outcome and
// reports whether the row continues.
func (r bookTarget) submit(ctx context.Context, b *batch, ask func(*work) intake.Ask, then func(*work, *intake.Outcome) bool) error {
	var waiting []*work
	for i := range b.rows {
		if b.rows[i].ok() {
			waiting = append(waiting, &b.rows[i])
		}
	}
	return r.patiently(ctx, func() error {
		if len(waiting) == 0 {
			return nil
		}
		asks := make([]intake.Ask, len(waiting))
		for i, w := range waiting {
			asks[i] = ask(w)
		}
		outcomes, failed := r.desk.rooms.Door.Submit(ctx, r.job.Tenant, asks)
		if failed != nil {
			return failed
		}
		var again []*work
		for i, w := range waiting {
			if err := outcomes[i].Err; err != nil && !final(err) {
				failed, again = err, append(again, w)
				continue
			}
			w.settled = !then(w, &outcomes[i])
		}
		if len(again) < len(waiting) && failed != nil {
			failed = &progress{failed}
		}
		waiting = again
		return failed
	})
}

// final reports that the same command would be refused again.
func final(err error) bool {
	var refusal *stock.Refusal
	return errors.As(err, &refusal) || errors.Is(err, ledger.ErrKeyReused) || errors.Is(err, ledger.ErrFrozen) || errors.Is(err, stock.ErrBroken)
}

// uncounted checks rows that ask for an uncounted item and found the item
// open.
func (r bookTarget) uncounted(ctx context.Context, b *batch) error {
	return r.forEachRow(ctx, b, func(w *work) bool { return !w.tracked }, func(w *work, _ stock.ItemKey, l *ledger.Level) {
		r.sameUncounted(w, l.Item)
	})
}

// forEachRow calls do with the good rows that want selects, and with their items.
func (r bookTarget) forEachRow(ctx context.Context, b *batch, want func(*work) bool, do func(*work, stock.ItemKey, *ledger.Level)) error {
	var keys []stock.ItemKey
	var whose []*work
	for i := range b.rows {
		if w := &b.rows[i]; w.ok() && want(w) {
			keys, whose = append(keys, w.item(r.job.Tenant)), append(whose, w)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	levels, err := askPatiently(ctx, r.task, func() ([]ledger.Level, error) {
		levels, _, err := r.desk.rooms.Books.Items(ctx, keys)
		return levels, err
	})
	if err != nil {
		return err
	}
	for i, w := range whose {
		do(w, keys[i], &levels[i])
	}
	return nil
}

// sameUncounted refuses to stop counting, and settles a row whose threshold is already
// the wanted one.
func (r bookTarget) sameUncounted(w *work, it *stock.Item) {
	switch {
	case it == nil || it.Tracked:
		w.refuse("ALREADY_EXISTS", r.words.word(tracked), "the item is there and counted, which cannot be changed")
	case !w.threshold.isSet() || it.Threshold == w.least:
		w.settled = true
	}
}

// explain converts a refusal for the row: the API's code, the column, and a
// sentence.
func (r bookTarget) explain(w *work, err error) (code, column, why string) {
	word := r.words.word
	counted := word(onHand)
	if w.opening.isSet() {
		counted = word(opening)
	}
	var refusal *stock.Refusal
	if !errors.As(err, &refusal) {
		switch {
		case errors.Is(err, ledger.ErrKeyReused):
			return codeKeyReused, "", "this import has done the row already, under another meaning: the product's unit was declared since"
		default:
			return codeUnavailable, word(product), "the item is frozen until its books have been looked at"
		}
	}
	column = word(product)
	if w.share != nil {
		return refusal.Code.String(), r.blamedShare(w, refusal), refusal.Error()
	}
	switch refusal.Code {
	case stock.Insufficient:
		return refusal.Code.String(), counted, "less than what is held or set aside of the item: " + refusal.Error()
	case stock.VersionConflict:
		return refusal.Code.String(), word(version), refusal.Error()
	case stock.AlreadyExists:
		return refusal.Code.String(), counted, "the item is there already: correct it with " + word(onHand)
	case stock.Invalid:
		switch refusal.Field {
		case "set_to", "available_stock":
			column = counted
		case "low_stock_threshold":
			column = word(threshold)
		}
	}
	return refusal.Code.String(), column, refusal.Error()
}
