package fulfil

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Answer is the outcome of a reserve call.
type Answer struct {
	// Result is that of the books. Its event is empty when nothing was taken
	// (Partial): then the books were not asked.
	Result ledger.Result
	Plan   Plan
	// Sourced says that locations were chosen, Attempts how often.
	Sourced  bool
	Attempts int
	// InLog says that the books have refused a choice of the call, and keep that.
	InLog bool
}

// Reserve chooses and holds. In effect choice and hold are one: the choice is held whole or
// not at all, and where the stock went away in between, Reserve chooses again. The error is
// a *stock.Refusal, ErrContended, or one of the books, the catalog or the ledger. The
// answer says whether it was given before (Result.Replayed).
//
// A call that is repeated has the same lines, with a key or without, whatever has happened
// to the stock, and whether or not the first call was cut off. The choice is kept before
// the books are asked. The books keep the outcome of each choice under a key that follows
// from it. So everybody who carries out the call makes the same choices in the same order.
func (o *Orders) Reserve(ctx context.Context, r Reserve) (*Answer, error) {
	c, err := o.call(ctx, r)
	if err != nil {
		return &Answer{}, err
	}
	w := &walk{Orders: o, reserveCall: c}
	for range maxRounds {
		answer, err := w.step(ctx)
		switch {
		case errors.Is(err, catalog.ErrStale):
			continue
		case errors.Is(err, catalog.ErrKeyTaken):
			err = ledger.ErrKeyReused
		}
		if answer == nil {
			answer = &Answer{}
		}
		answer.InLog = w.inLog
		return answer, err
	}
	return &Answer{}, ErrContended
}

// walk goes through the choices of one call.
type walk struct {
	*Orders
	*reserveCall
	rows    []*plannedChoice // what is kept of the order's calls
	chosen  int              // how often this walk has chosen
	refused string           // the choice of this call that the books have refused, by its key there
	inLog   bool             // they have refused one
}

// step takes the call as far as it can with what is kept now; it returns catalog.ErrStale
// when somebody else has continued meanwhile.
func (w *walk) step(ctx context.Context) (*Answer, error) {
	choices, key, err := w.choices.Choices(ctx, w.Order.Tenant, w.Order.Order, w.asked())
	if err != nil {
		return nil, err
	}
	if key != nil && key.Print != w.request {
		return nil, ledger.ErrKeyReused
	}
	if key != nil && key.Outcome != "" {
		return replayed(key.Outcome)
	}
	if w.rows, err = readRows(choices); err != nil {
		return nil, err
	}
	mine := latest(w.rows, w.print)
	if mine == nil || mine.None || mine.booked() == w.refused {
		return w.next(ctx, mine)
	}
	return w.attempt(ctx, mine)
}

// keptOfCall is how many choices of one call an order keeps.
const keptOfCall = 32

// newRow returns the row that the call's next choice goes to, behind those of all calls of the
// order: of two calls that choose at the same time one fails. When a call was refused very
// often its oldest choice is dropped, so that the order does not grow without end; a choice
// that has changes was held, and stays.
func (w *walk) newRow() *plannedChoice {
	number, mine := 0, 0
	var oldest *plannedChoice
	for _, r := range w.rows {
		number = r.Number + 1
		if r.Print != w.print {
			continue
		}
		mine++
		if oldest == nil && len(r.Changes) == 0 {
			oldest = r
		}
	}
	choice := catalog.Choice{Tenant: w.Order.Tenant, Order: w.Order.Order, Number: number, Print: w.print}
	if mine >= keptOfCall && oldest != nil {
		choice.Drops = &oldest.Choice
	}
	return &plannedChoice{Choice: choice}
}

// latest is the newest of the calls that are this one.
func latest(rows []*plannedChoice, call [16]byte) *plannedChoice {
	for _, r := range slices.Backward(rows) {
		if r.Print == call {
			return r
		}
	}
	return nil
}

// next chooses, keeps the choice, and asks the books. last is the call's choice before,
// which holds nothing; nil: none.
func (w *walk) next(ctx context.Context, last *plannedChoice) (*Answer, error) {
	var refusal *stock.Refusal
	switch err := w.unclaimed(ctx); {
	case errors.As(err, &refusal):
		return w.endWithoutChoice(ctx, keptResult{Refusal: refusal, Attempts: w.chosen})
	case err != nil:
		return nil, err
	}
	p, refusal, err := w.choose(ctx, w.reserveCall)
	if err != nil {
		return nil, err
	}
	w.chosen++
	if refusal != nil {
		return w.endWithoutChoice(ctx, keptResult{Refusal: refusal, Partial: w.Partial, Attempts: w.chosen})
	}
	r := w.newRow()
	p.Key, p.Made, p.Attempt = w.key, r.Version+1, w.chosen
	if w.Key != "" && last != nil && last.Key == w.key {
		p.Attempt = last.Attempt + 1
	}
	// The last attempt takes what is left.
	p.Partial = w.Partial && p.Attempt >= maxAttempts
	choice, err := r.next(*p)
	if err == nil {
		err = w.choices.Choose(ctx, choice, w.keyed(""))
	}
	if err != nil {
		return nil, err
	}
	chosen := &plannedChoice{Choice: *choice, plan: *p}
	if old := chosen.Drops; old != nil {
		w.rows = slices.DeleteFunc(w.rows, func(r *plannedChoice) bool { return r.Number == old.Number })
		chosen.Drops = nil
	}
	w.rows = append(w.rows, chosen)
	return w.attempt(ctx, chosen)
}

// endWithoutChoice ends a call for which there is nothing to choose, or that may not choose. With a
// key the outcome is kept in place of a choice, so that nobody with the same key holds
// anything afterwards.
func (w *walk) endWithoutChoice(ctx context.Context, out keptResult) (*Answer, error) {
	if w.Key == "" {
		return out.answer()
	}
	r := w.newRow()
	choice, err := r.next(plan{None: true, Made: r.Version + 1, Key: w.key, Attempt: w.chosen})
	if err != nil {
		return nil, err
	}
	return w.end(ctx, choice, out)
}

// end keeps the outcome under the call's key, if it has one, and answers with it.
func (w *walk) end(ctx context.Context, choice *catalog.Choice, out keptResult) (*Answer, error) {
	if w.Key == "" {
		return out.answer()
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("write the outcome of a call: %w", err)
	}
	if err := w.choices.Choose(ctx, choice, w.keyed(string(text))); err != nil {
		return nil, err
	}
	return out.answer()
}

// attempt asks the books to hold the choice, all of it or nothing.
func (w *walk) attempt(ctx context.Context, r *plannedChoice) (*Answer, error) {
	command, err := w.place(ctx, w.Order, &r.plan, w.Note)
	if err != nil {
		return nil, err
	}
	res := w.books.Submit(ctx, ledger.Request{Command: command, Key: r.booked()})[0]
	var refusal *stock.Refusal
	own := r.Key == w.key // it was this call that chose, or one like it
	switch {
	case res.Err != nil && !errors.As(res.Err, &refusal):
		return nil, res.Err
	case refusal != nil && refusal.Code == stock.Insufficient:
		return w.continueAfterRefusal(ctx, r, refusal, own, res.Replayed)
	case own && (w.Key != "" || !res.Replayed):
		return answerOf(r, res), res.Err
	case refusal != nil && w.chosen == 0:
		// The choice holds nothing and never will. What the call may have now is chosen
		// anew and kept, so that it is found again.
		w.refused = r.booked()
		return w.next(ctx, r)
	case refusal != nil:
		return answerOf(r, res), res.Err
	}
	// Somebody else has held it, or a call without a key that may be this one: the lines
	// themselves show what that means for this call.
	key := ""
	if w.Key != "" {
		if err := w.choices.Choose(ctx, nil, w.keyed("")); err != nil {
			return nil, err
		}
		key = "\x00again\x00" + w.Key
	}
	res = w.books.Submit(ctx, ledger.Request{Command: command, Key: key})[0]
	return answerOf(r, res), res.Err
}

// continueAfterRefusal continues after the books have refused a choice, or ends with the refusal.
func (w *walk) continueAfterRefusal(ctx context.Context, r *plannedChoice, refusal *stock.Refusal, own, replayed bool) (*Answer, error) {
	w.inLog = w.inLog || !replayed
	last := w.chosen >= maxAttempts
	switch {
	case w.Key != "" && own:
		last = !r.Sourced || r.Attempt >= maxAttempts
	case !r.Sourced:
		last = !replayed || w.chosen > 0 // there is nothing else to choose
	}
	if !last {
		w.refused = r.booked()
		return w.next(ctx, r)
	}
	return w.end(ctx, nil, keptResult{Refusal: refusal, Attempts: r.Attempt})
}

func answerOf(r *plannedChoice, res ledger.Result) *Answer {
	return &Answer{Result: res, Plan: r.Plan, Sourced: r.Sourced, Attempts: r.Attempt}
}

// keptResult is the result of a call without lines, as it is kept under its key.
type keptResult struct {
	Refusal  *stock.Refusal
	Partial  bool // taking nothing is an answer
	Attempts int
}

func replayed(text string) (*Answer, error) {
	var out keptResult
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return nil, fmt.Errorf("read the outcome of a call: %w", err)
	}
	answer, err := out.answer()
	answer.Result.Replayed = true
	return answer, err
}

func (out *keptResult) answer() (*Answer, error) {
	a := &Answer{Attempts: out.Attempts, Sourced: true, Plan: Plan{Cost: -1}, Result: ledger.Result{Event: &stock.Event{Op: stock.OpPlace}}}
	if out.Partial {
		a.Plan.Short = out.Refusal.Shortages
		return a, nil
	}
	return a, out.Refusal
}
