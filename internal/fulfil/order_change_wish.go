package fulfil

import (
	"fmt"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// mixture works out what a change that names kits asks of the lines of the order: kits, and plain
// lines, may share a line.
type mixture struct {
	*OrderChange
	row   *plannedChoice
	named []int // by line of the change, the kit of the row that it means, -1 for none
	holds []*stock.Hold
	now   stock.Time

	lines map[productLocation]*mixed // what is to change
}

// mixed is a line of the order with what is wanted of it. Of what it holds, kits that the change
// names have so many units, and need so many afterwards.
type mixed struct {
	wanted
	held     stock.Qty
	has, now stock.Qty
	plain    bool // the change names the product itself
}

// first is the first kit that the change names.
func (m *mixture) first() int {
	return m.named[slices.IndexFunc(m.named, func(kit int) bool { return kit >= 0 })]
}

// asItIs reports whether the order holds what is wanted, and nothing else is asked for.
func (m *mixture) asItIs() bool {
	for _, l := range m.lines {
		if l.Qty != l.held {
			return false
		}
	}
	return m.TTL == 0 && !m.Replace
}

func (m *mixture) wish() (*wish, error) {
	w := &wish{Print: m.print(), Replace: m.Replace}
	for i, kit := range m.named {
		if kit < 0 {
			l := &m.Lines[i]
			at := m.line(l.Item)
			at.plain, at.Qty, at.Channel, at.Lot = true, l.Qty, l.Channel, l.Lot
		}
	}
	for i, kit := range m.named {
		if kit < 0 {
			continue
		}
		if err := m.kit(w, kit, &m.Lines[i]); err != nil {
			return nil, err
		}
	}
	for _, l := range m.lines {
		if l.plain {
			continue
		}
		if l.Qty = l.now; !m.Replace {
			l.Qty += max(l.held-l.has, 0) // what others have of it stays
		}
	}
	if m.Replace {
		for kit := range m.row.Kits {
			if !slices.Contains(m.named, kit) {
				m.givenUp(w, kit)
			}
		}
	}
	if len(m.lines) > stock.MaxLines {
		return nil, refuseInvalid("items", fmt.Sprintf("come to %d components, %d are the most", len(m.lines), stock.MaxLines))
	}
	return w, m.expect(w)
}

// line is the line of an item, as the order has it.
func (m *mixture) line(k stock.ItemKey) *mixed {
	at := productLocation{k.Product, k.Location}
	l := m.lines[at]
	if l == nil {
		l = &mixed{wanted: wanted{Line: Line{Product: k.Product, Location: k.Location}}, held: m.heldOf(k)}
		m.lines[at] = l
	}
	return l
}

func (m *mixture) heldOf(k stock.ItemKey) stock.Qty {
	for _, h := range m.holds {
		if l := h.Find(k); l != nil && !l.Follows() {
			if now := l.At(m.now); now.End == stock.Open {
				return now.Quantity()
			}
		}
	}
	return 0
}

// kit adds what a kit asks of the lines of its components. The last lines give back first.
func (m *mixture) kit(w *wish, kit int, asked *stock.Wanted) error {
	k := &m.row.Kits[kit]
	for _, part := range m.row.partsOf(kit, linesOf(m.holds, m.now, m.row, k)) {
		need, has := asked.Qty*part.each, part.held
		switch {
		case asked.Qty > stock.MaxQty/part.each:
			return refuseInvalid("quantity", fmt.Sprintf("%d of kit %q come to more than %d of product %q", asked.Qty, k.Product, stock.MaxQty, part.product))
		case k.Location == "" && need > has:
			return &stock.Refusal{Code: stock.InvalidState, State: stock.StateActive, Detail: fmt.Sprintf(
				"the locations of kit %q were chosen when it was reserved, so the order can hold less of it and not more: reserve further kits under another order_id", k.Product)}
		}
		keys := make([]stock.ItemKey, len(part.lines))
		for i := range keys {
			keys[i] = part.lines[i].Item
		}
		if k.Location != "" {
			keys = []stock.ItemKey{Line{Product: part.product, Location: k.Location}.item(m.row.Tenant)}
		}
		for _, key := range keys {
			l := m.line(key)
			if l.plain {
				return refuseInvalid("items", fmt.Sprintf("product %q at location %q is a component of kit %q: name one of the two", l.Product, l.Location, k.Product))
			}
			if l.Channel = asked.Channel; l.Channel == "" {
				l.Channel = m.row.Channel
			}
			had := min(has, l.held)
			gets := min(need, had)
			if k.Location != "" {
				gets = need
			}
			has, need = has-had, need-gets
			l.has, l.now = l.has+had, l.now+gets
			if gets != had {
				w.Moves = append(w.Moves, move{kit, Line{Product: l.Product, Location: l.Location, Qty: gets - had}})
			}
		}
	}
	return nil
}

// givenUp notes that a kit that the change does not name gives back what it holds.
func (m *mixture) givenUp(w *wish, kit int) {
	for _, part := range m.row.partsOf(kit, linesOf(m.holds, m.now, m.row, &m.row.Kits[kit])) {
		for _, l := range slices.Backward(part.lines) {
			if n := min(part.held, l.Quantity()); n > 0 && l.End == stock.Open {
				part.held -= n
				w.Moves = append(w.Moves, move{kit, Line{Product: l.Item.Product, Location: l.Item.Location, Qty: -n}})
			}
		}
	}
}

// expect fills in the lines, and what is held of them. It refuses the change when the order holds
// something else than the caller expects, unless it holds what is wanted.
func (m *mixture) expect(w *wish) error {
	for _, at := range slices.SortedFunc(maps.Values(m.lines), func(a, b *mixed) int { return compareLines(a.Line, b.Line) }) {
		w.Lines = append(w.Lines, at.wanted)
		w.Expected = append(w.Expected, Line{Product: at.Product, Location: at.Location, Qty: at.held})
	}
	asItIs := m.asItIs()
	for _, e := range m.Expected {
		held, what := m.heldOf(e.Item), "product"
		probe := KitChange{Product: e.Item.Product, Location: e.Item.Location, Anywhere: m.Anywhere}
		if kit := slices.IndexFunc(m.row.Kits, probe.names); kit >= 0 {
			what = "kit"
			held, _ = wholeKits(m.row.partsOf(kit, linesOf(m.holds, m.now, m.row, &m.row.Kits[kit])), func(k kitPart) stock.Qty { return k.held })
		}
		if held != e.Qty && !asItIs {
			return &stock.Refusal{Code: stock.VersionConflict, Detail: fmt.Sprintf("the order holds %d of %s %q at location %q, not %d", held, what, e.Item.Product, e.Item.Location, e.Qty)}
		}
		if at := (productLocation{e.Item.Product, e.Item.Location}); what == "product" && m.lines[at] == nil {
			w.Expected = append(w.Expected, Line{Product: e.Item.Product, Location: e.Item.Location, Qty: held})
		}
	}
	return nil
}
