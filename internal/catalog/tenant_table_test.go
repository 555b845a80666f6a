package catalog

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// nobodysTables have no rows of a tenant, with why. catalog_log has entries of tenants: what is left of them is
// looked at by each test here.
var nobodysTables = map[string]string{
	"catalog_head":   "where the log ends",
	"catalog_log":    "entries of a tenant that was deleted are erased",
	"catalog_schema": "the version of the tables",
	"epoch":          "histories of slots",
	"figure_cursor":  "a record of each slot",
	"layout":         "which bucket is in which slot",
	"move":           "buckets on their way",
	"node":           "processes",
	"search_cursor":  "an entry of the log",
	"slot_head":      "a record of each slot",
}

// strayRows make a row of a tenant in tables that do not refer to it: it could stay without it.
var strayRows = map[string]func(tenant string) (string, []any){
	"search_index": func(tenant string) (string, []any) {
		return `INSERT INTO {search_index} (id, tenant, state, built, lease) VALUES (7001, ?, 'active', 0, 0)`, []any{tenant}
	},
	"document_link": func(tenant string) (string, []any) {
		return `INSERT INTO {document_link} (tenant, kind, target, id) VALUES (?, 'kit', 'part', 'whole')`, []any{tenant}
	},
	"choice": func(tenant string) (string, []any) {
		return `INSERT INTO {choice} (tenant, order_id, number, version, print, body, at) VALUES (?, 'o', 0, 1, ?, '{}', 1)`, []any{tenant, padded(tenant, 16)}
	},
	"choice_key": func(tenant string) (string, []any) {
		return `INSERT INTO {choice_key} (tenant, id, print, outcome, at) VALUES (?, ?, ?, '', 1)`, []any{tenant, padded(tenant, 16), padded(tenant, 16)}
	},
	"write_key": func(tenant string) (string, []any) {
		return `INSERT INTO {write_key} (tenant, id, print, answer, at) VALUES (?, ?, ?, ?, 1)`, []any{tenant, padded(tenant, 16), padded(tenant, 16), []byte("{}")}
	},
	"console_session": func(tenant string) (string, []any) {
		return `INSERT INTO {console_session} (hash, tenant, key_id, rotated, issuer, subject, operator, role, at, seen) VALUES (?, ?, '', 0, 'i', 's', 'o', 'viewer', 1, 1)`, []any{padded(tenant, 32), tenant}
	},
	"figure": func(tenant string) (string, []any) {
		return `INSERT INTO {figure} (tenant, location, span, at, slot, body) VALUES (?, '', 1, 1, 0, ?)`, []any{tenant, []byte("{}")}
	},
}

// indexRows are rows of the index of strayRows, which name no tenant.
var indexRows = map[string]string{
	"search_entry": `INSERT INTO {search_entry} (index_id, number, version, body) VALUES (7001, 1, 1, ?)`,
	"search_term":  `INSERT INTO {search_term} (index_id, term, block, numbers) VALUES (7001, 'mug', 0, ?)`,
}

// padded is the text with as many bytes.
func padded(text string, n int) []byte {
	b := make([]byte, n)
	copy(b, text)
	return b
}

// plant stores a row of the tenant in each table that does not refer to it.
func plant(t *testing.T, c *Catalog, tenant string) {
	t.Helper()
	for _, row := range strayRows {
		statement, args := row(tenant)
		do(t, c, statement, args...)
	}
	for _, statement := range indexRows {
		do(t, c, statement, []byte("{}"))
	}
}

// tablesOf are all tables of the catalog, with their columns.
func tablesOf(t *testing.T, c *Catalog, in home) map[string][]string {
	t.Helper()
	query := map[string]string{
		"sqlite":   `SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`,
		"postgres": `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'holdfast'`,
		"mysql":    `SELECT SUBSTR(table_name, 10), column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name LIKE 'holdfast%'`,
	}[in.name]
	tables := map[string][]string{}
	for _, row := range scanAll(t, c, query) {
		tables[row[0]] = append(tables[row[0]], row[1])
	}
	if len(tables) < 10 {
		t.Fatalf("only %d tables were found: %v", len(tables), tables)
	}
	return tables
}

// scanAll returns all rows as text.
func scanAll(t *testing.T, c *Catalog, query string) (all [][]string) {
	t.Helper()
	rows, err := c.store.writer.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells, to := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
		for i := range cells {
			to[i] = &cells[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		text := make([]string, len(cells))
		for i := range cells {
			text[i] = string(cells[i])
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// Each table of the schema is either one that a deletion empties of the tenant, or one that no tenant owns a row of. A
// new table fails here until that is decided. After a deletion only the entry that says so has the tenant's id.
func TestEachTableIsEmptiedOfADeletedTenantOrIsNobodys(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		const gone, stays = "vanished", "stays"
		for _, tenant := range []string{gone, stays} {
			mustTenant(t, c, tenant)
			mustKnow(t, c, Ref{tenant, tenant + "-cup", tenant + "-shop"}, Unit{})
			if _, _, err := c.CreateKey(t.Context(), KeySpec{Tenant: tenant, Name: tenant + "-till", Scopes: ScopeRead}); err != nil {
				t.Fatal(err)
			}
			if _, err := c.ReasonLists.Set(t.Context(), ReasonList{Tenant: tenant, Reasons: []Reason{{Code: "b", Direction: ReasonIn, Title: "at " + tenant}}}); err != nil {
				t.Fatal(err)
			}
		}
		plant(t, c, gone)
		owned := map[string]bool{"search_entry": true, "search_term": true}
		for _, table := range ownTables {
			owned[table[0]] = true
		}
		tables := tablesOf(t, c, in)
		names := map[string]string{} // in the database's own words
		for table, columns := range tables {
			names[table] = c.store.text(`{` + table + `}`)
			if why := nobodysTables[table]; owned[table] == (why != "") {
				t.Errorf("table %s (%v): say in ownTables that it is a tenant's, or here why it is nobody's", table, columns)
			}
			if holds := slices.Contains(columns, "tenant") || table == "tenant"; holds && !owned[table] && table != "catalog_log" {
				t.Errorf("table %s has a tenant, and a deletion leaves it", table)
			}
		}
		for table := range owned {
			if n := len(scanAll(t, c, `SELECT 1 FROM `+names[table])); n == 0 {
				t.Errorf("table %s has no row: this test sees nothing of it", table)
			}
		}
		if _, err := c.DeleteTenant(t.Context(), gone, "ops"); err != nil {
			t.Fatal(err)
		}
		for _, table := range slices.Sorted(maps.Keys(tables)) {
			for _, row := range scanAll(t, c, `SELECT * FROM `+names[table]) {
				text := strings.Join(row, "|")
				if strings.Contains(text, gone) && (table != "catalog_log" || !strings.Contains(text, KindTenantDeleted)) {
					t.Errorf("table %s still has %q", table, text)
				}
			}
		}
		for table := range indexRows {
			if n := len(scanAll(t, c, `SELECT 1 FROM `+names[table])); n != 0 {
				t.Errorf("table %s still has %d rows", table, n)
			}
		}
		mustVerify(t, c)
	})
}

// A row that stays, or comes, without its tenant is found.
func TestARowOfATenantThatIsNotThereIsFound(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		mustTenant(t, c, "other")
		plant(t, c, "other")
		mustVerify(t, c)
		mustTenant(t, c, "vanished")
		if _, err := c.DeleteTenant(t.Context(), "vanished", "ops"); err != nil {
			t.Fatal(err)
		}
		do(t, c, `DELETE FROM {search_index}`)
		for table, row := range strayRows {
			statement, args := row("vanished")
			do(t, c, statement, args...)
			want := fmt.Sprintf(`table %s has 1 row of tenant "vanished", which is not there`, table)
			v, err := c.VerifyLog(t.Context())
			if err != nil || !strings.Contains(strings.Join(v.Violations, "\n"), want) {
				t.Errorf("found %q, %v; want %s", v.Violations, err, want)
			}
			do(t, c, `DELETE FROM {`+table+`} WHERE tenant = 'vanished'`)
		}
		v, err := c.VerifyLog(t.Context())
		for table := range indexRows {
			if want := fmt.Sprintf("table %s has 1 row of an index that is not there", table); err != nil || !strings.Contains(strings.Join(v.Violations, "\n"), want) {
				t.Errorf("found %q, %v; want %s", v.Violations, err, want)
			}
		}
	})
}
