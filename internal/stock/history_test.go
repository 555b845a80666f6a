package stock

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Random histories over a few items, orders and channels. rapid runs 100 in a check unless
// -rapid.checks says otherwise, so 200 checks are 20,000.
const (
	historyWorkers = 4
	historyChecks  = 200 / historyWorkers
)

func TestRandomHistoriesKeepTheBooks(t *testing.T) {
	t.Parallel()
	for i := range historyWorkers {
		t.Run(fmt.Sprintf("worker %d", i), func(t *testing.T) {
			t.Parallel()
			for range historyChecks {
				rapid.Check(t, keepsTheBooks)
			}
		})
	}
}

// keepsTheBooks plays one random history and checks the books after each command.
func keepsTheBooks(t *rapid.T) {
	h := history{T: t, book: newShelf(), now: start}
	for _, name := range []string{"A", "B", "W/A"} {
		if !rarely(t, "not opened") {
			h.play(open(name, rapid.SampledFrom([]Qty{8, 20, 3, 0, full}).Draw(t, "stock")))
		}
	}
	h.play(untracked("U"))
	h.play(allot("A", "web", 2))
	if rapid.Bool().Draw(t, "quotas") {
		h.play(setQuotas("A", LowerRefuse, quota("web", 3), weight("app", 2)))
	}
	h.play(place("o", want("A", 5), want("B", 3)).on("web").partly().forTTL(5 * minute))
	for range rapid.IntRange(2, 10).Draw(t, "commands") {
		h.now += rapid.SampledFrom([]Time{0, 1, second, 20 * second, minute, 2 * minute}).Draw(t, "later")
		h.play(anyCommand(t, h.now))
	}
	replayed := newShelf()
	for i := range h.events {
		Apply(replayed, &h.events[i])
	}
	if !same(replayed, h.book) {
		t.Fatalf("the events replayed from scratch lead to other books:\n%+v\n%+v", replayed, h.book)
	}
	explained(t, h.book, h.now)
}

// history is a shelf with the history that led to it.
type history struct {
	*rapid.T
	book   *shelf
	now    Time
	events []Event
}

// play decides and applies one command and checks what must hold for any.
func (h *history) play(cmd Command) {
	before := h.book.clone()
	e, err := Decide(h.book, cmd, h.now)
	again, errAgain := Decide(h.book, cmd, h.now)
	if !reflect.DeepEqual(e, again) || !reflect.DeepEqual(err, errAgain) {
		h.Fatalf("%T %+v: decided twice, two outcomes:\n%+v %v\n%+v %v", cmd, cmd, e, err, again, errAgain)
	}
	if !same(before, h.book) {
		h.Fatalf("%T %+v: Decide changed the state", cmd, cmd)
	}
	if err != nil {
		h.refused(cmd, e, err)
		if c, ok := cmd.(Place); ok {
			h.notPlaced(c, err)
		}
		return
	}
	h.follows(cmd, &e)
	later(h.T, before, h.now, cmd, &e)
	Apply(h.book, &e)
	once := h.book.clone()
	Apply(h.book, &e)
	if !same(once, h.book) {
		h.Fatalf("%T %+v: applied twice the event changes more", cmd, cmd)
	}
	if !e.Changed() && !same(before, h.book) {
		h.Fatalf("%T %+v: an event that changes nothing changed something", cmd, cmd)
	}
	if err := h.book.validate(); err != nil {
		h.Fatalf("%T %+v: %v", cmd, cmd, err)
	}
	h.shows(cmd, &e)
	h.lines(cmd, before)
	if c, ok := cmd.(Place); ok {
		h.placed(c, before, &e)
	}
	h.repeat(cmd)
	h.events = append(h.events, e)
}

func (h *history) refused(cmd Command, e Event, err error) {
	var r *Refusal
	if !errors.As(err, &r) || r.Code == 0 || r.Detail == "" || !reflect.DeepEqual(e, Event{}) {
		h.Fatalf("%T %+v: %+v, %#v is no refusal", cmd, cmd, e, err)
	}
	// A refusal for units that a holder keeps names those that lack, if any do.
	lacks := r.Code == Insufficient || r.Code == KeptByHolder && len(r.Shortages) > 0
	if lacks != (len(r.Shortages) > 0) || (r.Field != "") != (r.Code == Invalid || r.Code == NotFound || r.Field == ItemRetired && r.Code == InvalidState) {
		h.Fatalf("%T %+v: refusal %+v names too little or too much", cmd, cmd, r)
	}
	for _, s := range r.Shortages {
		if s.Available < 0 || s.Available >= s.Requested {
			h.Fatalf("%T %+v: short of %d with %d available", cmd, cmd, s.Requested, s.Available)
		}
	}
}

// follows checks that the event leads from the books as they are.
func (h *history) follows(cmd Command, e *Event) {
	for i := range e.Items {
		c := &e.Items[i]
		if err := c.Follows(h.book.Item(c.Key)); err != nil {
			h.Fatalf("%T %+v: %v", cmd, cmd, err)
		}
		if slices.ContainsFunc(e.Items[:i], func(o ItemChange) bool { return o.Key == c.Key }) {
			h.Fatalf("%T %+v: %s is in the event twice", cmd, cmd, spot(c.Key))
		}
	}
}

// shows checks that the event shows the books as they are after it.
func (h *history) shows(cmd Command, e *Event) {
	for _, c := range e.Items {
		it := h.book.Item(c.Key)
		if it == nil && !c.Changed && c.Version == 0 {
			continue
		}
		after := *it
		after.Balances, after.Channels = nil, nil
		for _, rec := range c.Channels {
			if has := it.Channel(rec.ID); rec.Since != 0 && (has == nil || *has != rec) || rec.Since == 0 && has != nil {
				h.Fatalf("%T %+v: the event shows %+v, the books have %+v", cmd, cmd, rec, has)
			}
		}
		told := Item{
			Key: c.Key, Bucket: c.Bucket, Unit: c.Unit, Scale: c.Scale, Threshold: c.Threshold, Tracked: c.Tracked,
			OnSale: c.OnSale, Off: c.Off, Retired: c.Retired, Version: c.Version, UpdatedAt: c.UpdatedAt, Seen: c.Seen,
		}
		if it.Retired && it.Figures() != (Figures{}) {
			h.Fatalf("%T %+v: %s is retired and has %+v", cmd, cmd, spot(c.Key), it.Figures())
		}
		if !reflect.DeepEqual(after, told) || c.Figures != it.Figures() {
			h.Fatalf("%T %+v: the event shows\n%+v %+v, the books have\n%+v %+v", cmd, cmd, told, c.Figures, after, it.Figures())
		}
	}
	for _, c := range e.Lines {
		var l *Line
		for _, hold := range h.book.Order(OrderKey{e.Tenant, e.Order}) {
			if hold.Key.Bucket == c.Bucket {
				l = hold.Find(c.Line.Item)
			}
		}
		if l == nil || !reflect.DeepEqual(l.At(h.now), c.Line) {
			h.Fatalf("%T %+v: the event shows\n%+v, the books have\n%+v", cmd, cmd, c.Line, l)
		}
	}
}

// lines checks what must always be true of a line.
func (h *history) lines(cmd Command, before *shelf) {
	_, changes := cmd.(Change)
	if _, relocates := cmd.(Relocate); relocates {
		changes = true
	}
	_, withdraws := cmd.(Withdraw)
	for key, holds := range before.holds {
		for _, p := range collectLines(holds) {
			now := indexLines(h.book.holds[key], 1).find(p.line.Item, false).line
			was := p.line
			switch {
			case was.End != Open && !reflect.DeepEqual(was, now) && (!changes || was.End != EndReleased || now.End != Open) && (!withdraws || was.End == EndExpired || was.Confirmed == 0 || now.End != Open):
				h.Fatalf("%T %+v: a line that had ended changed:\n%+v\n%+v", cmd, cmd, was, now)
			case now.Left != nil && (&Line{Drawn: now.Left}).Quantity() != now.Confirmed:
				h.Fatalf("%T %+v: %d units have left, from %+v", cmd, cmd, now.Confirmed, now.Left)
			case was.Due(h.now) && now.Confirmed != was.Confirmed:
				h.Fatalf("%T %+v: units of a due line left", cmd, cmd)
			case !changes && now.Granted() != was.Granted() || now.Requested != was.Requested:
				h.Fatalf("%T %+v: the line got %d of %d, then %d of %d", cmd, cmd, was.Granted(), was.Requested, now.Granted(), now.Requested)
			case now.End == EndExpired && was.End == Open && !was.Due(h.now):
				h.Fatalf("%T %+v: a line expired before its deadline", cmd, cmd)
			}
		}
	}
}

// repeat checks that a command that its natural key protects may be sent again at once: it
// is granted and changes nothing.
func (h *history) repeat(cmd Command) {
	switch c := cmd.(type) {
	case Place, Change, Commit, Extend, Expire, SetThreshold, SetSaleStatus, SetQuotas, ResetSold:
	case Confirm:
		if c.Keyed && c.Qty > 0 {
			return
		}
	case Release:
		if c.Keyed && c.Qty > 0 {
			return
		}
	case Withdraw:
		if c.Qty > 0 {
			return
		}
	case Adjust:
		if !c.Set || c.Version != 0 {
			return
		}
	default:
		return
	}
	e, err := Decide(h.book, cmd, h.now)
	if err != nil || e.Changed() {
		h.Fatalf("%T %+v: sent again: %v, changed %v", cmd, cmd, err, e.Changed())
	}
}
