package catalog

import (
	"context"
	"encoding/json"
	"fmt"
)

const (
	// KindTenantDeleted is the entry of a tenant that was deleted, which is nobody's own.
	KindTenantDeleted = "tenant.deleted"
	// KindErased is what is left of an entry of a tenant that was deleted: its number,
	// its time and its hash, from which the chain continues.
	KindErased = "erased"
	// nothing is the body of KindErased.
	nothing = "{}"
)

// deletion is the body of KindTenantDeleted.
type deletion struct {
	By string `json:"by"`
	// Entries is how many entries of the log were erased.
	Entries int64 `json:"entries"`
}

// ownTables are those whose rows are a tenant's own, with what holds its id: those that others
// refer to come last.
var ownTables = [...][2]string{
	{"search_index", "tenant"},
	{"document_link", "tenant"},
	{"document", "tenant"},
	{"choice", "tenant"},
	{"choice_key", "tenant"},
	{"write_key", "tenant"},
	{"console_session", "tenant"},
	{"figure", "tenant"},
	{"api_key", "tenant"},
	{"product", "tenant"},
	{"location", "tenant"},
	{"tenant", "id"},
}

// indexTables are those whose rows are an index's, which is a tenant's.
var indexTables = [...]string{"search_term", "search_entry"}

// DeleteTenant drops everything that the catalog stores of a tenant, or nothing. Only the
// hashes of its entries stay in the log, and an entry with its id, when it was deleted and
// by whom. It returns how many entries were erased. No server may run meanwhile: a running one ends the
// tenant's calls and streams within 2 s, but has its stock and its products in memory.
func (c *tenants) DeleteTenant(ctx context.Context, id, by string) (erased int64, err error) {
	if by == "" || len(by) > maxRedactor || !printable(by) {
		return 0, &InvalidError{Field: "by", Reason: fmt.Sprintf("must be text of 1 to %d bytes", maxRedactor)}
	}
	if id == DefaultTenant {
		return 0, &InvalidError{Field: "tenant", Reason: "must not be the default tenant, which every installation has"}
	}
	err = c.store.write(ctx, c.now, func(w *write) (err error) {
		if err := w.findTenant(id); err != nil {
			return err
		}
		if erased, err = w.affect(`UPDATE {catalog_log} SET tenant = '', kind = ?, subject = '', body = ? WHERE tenant = ?`, KindErased, []byte(nothing), id); err != nil {
			return err
		}
		for _, table := range indexTables {
			if err := w.exec(`DELETE FROM {`+table+`} WHERE index_id IN (SELECT id FROM {search_index} WHERE tenant = ?)`, id); err != nil {
				return err
			}
		}
		for _, t := range ownTables {
			if err := w.exec(`DELETE FROM {`+t[0]+`} WHERE `+t[1]+` = ?`, id); err != nil {
				return err
			}
		}
		_, err = w.log("", KindTenantDeleted, id, deletion{By: by, Entries: erased})
		return err
	})
	if err == nil {
		c.followOwn(ctx, "own deletion of a tenant")
	}
	return result(erased, err, "delete tenant %q", id)
}

// WasDeleted reports whether a tenant of that id was deleted.
func (c *tenants) WasDeleted(ctx context.Context, id string) (bool, error) {
	was, err := look(ctx, c.store, func(r *read) (was bool, err error) {
		var seq int64
		return r.readRow(`SELECT max(seq) FROM {catalog_log} WHERE tenant = '' AND kind = ? AND subject = ? HAVING max(seq) > 0`, []any{KindTenantDeleted, id}, &seq)
	})
	return result(was, err, "look for tenant %q", id)
}

// erasure checks an entry about tenants that were deleted, whose rows are not there.
// false: it is no such entry.
func (v *verifier) erasure(e *Entry) bool {
	switch e.Kind {
	case KindErased:
		v.erased++
		if e.Tenant != "" || e.Subject != "" || string(e.Body) != nothing {
			v.violation("entry %d is erased and says something", e.Seq)
		}
	case KindTenantDeleted:
		var d deletion
		if err := json.Unmarshal(e.Body, &d); err != nil {
			v.violation("entry %d: %v", e.Seq, err)
		}
		v.erased -= d.Entries
	default:
		return false
	}
	return true
}

// strayRows finds rows of tenants that are not there: they would be the rows of the next one with the id. The session
// of a screen that waits for its code has no tenant yet, and the default tenant is never deleted.
func (v *verifier) strayRows() error {
	type stray struct {
		tenant string
		rows   int64
	}
	for _, t := range ownTables {
		if t[0] == "tenant" {
			continue
		}
		all, err := list(v.read, func(scan func(...any) error, s *stray) error { return scan(&s.tenant, &s.rows) },
			`SELECT t.tenant, count(*) FROM {`+t[0]+`} t LEFT JOIN {tenant} o ON o.id = t.tenant WHERE o.id IS NULL AND t.tenant NOT IN ('', ?) GROUP BY t.tenant LIMIT ?`, DefaultTenant, maxViolations)
		if err != nil {
			return err
		}
		for _, s := range all {
			v.violation("table %s has %s of tenant %q, which is not there", t[0], rowsOf(s.rows), s.tenant)
		}
	}
	for _, table := range indexTables {
		var n int64
		if _, err := v.readRow(`SELECT count(*) FROM {`+table+`} t LEFT JOIN {search_index} o ON o.id = t.index_id WHERE o.id IS NULL`, nil, &n); err != nil {
			return err
		}
		if n > 0 {
			v.violation("table %s has %s of an index that is not there", table, rowsOf(n))
		}
	}
	return nil
}

func rowsOf(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}
