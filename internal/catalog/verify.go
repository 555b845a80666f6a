package catalog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Verdict is what VerifyLog found.
type Verdict struct {
	Head       int64    // seq of the newest entry
	Hash       [32]byte // of the newest entry, for an anchor kept elsewhere
	Violations []string // the first maxViolations, empty when all is well
}

// OK reports that nothing was found.
func (v Verdict) OK() bool { return len(v.Violations) == 0 }

// maxViolations bounds what a verdict names.
const maxViolations = 20

// VerifyLog reads the whole log and all tables in one snapshot. It checks that
// the log has no gaps, is in order of time and is chained. It also checks that
// every table row is what its newest entry says, and that every entry has its
// row. Its memory does not grow with the log. Servers may work meanwhile.
func (c *Catalog) VerifyLog(ctx context.Context) (Verdict, error) {
	var verdict Verdict
	err := c.store.readLong(ctx, func(r *read) (err error) {
		verdict, err = verify(r)
		return err
	})
	return result(verdict, err, "verify catalog")
}

func verify(r *read) (Verdict, error) {
	v := &verifier{read: r}
	err := v.entries()
	if err == nil {
		err = v.rows()
	}
	return Verdict{Head: v.last.seq, Hash: v.last.hash, Violations: v.found}, err
}

type verifier struct {
	*read
	last head // of what was checked so far
	// erased is how many entries are erased, less those that deletions account
	// for.
	erased int64
	found  []string
}

func (v *verifier) violation(format string, args ...any) {
	if len(v.found) < maxViolations {
		v.found = append(v.found, "catalog: "+fmt.Sprintf(format, args...))
	}
}

// entries checks the log from its first entry to its head.
func (v *verifier) entries() error {
	for {
		page, err := readLog(v.read, v.last.seq, MaxLogPage)
		if err != nil {
			return err
		}
		for i := range page {
			if err := v.entry(&page[i]); err != nil {
				return err
			}
		}
		if len(page) == 0 {
			break
		}
	}
	h, err := v.readHead()
	if err != nil {
		return err
	}
	var count int64
	if _, err := v.readRow(`SELECT count(*) FROM {catalog_log}`, nil, &count); err != nil {
		return err
	}
	if count != v.last.seq {
		v.violation("the log has %d entries and ends at %d", count, v.last.seq)
	}
	if v.erased != 0 {
		v.violation("%d entries more are erased than tenants that were deleted had", v.erased)
	}
	if h != v.last {
		v.violation("the head is at %d (%x), the log ends at %d (%x)", h.seq, h.hash[:4], v.last.seq, v.last.hash[:4])
	}
	return nil
}

func (v *verifier) entry(e *Entry) error {
	if e.Seq != v.last.seq+1 {
		v.violation("entries %d to %d are missing", v.last.seq+1, e.Seq-1)
	}
	if millis(e.At) < v.last.at {
		v.violation("entry %d is older than the one in front of it", e.Seq)
	}
	if e.Kind != KindErased && e.chain(v.last.hash) != e.Hash {
		v.violation("entry %d does not follow from the one in front of it (hash)", e.Seq)
	}
	v.last = head{seq: e.Seq, at: millis(e.At), hash: e.Hash}
	if v.erasure(e) {
		return nil
	}
	table, _, _ := strings.Cut(e.Kind, ".")
	row, seq, err := v.row(table, e)
	switch {
	case errors.Is(err, ErrUnavailable) || v.ctx.Err() != nil:
		return err
	case err != nil:
		v.violation("entry %d: %v", e.Seq, err)
	case row == nil:
		v.violation("entry %d says %s of %s %q, which is not there", e.Seq, e.Kind, table, e.Subject)
	case seq < e.Seq:
		v.violation("%s %q is as of entry %d and lacks entry %d", table, e.Subject, seq, e.Seq)
	case seq == e.Seq && !bytes.Equal(row, asOfNow(table, e.Body)):
		v.violation("%s %q is not what entry %d says: %s, not %s", table, e.Subject, seq, row, e.Body)
	}
	return nil
}

// asOfNow is the body of an entry without settings that no longer exist: older entries,
// like their rows, have settings that tenants have since lost.
func asOfNow(table string, body []byte) []byte {
	if table != "tenant" {
		return body
	}
	t := Tenant{Settings: DefaultSettings()}
	if json.Unmarshal(body, &t) != nil {
		return body
	}
	now, err := json.Marshal(t)
	if err != nil {
		return body
	}
	return now
}

// row returns a table row in the form of a log body, nil when there is none,
// and the entry it is as of.
func (v *verifier) row(table string, e *Entry) (body []byte, seq int64, err error) {
	var row any
	var found bool
	tenant, id := e.Tenant, e.Subject
	switch table {
	case "tenant":
		row, err = anyRow(readTenant(v.read, id))
	case "product":
		row, err = anyRow(readProduct(v.read, tenant, id))
	case "location":
		row, err = anyRow(readLocation(v.read, tenant, id))
	case "key":
		var k *Key
		if k, err = readKey(v.read, id); k != nil {
			row = k.body()
		}
	case "epoch":
		if row, found, err = readHistory(v.read, id); !found {
			row = nil
		}
	case "layout":
		var l *Layout
		if l, err = readLayout(v.read); l != nil {
			row = l.body()
		}
	default:
		if documentKinds[table] == nil {
			return nil, 0, fmt.Errorf("kind %q is unknown", table)
		}
		return v.documentOf(e, table)
	}
	if err != nil || row == nil {
		return nil, 0, err
	}
	for _, t := range catalogTables {
		if t.kind == table {
			found, err = v.readRow(`SELECT seq FROM {`+t.name+`} t WHERE `+t.tenant+` = ? AND id = ?`, []any{tenant, id}, &seq)
		}
	}
	if err != nil || !found { // a key that is another tenant's is not there
		return nil, 0, err
	}
	body, err = json.Marshal(row)
	return body, seq, err
}

// anyRow is nil when there is no row.
func anyRow[T any](row *T, err error) (any, error) {
	if row == nil {
		return nil, err
	}
	return row, err
}

// catalogTables is every table that the log is about but the documents': the first
// part of its kinds, its name, and what holds the tenant.
var catalogTables = [...]struct{ kind, name, tenant string }{
	{"tenant", "tenant", "t.id"},
	{"product", "product", "t.tenant"},
	{"location", "location", "t.tenant"},
	{"key", "api_key", "t.tenant"},
	{"layout", "layout", "''"},
	{"epoch", "epoch", "''"},
}

// rows finds table rows that no entry is about.
func (v *verifier) rows() error {
	for _, t := range catalogTables {
		type stray struct {
			id  string
			seq int64
		}
		strays, err := list(v.read, func(scan func(...any) error, s *stray) error { return scan(&s.id, &s.seq) },
			`SELECT t.id, t.seq FROM {`+t.name+`} t
			LEFT JOIN {catalog_log} l ON l.seq = t.seq AND l.tenant = `+t.tenant+` AND l.subject = t.id AND l.kind LIKE ?
			WHERE l.seq IS NULL LIMIT ?`, t.kind+".%", maxViolations)
		if err != nil {
			return err
		}
		for _, s := range strays {
			v.violation("%s %q says it is as of entry %d, which is not about it", t.kind, s.id, s.seq)
		}
	}
	if err := v.strayDocuments(); err != nil {
		return err
	}
	return v.strayRows()
}
