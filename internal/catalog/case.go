package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Case is something that people have to decide: more was promised of a product at a
// location than there is, or a till needs somebody.
type Case struct {
	Tenant string `json:"-"`
	ID     string `json:"-"`
	// Number is that of the entry that opened it, and grows from one case to the
	// next.
	Number   int64  `json:"number"`
	Kind     string `json:"kind"`
	State    string `json:"state"`
	Product  string `json:"product"` // "" if it is about a till as a whole
	Location string `json:"location"`
	// Till is the one that it is about, "" for none.
	Till string `json:"till,omitempty"`
	// ByHand says that people settle it, and not the state of the books.
	ByHand bool `json:"by_hand,omitempty"`
	// Lost is the act of a till that is not in the books.
	Lost *LostEntry `json:"lost,omitempty"`
	// Paid is the message that says that an order was paid which is not there.
	Paid *PaidMessage `json:"paid,omitempty"`
	// Qty is by how much the promises grew beyond the units that exist.
	Qty int64 `json:"qty"`
	// Order, Channel, Reason, Reference and Operator are those of the write that
	// opened it, and Happened is when the reported event had happened.
	Order     string `json:"order,omitempty"`
	Channel   string `json:"channel,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Reference string `json:"reference,omitempty"`
	Operator  string `json:"operator,omitempty"`
	Happened  Moment `json:"happened"`
	// Assignee is the person that it is assigned to.
	Assignee string `json:"assignee,omitempty"`
	// Decision is what was decided last, of which orders, by whom and when.
	Decision string   `json:"decision,omitempty"`
	Orders   []string `json:"orders,omitempty"`
	To       string   `json:"to,omitempty"`
	Note     string   `json:"note,omitempty"`
	By       string   `json:"by,omitempty"`
	Decided  Moment   `json:"decided"`
	// Left are those of Orders that it was not carried out for, because they changed meanwhile.
	Left []CaseLeft `json:"left,omitempty"`
	// Deciding are the decisions that were begun and whose outcome in the books is not
	// yet known, the oldest first.
	Deciding []CaseDeciding `json:"deciding,omitempty"`
	// Comments are the comments of people on it, the oldest first.
	Comments []CaseComment `json:"comments,omitempty"`
	Settled  Moment        `json:"settled"`
	Opened   Moment        `json:"opened"`
	Changed  Moment        `json:"changed"`
	// Due is when servers check next whether it is settled by the books, or carry on with a
	// decision, zero if they do not: it is settled, or only people can settle it.
	Due time.Time `json:"-"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`
}

// CaseDeciding is a decision about a case that was begun.
type CaseDeciding struct {
	// Number is that of the entry that noted it: Update fills it in.
	Number   int64    `json:"number"`
	Decision string   `json:"decision"`
	Orders   []string `json:"orders,omitempty"`
	To       string   `json:"to,omitempty"`
	Note     string   `json:"note,omitempty"`
	By       string   `json:"by,omitempty"`
	// Looked says that all of its orders were looked at, and that the books are asked: from
	// then on it is carried out, by whatever server.
	Looked bool `json:"looked,omitempty"`
	// Left becomes that of the case.
	Left []CaseLeft `json:"left,omitempty"`
	// Begun is when a booking was noted, and Booking what is booked.
	Begun   Moment        `json:"begun,omitzero"`
	Booking *EntryBooking `json:"booking,omitempty"`
}

// CaseLeft is an order that a decision was not carried out for, and why.
type CaseLeft struct {
	Order string `json:"order"`
	Why   string `json:"why"`
}

// LostEntry is an entry of a till's log that the centre's books do not have, as to one
// product.
type LostEntry struct {
	Epoch  string `json:"epoch"`
	Record uint64 `json:"record"`
	Hash   string `json:"hash"`           // of the record
	Prev   string `json:"prev,omitempty"` // the hash of the record before
	Entry  uint32 `json:"entry"`          // in the record, from 1
	// Did is what the till did: one of LostKinds.
	Did string `json:"did"`
	To  string `json:"to,omitempty"` // the account of a return
	// Sold is how many units of the order had been sold since it began. Independent says that
	// the sale is of no reservation.
	Sold        int64 `json:"sold,omitempty"`
	Independent bool  `json:"independent,omitempty"`
	// Booked is how many units were booked in addition to the reservation.
	Booked int64 `json:"booked,omitempty"`
}

// EntryBooking is how a lost entry is booked: so many units that the order's reservation
// holds, and so many others.
type EntryBooking struct {
	Held  int64 `json:"held,omitempty"`
	Units int64 `json:"units,omitempty"`
}

// These are the things that a till did and that are not in the books.
const (
	LostSale     = "sale"
	LostTakeBack = "take_back" // of a sale
	LostRelease  = "release"
	LostRestock  = "restock"
	LostReturn   = "return"
	LostGain     = "gain"
	LostLoss     = "loss"
)

// LostKinds are all of them.
var LostKinds = []string{LostSale, LostTakeBack, LostRelease, LostRestock, LostReturn, LostGain, LostLoss}

// The kinds of cases.
const (
	// CaseShortage: less is on the shelf than is held.
	CaseShortage = "shortage"
	// CaseOversell: more was sold elsewhere than could be sold.
	CaseOversell = "oversell"
	// CaseCopy: two files speak for one till.
	CaseCopy = "copy"
	// CaseMalformed: a till's log cannot be carried out any further.
	CaseMalformed = "malformed"
	// CaseUncovered: a till took units that it did not have, and nothing allowed that.
	CaseUncovered = "uncovered"
	// CaseOrderTwice: a till and another seller have orders with one id.
	CaseOrderTwice = "order_twice"
	// CaseAgainstRule: a till sold what the rule of a campaign forbids.
	CaseAgainstRule = "against_rule"
	// CaseLostLine: a till did something that cannot come into the books by itself.
	CaseLostLine = "lost_line"
	// CaseFileLost: a till's file was given up. A count of the shelf shows what it did not
	// report.
	CaseFileLost = "file_lost"
	// CaseOverReturn: more came back than had left with the order.
	CaseOverReturn = "over_return"
	// CaseParked: a message that says that an order was paid which is not there is parked.
	CaseParked = "parked"
)

// CaseKinds are all of them.
var CaseKinds = []string{CaseShortage, CaseOversell, CaseCopy, CaseMalformed, CaseUncovered, CaseOrderTwice, CaseAgainstRule, CaseLostLine, CaseFileLost, CaseOverReturn, CaseParked}

// The states of a case.
const (
	CaseOpen     = "open"
	CaseAssigned = "assigned"
	CaseDecided  = "decided"
	CaseSettled  = "settled"
)

// CaseStates are all of them.
var CaseStates = []string{CaseOpen, CaseAssigned, CaseDecided, CaseSettled}

// These are the bounds of a case.
const (
	maxCaseID     = 64
	maxCaseText   = 1024
	MaxCaseOrders = 100
	// MaxDeciding is how many decisions that were begun it may have.
	MaxDeciding = 4
	// CarryOnAfter is after which time servers carry on with a decision that was begun.
	CarryOnAfter = 15 * time.Second
	// MaxCaseComments is how many comments it may have: each write of a case writes all of them.
	MaxCaseComments = 50
	// MaxAssignee is how many bytes the name of an assignee may have.
	MaxAssignee = 64
)

// Cases keeps cases.
type Cases struct{ documents[Case] }

// Open stores a case that is new, and returns it as it is stored. One that was
// opened before stays as it is.
func (d Cases) Open(ctx context.Context, c Case) (Case, error) {
	err := c.check()
	if err == nil {
		err = d.store.write(ctx, d.now, func(w *write) error {
			is, _, err := caseKind.get(&w.read, c.Tenant, c.ID)
			if is != nil || err != nil {
				if is != nil {
					c = *is
				}
				return err
			}
			if err := w.findTenant(c.Tenant); err != nil {
				return err
			}
			c.Number, c.State, c.Opened, c.Changed = w.head.seq+1, CaseOpen, Moment{w.time()}, Moment{w.time()}
			if !c.ByHand || c.Lost != nil {
				c.Due = w.time()
			}
			return caseKind.put(w, &c, nil)
		})
	}
	return result(c, err, "open case %q", c.ID)
}

// Update stores what people have decided about a case. If its revision has changed
// meanwhile, nothing is stored: ErrStale.
func (d Cases) Update(ctx context.Context, c Case) (Case, error) {
	err := c.check()
	if err == nil {
		err = d.store.write(ctx, d.now, func(w *write) error {
			was, err := caseKind.must(&w.read, c.Tenant, c.ID)
			switch {
			case err != nil:
				return err
			case was.Revision != c.Revision:
				return ErrStale
			}
			to := c // c stays as it was passed in: this may be run again
			to.Changed, to.Due = Moment{w.time()}, was.Due
			to.Deciding = slices.Clone(c.Deciding)
			for i := range to.Deciding {
				to.Deciding[i].Number = cmp.Or(to.Deciding[i].Number, w.head.seq+1)
			}
			if to.State == CaseSettled {
				to.Due = time.Time{}
				if to.Settled.IsZero() {
					to.Settled = to.Changed
				}
			}
			if slices.ContainsFunc(to.Deciding, func(o CaseDeciding) bool { return o.Looked }) {
				to.Due = w.time().Add(CarryOnAfter)
			}
			if err := caseKind.put(w, &to, was); err != nil {
				return err
			}
			c = to
			return nil
		})
	}
	return result(c, err, "write case %q", c.ID)
}

// Later says that a case was looked at and must be looked at again at the moment.
func (d Cases) Later(ctx context.Context, c Case, at time.Time) error {
	err := d.store.write(ctx, d.now, func(w *write) error { return d.kind.done(w, &c, millis(at)) })
	return during(err, "look at case %q", c.ID)
}

// LookAgain makes the cases of entries that a till has lost due, also those that are no longer looked at: the till's
// log may have come further.
func (d Cases) LookAgain(ctx context.Context, tenant, till string) error {
	some, err := d.List(ctx, CaseQuery{Tenant: tenant, Kind: CaseLostLine, Till: till, Unsettled: true, Limit: 1})
	if err != nil || len(some) == 0 {
		return err
	}
	of := `id IN (SELECT id FROM {document_link} WHERE tenant = ? AND kind = ? AND target = ?)`
	err = d.store.write(ctx, d.now, func(w *write) error {
		return w.exec(`UPDATE {document} SET due = ? WHERE tenant = ? AND kind = ? AND state <> ? AND due = 0 AND `+of+` AND `+of, millis(w.time()),
			tenant, caseKind.name, CaseSettled, tenant, caseKind.name, "kind/"+CaseLostLine, tenant, caseKind.name, "till/"+till)
	})
	return during(err, "look at the cases of till %q", till)
}

// CaseQuery says which cases of a tenant are wanted: those with what is not empty,
// with numbers below Before, 0: all. The newest come first.
type CaseQuery struct {
	Tenant                                                string
	Kind, State, Product, Location, Assignee, Order, Till string
	Before                                                int64
	Limit                                                 int
	// Unsettled chooses those that are not settled and whose number is above After, the oldest first.
	Unsettled bool
	After     int64
}

// List lists cases as of one moment.
func (d Cases) List(ctx context.Context, q CaseQuery) ([]Case, error) {
	return d.list(ctx, func(r *read) ([]Case, error) { return findCases(r, q) })
}

func findCases(r *read, q CaseQuery) ([]Case, error) {
	text, args := `tenant = ? AND parent = '' AND number > 0`, []any{q.Tenant}
	if q.State != "" {
		text, args = text+` AND state = ?`, append(args, q.State)
	}
	if q.Before > 0 {
		text, args = text+` AND number < ?`, append(args, q.Before)
	}
	for _, target := range caseLinks(q.Kind, q.Product, q.Location, q.Assignee, q.Order, q.Till) {
		text += ` AND id IN (SELECT id FROM {document_link} WHERE tenant = ? AND kind = ? AND target = ?)`
		args = append(args, q.Tenant, caseKind.name, target)
	}
	for _, a := range args {
		if s, is := a.(string); is && !storable(s) {
			return nil, nil
		}
	}
	order := ` ORDER BY number DESC LIMIT ?`
	if q.Unsettled {
		text, order = text+` AND state <> ? AND number > ?`, ` ORDER BY number LIMIT ?`
		args = append(args, CaseSettled, q.After)
	}
	return caseKind.find(r, text+order, append(args, pageSize(q.Limit))...)
}

// A case is found by its kind, product, location, assignee, order and till.
var caseKind = documentKind[Case]{
	name: "case", title: "case",
	pack: func(c *Case) document {
		return document{tenant: c.Tenant, id: c.ID, number: c.Number, state: c.State, due: millis(c.Due), seq: c.Revision}
	},
	unpack: func(d *document, c *Case) {
		c.Tenant, c.ID, c.Due, c.Revision = d.tenant, d.id, fromMillis(d.due), d.seq
	},
	links: func(c *Case) []string { return caseLinks(c.Kind, c.Product, c.Location, c.Assignee, c.Order, c.Till) },
}

// caseLinks are the link names of those that are not empty.
func caseLinks(kind, product, location, assignee, order, till string) []string {
	var links []string
	for _, of := range [...][2]string{{"kind/", kind}, {"product/", product}, {"location/", location}, {"assignee/", assignee}, {"order/", order}, {"till/", till}} {
		if of[1] != "" {
			links = append(links, of[0]+of[1])
		}
	}
	return links
}

func (c *Case) check() error {
	for _, id := range [...]struct {
		field, value string
		most         int
	}{
		{"case_id", c.ID, maxCaseID},
		{"product_id", c.Product, maxProduct},
		{"location_id", c.Location, maxLocation},
	} {
		if id.value == "" && id.field == "product_id" && (c.Till != "" || c.Paid != nil) {
			continue // it is about the till as a whole, or about several products
		}
		if err := checkID(id.field, id.value, id.most); err != nil {
			return err
		}
	}
	switch {
	case c.State != "" && !slices.Contains(CaseStates, c.State):
		return &InvalidError{Field: "state", Reason: "must be one of " + strings.Join(CaseStates, ", ")}
	case len(c.Orders) > MaxCaseOrders:
		return &InvalidError{Field: "orders", Reason: fmt.Sprintf("must be at most %d", MaxCaseOrders)}
	case len(c.Deciding) > MaxDeciding:
		return &InvalidError{Field: "deciding", Reason: fmt.Sprintf("must be at most %d", MaxDeciding)}
	case len(c.Comments) > MaxCaseComments:
		return &InvalidError{Field: "comments", Reason: fmt.Sprintf("must be at most %d", MaxCaseComments)}
	case slices.ContainsFunc(c.Comments, func(o CaseComment) bool { return len(o.Text) > maxCaseText || !storable(o.Text) }):
		return &InvalidError{Field: "text", Reason: fmt.Sprintf("must have at most %d bytes of text", maxCaseText)}
	case len(c.Assignee) > MaxAssignee || !storable(c.Assignee):
		return &InvalidError{Field: "assignee", Reason: fmt.Sprintf("must have at most %d bytes of text", MaxAssignee)}
	case len(c.Note) > maxCaseText || !storable(c.Note):
		return &InvalidError{Field: "note", Reason: fmt.Sprintf("must have at most %d bytes of text", maxCaseText)}
	}
	return nil
}

// CountOpen counts the cases of a tenant that wait for a decision, by kind.
func (d Cases) CountOpen(ctx context.Context, tenant string) (map[string]int64, error) {
	type count struct {
		target string
		n      int64
	}
	all, err := look(ctx, d.store, func(r *read) ([]count, error) {
		return list(r, func(scan func(...any) error, c *count) error { return scan(&c.target, &c.n) },
			`SELECT l.target, count(*) FROM {document} t JOIN {document_link} l ON l.tenant = t.tenant AND l.kind = t.kind AND l.id = t.id
			WHERE t.kind = ? AND t.tenant = ? AND t.number > 0 AND t.state IN (?, ?) AND l.target LIKE 'kind/%' GROUP BY l.target`,
			caseKind.name, tenant, CaseOpen, CaseAssigned)
	})
	of := make(map[string]int64, len(all))
	for _, c := range all {
		of[strings.TrimPrefix(c.target, "kind/")] = c.n
	}
	return of, during(err, "count open cases")
}
