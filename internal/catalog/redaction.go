package catalog

import (
	"context"
	"fmt"
	"strconv"
)

// Redaction is the trace of a run that took free text of a tenant out of the log: who
// and how much, and nothing of what it said.
type Redaction struct {
	Tenant string `json:"-"`
	ID     string `json:"-"`
	Number int64  `json:"number"`
	By     string `json:"by"`
	// Chosen are the names of what entries were chosen by, such as "order".
	Chosen []string `json:"chosen"`
	// Records is how many records have changed, Notes how many texts are gone, Entries
	// how many entries had one that were asked for, and Others how many had the same.
	Records int64  `json:"records"`
	Notes   int64  `json:"notes"`
	Entries int64  `json:"entries"`
	Others  int64  `json:"others"`
	Began   Moment `json:"began"`
	// Ended is zero while it runs, and stays so when it was interrupted.
	Ended    Moment `json:"ended"`
	revision int64
}

const (
	maxRedactor = 64
	maxChosenBy = 16
)

// Redactions keeps the traces of redactions.
type Redactions struct{ documents[Redaction] }

// Begin notes that a redaction begins, before anything is redacted.
func (d Redactions) Begin(ctx context.Context, r Redaction) (Redaction, error) {
	var err error
	switch {
	case r.By == "" || len(r.By) > maxRedactor || !printable(r.By):
		err = &InvalidError{Field: "by", Reason: fmt.Sprintf("must be text of 1 to %d bytes", maxRedactor)}
	case len(r.Chosen) == 0 || len(r.Chosen) > maxChosenBy:
		err = &InvalidError{Field: "chosen", Reason: fmt.Sprintf("must be 1 to %d", maxChosenBy)}
	default:
		err = d.store.write(ctx, d.now, func(w *write) error {
			if err := w.findTenant(r.Tenant); err != nil {
				return err
			}
			r.Number, r.Began = w.head.seq+1, Moment{w.time()}
			r.ID = strconv.FormatInt(r.Number, 10)
			return redactionKind.put(w, &r, nil)
		})
	}
	return result(r, err, "note a redaction")
}

// End notes what a redaction that began has done.
func (d Redactions) End(ctx context.Context, r Redaction) error {
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, err := redactionKind.must(&w.read, r.Tenant, r.ID)
		if err != nil {
			return err
		}
		to := r
		to.Ended = Moment{w.time()}
		return redactionKind.put(w, &to, was)
	})
	return during(err, "note redaction %q", r.ID)
}

// Latest returns redactions of a tenant, the newest first.
func (d Redactions) Latest(ctx context.Context, tenant string, limit int) ([]Redaction, error) {
	return d.list(ctx, func(r *read) ([]Redaction, error) {
		return redactionKind.find(r, `tenant = ? AND parent = '' AND number > 0 ORDER BY number DESC LIMIT ?`, tenant, pageSize(limit))
	})
}

var redactionKind = documentKind[Redaction]{
	name: "redaction", title: "redaction",
	pack: func(r *Redaction) document {
		return document{tenant: r.Tenant, id: r.ID, number: r.Number, seq: r.revision}
	},
	unpack: func(d *document, r *Redaction) { r.Tenant, r.ID, r.revision = d.tenant, d.id, d.seq },
}
