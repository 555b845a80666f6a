package stock

// countBack counts the units of a return at the holder against the order's line in these
// books. It is a fact: what is more than has left is booked all the same. An order that these
// books do not have is as the holder's books say.
func (m *mirroring) countBack() {
	ev := m.Event
	if ev.Op != OpReturn || ev.Back == nil {
		return
	}
	back := CountedReturn{Unchecked: ev.Back.Unchecked, Beyond: ev.Back.Beyond}
	for i := range ev.Lines {
		l := &ev.Lines[i]
		if !l.Changed || !m.concerns(l.Line.Item) {
			continue
		}
		lines := returnLines(m.s.Order(m.order()), m.item(l.Line.Item))
		if len(lines) == 0 {
			break
		}
		var may Qty
		for _, p := range lines {
			may += mayReturn(p.line)
		}
		n := ev.Back.Counted + ev.Back.Beyond
		back.Counted = min(n, may)
		back.Beyond = n - back.Counted
		m.e.Lines = append(m.e.Lines, countLines(lines, back.Counted, back.Beyond, m.now)...)
		break // a till has one line of a product
	}
	m.e.Back = &back
}
