package catalog

import (
	"encoding/json"
	"slices"
)

// transferBody is a transfer in the log.
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

func (t StockTransfer) body() any {
	return transferBody{t.Number, t.From, t.To, t.State, t.Pending, millis(t.Created), millis(t.Changed), t.Body}
}

const transferColumns = `tenant, id, number, from_location, to_location, state, pending, created, changed, body, seq`

func scanTransfer(scan func(...any) error, t *StockTransfer) error {
	var created, changed int64
	var body []byte
	err := scan(&t.Tenant, &t.ID, &t.Number, &t.From, &t.To, &t.State, &t.Pending, &created, &changed, &body, &t.Revision)
	t.Created, t.Changed, t.Body = fromMillis(created), fromMillis(changed), body
	return err
}

func (r *read) transfer(tenant, id string) (StockTransfer, bool, error) {
	if !storable(tenant) || !storable(id) {
		return StockTransfer{}, false, nil
	}
	all, err := list(r, scanTransfer, `SELECT `+transferColumns+` FROM {transfer} WHERE tenant = ? AND id = ?`, tenant, id)
	if err != nil || len(all) == 0 {
		return StockTransfer{}, false, err
	}
	return all[0], true, nil
}

func (r *read) transfers(q TransferQuery) ([]StockTransfer, error) {
	if !storable(q.Tenant) || !storable(q.Location) || slices.ContainsFunc(q.States, func(s string) bool { return !storable(s) }) {
		return nil, nil
	}
	text, args := `SELECT `+transferColumns+` FROM {transfer} WHERE tenant = ?`, []any{q.Tenant}
	if len(q.States) > 0 {
		text += ` AND state IN ` + tuples(1, len(q.States))
		for _, s := range q.States {
			args = append(args, s)
		}
	}
	if q.Location != "" {
		text += ` AND (from_location = ? OR to_location = ?)`
		args = append(args, q.Location, q.Location)
	}
	if q.Before > 0 {
		text += ` AND number < ?`
		args = append(args, q.Before)
	}
	return list(r, scanTransfer, text+` ORDER BY number DESC LIMIT ?`, append(args, max(1, min(q.Limit, maxListed)))...)
}

func (w *write) openTransfer(t *StockTransfer) error {
	t.Number, t.Created, t.Changed = w.head.seq+1, w.at(), w.at()
	seq, err := w.log(t.Tenant, KindTransferCreated, t.ID, t.body())
	if err != nil {
		return err
	}
	t.Revision = seq
	w.insert(`{transfer} (`+transferColumns+`)`,
		t.Tenant, t.ID, t.Number, t.From, t.To, t.State, t.Pending, millis(t.Created), millis(t.Changed), string(t.Body), seq)
	return nil
}

// changeTransfer stores the transfer anew; was is its row so far.
func (w *write) changeTransfer(t *StockTransfer, was StockTransfer) error {
	t.Number, t.From, t.To, t.Created, t.Changed = was.Number, was.From, was.To, was.Created, w.at()
	seq, err := w.log(t.Tenant, KindTransferChanged, t.ID, t.body())
	if err != nil {
		return err
	}
	t.Revision = seq
	return w.exec(`UPDATE {transfer} SET state = ?, pending = ?, changed = ?, body = ?, seq = ? WHERE tenant = ? AND id = ?`,
		t.State, t.Pending, millis(t.Changed), string(t.Body), seq, t.Tenant, t.ID)
}
