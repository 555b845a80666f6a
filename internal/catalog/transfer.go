package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// StockTransfer is the document of a transfer of stock between two locations
// of a tenant. Package fulfil, which carries transfers out, packs its content.
// The other fields are those that it is found by. (A Transfer is one of a
// bucket.)
type StockTransfer struct {
	Tenant string `json:"-"`
	ID     string `json:"-"`
	// Number is that of the entry that made it, and grows from one transfer to
	// the next.
	Number int64  `json:"number"`
	From   string `json:"from"` // a location
	To     string `json:"to"`
	State  string `json:"state"`
	// Pending says that a step is begun and not ended.
	Pending bool   `json:"pending,omitempty"`
	Created Moment `json:"created"`
	Changed Moment `json:"changed"`
	// Revision is that of the entry that wrote it last.
	Revision int64           `json:"-"`
	Body     json.RawMessage `json:"body"`
}

// Bytes that a transfer's own words may have.
const (
	maxTransfer      = 64
	maxTransferState = 32
	maxTransferBody  = 8 << 20
)

// Transfers keeps transfers of stock. Due are those with a step that is begun and not
// ended, and that nobody has written since the moment, the oldest first.
type Transfers struct{ documents[StockTransfer] }

// Whenever makes Create ignore which transfers others have made.
const Whenever = -1

// Create stores new transfers, all of one tenant, all or none, and
// returns them with their numbers. One whose id is taken is ErrStale, and so is
// a transfer of the tenant with a number above newest, unless that is Whenever:
// the caller has not seen it.
func (d Transfers) Create(ctx context.Context, newest int64, made ...StockTransfer) ([]StockTransfer, error) {
	for _, t := range made {
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("create transfer %q: %w", t.ID, err)
		}
	}
	err := d.store.write(ctx, d.now, func(w *write) error { return openTransfers(w, newest, made) })
	return result(made, err, "create %d transfers", len(made))
}

// Update stores the transfer anew, except its locations, which stay. If its
// revision has changed meanwhile, nothing is stored: ErrStale.
func (d Transfers) Update(ctx context.Context, t StockTransfer) (StockTransfer, error) {
	var stored StockTransfer
	err := t.check()
	if err == nil {
		err = d.store.write(ctx, d.now, func(w *write) error {
			was, err := transferKind.must(&w.read, t.Tenant, t.ID)
			switch {
			case err != nil:
				return err
			case was.Revision != t.Revision:
				return ErrStale
			}
			stored = t // t stays as it was passed in: this may be run again
			return stored.change(w, was)
		})
	}
	return result(stored, err, "write transfer %q", t.ID)
}

// TransferQuery says which transfers of a tenant are wanted: those in one of
// the states, or in any when there are none; those from or to the location, or
// all when it is empty; with numbers below Before, 0: all, and above After.
type TransferQuery struct {
	Tenant        string
	States        []string
	Location      string
	Before, After int64
	Oldest        bool // the oldest come first, not the newest
	Limit         int
}

// List lists transfers as of one moment.
func (d Transfers) List(ctx context.Context, q TransferQuery) ([]StockTransfer, error) {
	return d.list(ctx, func(r *read) ([]StockTransfer, error) { return findTransfers(r, q) })
}

func (t *StockTransfer) check() error {
	if err := checkID("transfer_id", t.ID, maxTransfer); err != nil {
		return err
	}
	if err := checkID("from_location_id", t.From, maxLocation); err != nil {
		return err
	}
	if err := checkID("to_location_id", t.To, maxLocation); err != nil {
		return err
	}
	switch {
	case t.State == "" || len(t.State) > maxTransferState || !storable(t.State):
		return &InvalidError{Field: "state", Reason: fmt.Sprintf("must have 1 to %d bytes of text", maxTransferState)}
	case len(t.Body) > maxTransferBody || !json.Valid(t.Body):
		return &InvalidError{Field: "lines", Reason: fmt.Sprintf("are more than a transfer keeps, %d bytes", maxTransferBody)}
	}
	return nil
}

// openTransfers is Create within a transaction.
func openTransfers(w *write, newest int64, made []StockTransfer) error {
	for i := range made {
		t := &made[i]
		if i == 0 {
			if err := mayTransfer(w, t.Tenant, newest); err != nil {
				return err
			}
		}
		if taken, _, err := transferKind.get(&w.read, t.Tenant, t.ID); err != nil {
			return err
		} else if taken != nil {
			return ErrStale
		}
		if err := t.open(w); err != nil {
			return err
		}
	}
	return nil
}

// mayTransfer refuses transfers of a tenant that is not known, or that has one
// newer than the newest that the caller has seen.
func mayTransfer(w *write, tenant string, newest int64) error {
	if err := w.findTenant(tenant); err != nil {
		return err
	}
	if newest == Whenever {
		return nil
	}
	last, err := findTransfers(&w.read, TransferQuery{Tenant: tenant, Limit: 1})
	if err == nil && len(last) > 0 && last[0].Number > newest {
		err = ErrStale
	}
	return err
}

// A transfer is found by its locations. One that is pending is due from its last
// change on.
var transferKind = documentKind[StockTransfer]{
	name: "transfer", title: "transfer",
	pack: func(t *StockTransfer) document {
		d := document{tenant: t.Tenant, id: t.ID, number: t.Number, state: t.State, seq: t.Revision}
		if t.Pending {
			d.due = millis(t.Changed.Time)
		}
		return d
	},
	unpack: func(d *document, t *StockTransfer) { t.Tenant, t.ID, t.Revision = d.tenant, d.id, d.seq },
	links:  func(t *StockTransfer) []string { return slices.Compact([]string{t.From, t.To}) },
}

func findTransfers(r *read, q TransferQuery) ([]StockTransfer, error) {
	if !storable(q.Tenant) || !storable(q.Location) || slices.ContainsFunc(q.States, func(s string) bool { return !storable(s) }) {
		return nil, nil
	}
	text, args := `tenant = ? AND parent = '' AND number > 0`, []any{q.Tenant}
	if len(q.States) > 0 {
		text += ` AND state IN ` + tuples(1, len(q.States))
		for _, s := range q.States {
			args = append(args, s)
		}
	}
	if q.Location != "" {
		text += ` AND id IN (SELECT id FROM {document_link} WHERE tenant = ? AND kind = ? AND target = ?)`
		args = append(args, q.Tenant, transferKind.name, q.Location)
	}
	if q.Before > 0 {
		text += ` AND number < ?`
		args = append(args, q.Before)
	}
	if q.After > 0 {
		text += ` AND number > ?`
		args = append(args, q.After)
	}
	order := ` ORDER BY number DESC LIMIT ?`
	if q.Oldest {
		order = ` ORDER BY number LIMIT ?`
	}
	return transferKind.find(r, text+order, append(args, pageSize(q.Limit))...)
}

// open stores a new transfer.
func (t *StockTransfer) open(w *write) error {
	t.Number, t.Created, t.Changed = w.head.seq+1, Moment{w.time()}, Moment{w.time()}
	return transferKind.put(w, t, nil)
}

// change stores the transfer anew; was is how it is so far.
func (t *StockTransfer) change(w *write, was *StockTransfer) error {
	t.Number, t.From, t.To, t.Created, t.Changed = was.Number, was.From, was.To, was.Created, Moment{w.time()}
	return transferKind.put(w, t, was)
}
