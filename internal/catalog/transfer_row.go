package catalog

import (
	"encoding/json"
	"slices"
)

// transferBody is a transfer in the log, and in its row.
type transferBody struct {
	Number  int64           `json:"number"`
	From    string          `json:"from"`
	To      string          `json:"to"`
	State   string          `json:"state"`
	Pending bool            `json:"pending,omitempty"`
	Created int64           `json:"created"`
	Changed int64           `json:"changed"`
	Body    json.RawMessage `json:"body"`
}

// A transfer is found by its locations. One that is pending is due from its last
// change on.
var transferKind = kind[StockTransfer]{
	name: "transfer", title: "transfer",
	pack: func(t *StockTransfer) (document, any) {
		d := document{tenant: t.Tenant, id: t.ID, number: t.Number, state: t.State, seq: t.Revision}
		if t.Pending {
			d.due = millis(t.Changed)
		}
		return d, transferBody{t.Number, t.From, t.To, t.State, t.Pending, millis(t.Created), millis(t.Changed), t.Body}
	},
	unpack: func(d *document, t *StockTransfer) error {
		var b transferBody
		err := parse(d.body, &b)
		*t = StockTransfer{
			Tenant: d.tenant, ID: d.id, Number: b.Number, From: b.From, To: b.To, State: b.State, Pending: b.Pending,
			Created: fromMillis(b.Created), Changed: fromMillis(b.Changed), Revision: d.seq, Body: b.Body,
		}
		return err
	},
	links: func(t *StockTransfer) []string { return slices.Compact([]string{t.From, t.To}) },
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
	return transferKind.find(r, text+` ORDER BY number DESC LIMIT ?`, append(args, pageSize(q.Limit))...)
}

// open stores a new transfer.
func (t *StockTransfer) open(w *write) (err error) {
	t.Number, t.Created, t.Changed = w.head.seq+1, w.at(), w.at()
	t.Revision, err = transferKind.put(w, t, nil)
	return err
}

// change stores the transfer anew; was is how it is so far.
func (t *StockTransfer) change(w *write, was *StockTransfer) (err error) {
	t.Number, t.From, t.To, t.Created, t.Changed = was.Number, was.From, was.To, was.Created, w.at()
	t.Revision, err = transferKind.put(w, t, was)
	return err
}
