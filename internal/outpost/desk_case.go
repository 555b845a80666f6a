package outpost

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// Cases opens cases (catalog.Cases).
type Cases interface {
	// Open leaves a case that was opened before as it is.
	Open(ctx context.Context, c catalog.Case) (catalog.Case, error)
	// LookAgain makes the cases of entries that the till has lost due.
	LookAgain(ctx context.Context, tenant, till string) error
}

// WithCases sets where cases about tills are opened. The default opens none.
func WithCases(c Cases) Option { return func(d *Desk) { d.cases = c } }

// open opens a case about the till. of has the parts that make it the same case as
// another one.
func (d *Desk) open(ctx context.Context, t *catalog.Till, c catalog.Case, of ...string) error {
	if d.cases == nil {
		return nil
	}
	c.Tenant, c.Location, c.Till, c.ByHand = t.Tenant, t.Location, t.ID, true
	if c.ID == "" {
		c.ID = caseID(append([]string{c.Kind, t.ID}, of...)...)
	}
	if c.Happened.IsZero() {
		c.Happened.Time = d.now()
	}
	if c.Operator == "" {
		c.Operator = "till:" + t.ID
	}
	_, err := d.cases.Open(ctx, c)
	return err
}

// caseID names a case by what it is about.
func caseID(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(part)))) // a hash takes everything
		_, _ = h.Write([]byte(part))
	}
	return "case-" + strings.ToLower(base32.StdEncoding.EncodeToString(h.Sum(nil)[:10]))
}

// refuseCopy notes that a file was refused that said it was the till's, and opens a case: two files act for the till. It
// opens one in a pairing, whichever process finds it.
func (d *Desk) refuseCopy(ctx context.Context, t *catalog.Till, epoch, why string) error {
	d.roll.hearStale(t, d.now())
	d.log.WarnContext(ctx, "a till's file is a copy", "tenant", t.Tenant, "till", t.ID, "why", why)
	return d.open(ctx, t, catalog.Case{Kind: catalog.CaseCopy, Reason: why, Reference: "epoch " + epoch}, epoch)
}

// openMalformed opens a case: the till's log cannot be carried out behind a
// record.
func (d *Desk) openMalformed(ctx context.Context, t *catalog.Till, known *stock.Holder, why error) error {
	return d.open(ctx, t, catalog.Case{
		Kind: catalog.CaseMalformed, Reason: why.Error(), Reference: fmt.Sprintf("behind record %d of its log", known.Seq),
	}, nameOf(known.Epoch), fmt.Sprint(known.Seq, " ", known.Done))
}

// openFileLost opens a case: the till's file was given up.
func (d *Desk) openFileLost(ctx context.Context, t *catalog.Till, known *stock.Holder, note stock.Note) error {
	return d.open(ctx, t, catalog.Case{
		Kind: catalog.CaseFileLost, Reason: note.Reason, Operator: note.Operator, Reference: fmt.Sprintf("behind record %d of its log", known.Seq),
	}, nameOf(known.Epoch))
}
