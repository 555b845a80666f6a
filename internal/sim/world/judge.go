package world

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// verdict goes through the log and looks at each answer where it must be right.
type verdict struct {
	*books
	jury
	removals
	// changed counts the events of each question that changed something.
	changed map[string]int
	byID    map[string]*question
	byKey   map[engine.KeyID]*question
	// waiting are the questions that were asked at the record at hand or
	// before and have not been found right, asked those not yet asked.
	waiting, asked []*question
	right          map[*question]bool
	// happened, when and lapses are for the histories: the changes, the slot times of the answers,
	// and what expired.
	happened map[string][]happening
	when     map[string]int64
	lapses   []lapse
	// first is where the first event of a question is.
	first map[string]int
	n     int
	// orderly are the commands in batches over several slots about an order, refusable those that
	// may have been refused before they had an effect.
	orderly   []*question
	refusable map[*question]bool

	// Of books in several slots: the question of each leg, the first record of each whole-order
	// call, and the questions that were refused without a fault, by the time of the answer.
	legOf    map[*line]*question
	carried  map[string]int
	refusals []*question

	sundries *tally
}

// lapse is a line that expired; without an order, lots of the item did.
type lapse struct {
	itemKey
	order string
	at    int64
	step  int
}

// mostAttempts is how many attempts of a call over several slots may be closed, because
// they seemed abandoned, before one is decided.
const mostAttempts = 4

// judge looks at everything when all goroutines are gone.
func (w *world) judge() error {
	if len(w.violations) > 0 {
		return nil // a run that was cut off cannot be judged further
	}
	books := newBooks(w)
	v := &verdict{
		books: books, jury: newJury(books), removals: removals{books}, changed: map[string]int{},
		byID: map[string]*question{}, byKey: map[engine.KeyID]*question{}, right: map[*question]bool{},
		happened: map[string][]happening{}, when: map[string]int64{}, first: map[string]int{},
		legOf: map[*line]*question{}, carried: map[string]int{}, sundries: newTally(books), refusable: map[*question]bool{},
	}
	for _, q := range w.questions {
		v.byID[q.id] = q
		if verb, ok := verbs[q.verb]; ok && q.key != "" {
			for key, n := q.key, 0; n <= mostAttempts; key, n = "\x00again\x00"+key, n+1 { // the key of the attempt after a closed one
				for _, l := range append([]string{""}, w.locations...) {
					v.byKey[stock.KeyID(catalog.DefaultTenant, verb.op, stock.Scope{Location: l}, key)] = q
				}
				if q.verb != "reserve" && q.verb != "change" && q.verb != "relocate" {
					break
				}
			}
		}
		switch {
		case q.answer == nil:
			w.stats.Unheard++
		case q.sundry == nil:
			v.asked = append(v.asked, q)
		}
		if w.isSeveral() && q.sundry == nil && q.ofOrder() && len(q.parcel.questions) > 1 {
			v.orderly = append(v.orderly, q)
		}
		if q.sundry == nil && v.unharmed(q) {
			v.refusals = append(v.refusals, q)
		}
	}
	slices.SortStableFunc(v.refusals, func(a, b *question) int { return a.to - b.to })
	slices.SortStableFunc(v.asked, func(a, b *question) int { return a.from - b.from })
	w.stats.Records = len(w.records)
	if err := v.count(); err != nil {
		return err
	}
	v.look(0)
	for i := range w.records {
		v.seq = i + 1
		if err := v.record(&w.records[i]); err != nil {
			return err
		}
		v.kept()
		if len(w.violations) > 0 {
			return nil
		}
	}
	v.drop(v.seq + 1)
	w.looking = 0
	for _, which := range slices.Sorted(maps.Keys(v.changed)) {
		n := v.changed[which]
		id, _, _ := strings.Cut(which, "@")
		if q := v.byID[id]; n > 1 && (q.key != "" || !q.repeatable()) && !v.mayRepeat(q) && q.verb != "recall" {
			w.violate("%s had %d effects: %s", id, n, &q.command)
		}
	}
	for _, k := range v.shop.keys() {
		v.sums(k)
	}
	v.lingers()
	v.sundries.end()
	v.declined()
	if w.watcher != nil {
		w.stats.Told, w.stats.Resumed = w.watcher.changes, w.watcher.resumed
		v.streamed(w.watcher.told)
	}
	v.inOrder()
	if w.isSeveral() {
		v.agree()
		v.alike()
	} else {
		v.histories()
	}
	return w.verify(w.land)
}

// mayRepeat reports whether a command without a key may be carried out again in slots
// that had done so, because another one's bucket was on its way: a deadline is
// then a little later than it was.
func (v *verdict) mayRepeat(q *question) bool {
	return q.verb == "extend" && q.key == "" && q.isWhole() && v.w.moving()
}

// count finds out how many events each question has.
func (v *verdict) count() error {
	for i := range v.w.records {
		s := &v.w.records[i]
		err := s.events(func(n int, e *stock.Event) error {
			if e.Op.Internal() || counts(e) {
				return nil
			}
			q := v.asker(s, n, e)
			if k := v.kind(q, e); q == nil || q.sundry != nil || k == legs || k == settles {
				return nil
			}
			v.events[q.id]++
			switch {
			case !e.Changed():
			case v.w.isSeveral() && q.isWhole():
				for i := range e.Lines { // in each slot its part
					if c := &e.Lines[i]; c.Changed {
						v.changed[fmt.Sprintf("%s@%v", q.id, keyOf(c.Line.Item))]++
					}
				}
			default:
				v.changed[q.id]++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// asker is the question that caused the event. The event names it or, where a refusal does not, its
// key does.
func (v *verdict) asker(s *stored, n int, e *stock.Event) *question {
	if q := v.byID[e.Note.Operator]; q != nil {
		return q
	}
	row, ok := s.keys[n]
	if q := v.byKey[row.ID]; q != nil || !ok {
		return q
	}
	// The record that one of several slots has stored for a call about a whole order.
	part := string(binary.BigEndian.AppendUint16(row.Print[:], uint16(row.Bucket)))
	for _, q := range v.w.questions {
		if q.isWhole() && q.key != "" && verbs[q.verb].op == e.Op && row.ID == stock.KeyID(catalog.DefaultTenant, e.Op, stock.Scope{}, "\x00"+q.key+"\x00"+part) {
			return q
		}
	}
	return nil
}

func (s *stored) events(fn func(int, *stock.Event) error) error {
	r, err := stock.ParseRecord(s.rec.Body)
	if err == nil {
		err = r.Attach(s.rec.Text)
	}
	if err != nil {
		return fmt.Errorf("record %d: %w", s.rec.Seq, err)
	}
	return r.Events(fn)
}

// record goes through one record.
func (v *verdict) record(s *stored) error {
	v.w.looking = s.step
	if s.rec.At > s.most {
		v.w.violate("record %d of slot %d is of %d, slot time could be %d at most: a clock was believed", s.rec.Seq, s.slot, s.rec.At, s.most)
		return nil
	}
	v.latest[s.slot] = int64(s.rec.At)
	// A record keeps its entries in its own order; steps of buckets come last in the group.
	var steps []*stock.Event
	err := s.events(func(n int, e *stock.Event) error {
		if e.Op == stock.OpHandover {
			steps = append(steps, e)
			return nil
		}
		q := v.asker(s, n, e)
		v.sundries.debts.take(v.seq, e)
		switch {
		case e.Op == stock.OpPart && v.sundries.takes(q, e):
			v.sundries.event(s, q, e)
		case e.Op.Internal():
			v.move(s, n, e)
		case counts(e), v.fence(q, e):
		case !v.bystander(s, e):
		case v.sundries.takes(q, e):
			if v.n++; q != nil && v.first[q.id] == 0 {
				v.first[q.id] = v.n
			}
			v.sundries.event(s, q, e)
		case v.kind(q, e) == settles:
			v.settle(s, e)
		case e.Op == stock.OpExpire:
			v.expire(s, e)
		case e.Op == stock.OpLapse:
			v.lapse(s, e)
		default:
			v.carryOutAcross(s, q, e)
		}
		v.look(int64(s.rec.At))
		return nil
	})
	for _, e := range steps {
		v.handover(s, e.Handover)
		v.look(int64(s.rec.At))
	}
	return err
}

// look checks whether the answers to waiting questions are right at the current record.
func (v *verdict) look(at int64) {
	v.drop(v.seq)
	v.gapped(at)
	for len(v.asked) > 0 && v.asked[0].from <= v.seq {
		if q := v.asked[0]; !v.right[q] {
			v.waiting = append(v.waiting, q)
		}
		v.asked = v.asked[1:]
	}
	for _, q := range v.waiting {
		if !v.right[q] && v.seq >= q.from && v.answers(q, at) {
			v.right[q] = true
		}
	}
}

// drop complains about questions whose answer was right at no moment before
// the record seq.
func (v *verdict) drop(seq int) {
	kept := v.waiting[:0]
	for _, q := range v.waiting {
		switch {
		case v.right[q]:
		case q.to < seq:
			v.w.looking = q.ended
			v.w.violate("%s (%s) was answered %d %s between records %d and %d, which was right at no moment\n%s",
				q.id, &q.command, q.answer.status, q.answer.code, q.from, q.to, q.answer.raw)
		default:
			kept = append(kept, q)
		}
	}
	v.waiting = kept
}

// fence reports whether the event only records that a node no longer waits for what it sent to the
// home of the slot.
func (v *verdict) fence(q *question, e *stock.Event) bool {
	return v.w.relay.on && q == nil && e.Op == stock.OpCleanup && !e.Changed()
}
