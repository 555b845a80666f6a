package stock

// onlineOrders are orders that are made at the centre and offered to the till.
type onlineOrders struct {
	offers map[string]Offer // as the till last saw them
	// keeps is the era in which the till heard that it keeps the line. late is how many
	// units of it the centre booked when it was not the till's. Both are by order and
	// product. savedLate is late in the back-up.
	keeps           map[string]uint64
	late, savedLate map[string]Qty
}

func newOnlineOrders() onlineOrders {
	return onlineOrders{offers: map[string]Offer{}, keeps: map[string]uint64{}, late: map[string]Qty{}}
}

func (w *tillLine) onlineIDs() []string { return []string{"o-0", "o-1", "o-2", "o-3"} }

// stepOnline is a step of an order that was made at the centre.
func (w *tillLine) stepOnline(order, name string) {
	here, there := OrderKey{"t", order}, OrderKey{"t", OnlineOrder(order)}
	switch w.pick("online", 12) {
	case 0, 1:
		c := place(order, want(name, 1+Qty(w.pick("units", 2))))
		c.Channel = w.channel
		w.do(w.centre, c)
		w.do(w.centre, Commit{Target: Target{Order: here}})
	case 2:
		w.seeOffers()
	case 3, 4:
		if w.pick("fresh", 3) > 0 {
			w.seeOffers()
		}
		if o, ok := w.online.offers[order]; ok {
			w.do(w.till, Accept{Offer: o})
		}
	case 5:
		if o, ok := w.online.offers[order]; ok {
			w.do(w.till, Decline{Offer: o, Note: Note{Reason: "no milk"}})
		}
	case 6:
		w.do(w.till, Confirm{Target: Target{Order: there}})
	case 7:
		w.do(w.till, Withdraw{Target: Target{Order: there}})
	case 8:
		w.do(w.till, Confirm{Target: Target{Order: there, Item: item(name), Qty: 1, Keyed: true}})
	case 9:
		w.do(w.till, Release{Target: Target{Order: there}})
	case 10:
		w.cancel(here, there)
	case 11:
		w.deliver(len(w.log) + 1)
		w.hearOnline()
	}
}

// cancel is a request at the centre to cancel an order.
func (w *tillLine) cancel(here, there OrderKey) {
	switch w.pick("cancel", 4) {
	case 0:
		w.do(w.centre, Release{Target: Target{Order: here}})
	case 1:
		w.do(w.centre, AskCancel{Order: here})
	case 2:
		if _, l := LineOf(w.centre.Order(here), item("A")); l != nil && l.Kept != nil && l.Kept.Asked != 0 {
			w.do(w.till, AskCancel{Order: there, At: l.Kept.Asked, Note: Note{Reference: "from the centre"}})
		}
	case 3:
		w.do(w.till, RefuseCancel{Order: there})
	}
}

// seeOffers is the till reading the centre's orders.
func (w *tillLine) seeOffers() {
	for _, id := range w.onlineIDs() {
		delete(w.online.offers, id)
		o := Offer{Order: OrderKey{"t", OnlineOrder(id)}}
		for _, p := range collectLines(w.centre.Order(OrderKey{"t", id})) {
			if p.line.Offered() {
				o.Lines = append(o.Lines, Demand{Item: p.line.Item, Bucket: p.bucket, Qty: p.line.Quantity()})
			}
		}
		if len(o.Lines) > 0 {
			w.online.offers[id] = o
		}
	}
}

// hearOnline is the till reading the orders that it has accepted, once the centre has its
// log. The till gives up an order that the centre does not keep for it.
func (w *tillLine) hearOnline() {
	if w.heard != w.era || w.holder().Seq < uint64(len(w.log)) {
		return
	}
	for _, id := range w.onlineIDs() {
		there := OrderKey{"t", OnlineOrder(id)}
		for _, p := range collectLines(w.till.Order(there)) {
			_, l := LineOf(w.centre.Order(OrderKey{"t", id}), p.line.Item)
			id := id + "/" + p.line.Item.Product
			switch {
			case p.line.End != Open:
			case l != nil && l.Kept != nil && l.Kept.Holder == tillName:
				w.online.keeps[id] = w.era
			case w.online.keeps[id] == w.era:
				w.failf("order %s: the centre kept it for the till, and has %+v", id, l)
			default:
				w.do(w.till, Release{Target: Target{Order: there, Item: p.line.Item}})
			}
		}
	}
}

// servedLate counts what the centre booked of an order that was not the till's. An order
// that the till was asked to keep is never counted.
func (w *tillLine) servedLate(e *Event) {
	for i := range e.Items {
		line := e.Order + "/" + e.Items[i].Key.Product
		for _, p := range e.Items[i].Postings {
			n := p.Qty
			if p.From == Customer {
				n = -n
			}
			if p.From != Customer && p.To != Customer {
				continue
			}
			if w.online.late[line] += n; w.online.keeps[line] == w.era {
				w.failf("line %s is the till's, and was served after its end: %+v", line, e)
			}
		}
	}
}

// onlineAgrees checks that of each order that the till accepted one of three is so: the
// centre keeps it for the till, and both say the same; the centre sold it; or all that the
// till gave out was booked separately from the order.
func (w *tillLine) onlineAgrees() {
	for _, id := range w.onlineIDs() {
		for _, p := range collectLines(w.till.Order(OrderKey{"t", OnlineOrder(id)})) {
			is := p.line
			_, l := LineOf(w.centre.Order(OrderKey{"t", id}), is.Item)
			late := w.online.late[id+"/"+is.Item.Product]
			switch {
			case l != nil && l.Kept != nil && l.Kept.Holder == tillName:
				if l.Quantity() != is.Quantity() || l.Confirmed != is.Confirmed || l.End != is.End {
					w.failf("order %s: the till has %+v, the centre keeps %+v", id, is, l)
				}
			case is.End == Open:
				w.failf("order %s: the till holds %+v, and the centre has %+v", id, is, l)
			case l != nil && l.End == EndConfirmed: // sold there
			case late != is.Confirmed:
				w.failf("order %s: the till gave out %d, the centre booked %d: %+v", id, is.Confirmed, late, l)
			}
		}
	}
}
