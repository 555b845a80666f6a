package sheet

import "holdfast.dev/holdfast/internal/catalog"

// rowGroup is consecutive rows that together describe one thing: a kit, a
// transfer.
type rowGroup []*work

// groups divides the rows of the batch: a row joins the one before it if same returns
// true.
func (b *batch) groups(same func(last, w *work) bool) []rowGroup {
	var all []rowGroup
	for i := range b.rows {
		w := &b.rows[i]
		if last := len(all) - 1; last >= 0 && same(all[last][0], w) {
			all[last] = append(all[last], w)
			continue
		}
		all = append(all, rowGroup{w})
	}
	return all
}

// open reports that there is something left to do for them.
func (g rowGroup) open() bool { return g[0].ok() }

func (g rowGroup) refuse(code, column, why string) {
	for _, w := range g {
		w.refuse(code, column, why)
	}
}

// readQuantity reads the row's quantity in the unit of its product; word is the file's
// heading of its column.
func (w *work) readQuantity(unit catalog.Unit, word string) {
	n, why := w.quantity.inUnit(unit)
	if w.qty = n; why == "" && n == 0 {
		why = "must be more than 0"
	}
	if why != "" {
		w.refuse(codeInvalid, word, word+" "+why)
	}
}
