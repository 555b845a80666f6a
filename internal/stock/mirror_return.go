package stock

// countBack counts the units of a return at the holder against the order's lines in these
// books. It is a fact: what is more than has left is booked all the same.
func (m *mirroring) countBack() {
	ev := m.Event
	if ev.Op != OpReturn || ev.Back == nil {
		return
	}
	n := ev.Back.Counted + ev.Back.Beyond
	m.e.Back = &CountedReturn{Unchecked: ev.Back.Unchecked, Counted: n}
	for i := range ev.Lines {
		l := &ev.Lines[i]
		if !l.Changed || !m.concerns(l.Line.Item) {
			continue
		}
		lines := returnLines(m.s.Order(m.order()), m.item(l.Line.Item))
		var may Qty
		for _, p := range lines {
			may += mayReturn(p.line)
		}
		m.e.Back.Counted = min(n, may)
		m.e.Lines = append(m.e.Lines, countLines(lines, m.e.Back.Counted, n-m.e.Back.Counted, m.now)...)
		break // a till has one line of a product
	}
	m.e.Back.Beyond = n - m.e.Back.Counted
}
