package sheet

import (
	"context"
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// openings counts what a job opens, each product and location once. A job that continues after a crash finds known what
// was opened before the last checkpoint.
type openings struct{ products, locations *index }

func newOpenings() *openings { return &openings{newIndex(), newIndex()} }

func (o *openings) count(rows []work) (n Opened) {
	for i := range rows {
		w := &rows[i]
		if w.flaw != nil && !w.opens.introduced {
			continue
		}
		if w.opens.product {
			if _, before := o.products.put(w.product, "", 1); !before {
				n.Products++
			}
		}
		if w.opens.location {
			if _, before := o.locations.put(w.location, "", 1); !before {
				n.Locations++
			}
		}
		if w.opens.lot && w.flaw == nil {
			n.Lots++
		}
	}
	return n
}

// refuseNew refuses a row that would open what nobody knows, if the import opens nothing new or the name may be
// another one. mayOpen reports that the file is a list of such things.
func (t *task) refuseNew(w *work, c column, what, id string, mayOpen bool) {
	word := t.words.word(c)
	switch {
	case w.guessed:
		w.refuse(codeNotFound, word, fmt.Sprintf("%s %q is not known, and the encoding was guessed (%s): say which it is (encoding=)", what, clip(id), GB18030))
	case t.job.New == NewRefuse && !mayOpen:
		w.refuse(codeNotFound, word, fmt.Sprintf("%s %q is not known, and the import opens nothing new (new=refuse, --new refuse)", what, clip(id)))
	}
}

// shownLot is the lot for people: its attributes with their values.
func shownLot(lot stock.Lot) string {
	all, _ := lot.Attributes()
	var shown []string
	for _, a := range all {
		shown = append(shown, a.Name+" "+a.Value)
	}
	return strings.Join(shown, ", ")
}

// lookForLots finds the rows of lots that their items do not have.
func (r bookTarget) lookForLots(ctx context.Context, b *batch) error {
	return r.forEachRow(ctx, b, func(*work) bool { return true }, func(w *work, _ stock.ItemKey, l *ledger.Level) {
		it := l.Item
		if it != nil && it.LotRecord(w.lot) != nil || w.qty == 0 {
			return
		}
		w.opens.lot = true
		r.refuseNew(w, onHand, "lot", shownLot(w.lot), false)
	})
}
