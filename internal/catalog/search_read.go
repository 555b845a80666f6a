package catalog

import (
	"context"
	"encoding/json"
	"fmt"
)

// SearchView reads the index of a tenant that answers, as of one moment.
type SearchView struct {
	r     *read
	index SearchIndex
}

// SearchSets are numbers, by block.
type SearchSets map[int64]*SearchSet

// View calls fn with a view, which is nil while the tenant has no index that answers.
// fn may be called more than once.
func (c SearchIndexes) View(ctx context.Context, tenant string, fn func(*SearchView) error) error {
	err := c.store.read(ctx, func(r *read) error {
		all, err := readSearchIndexes(r, tenant)
		if err != nil {
			return err
		}
		for _, x := range all {
			if x.State == SearchLive {
				return fn(&SearchView{r, x})
			}
		}
		return fn(nil)
	})
	return during(err, "search products of tenant %q", tenant)
}

// lastRune is behind every character that a term may have.
const lastRune = "\U0010FFFF"

// Term returns the numbers that have a term.
func (v *SearchView) Term(term string) (SearchSets, error) {
	return v.sets(`term = ?`, term)
}

// Prefix returns the numbers that have any of the terms that begin so.
func (v *SearchView) Prefix(prefix string) (SearchSets, error) {
	return v.sets(`term >= ? AND term < ?`, prefix, prefix+lastRune)
}

func (v *SearchView) sets(where string, args ...any) (SearchSets, error) {
	all := SearchSets{}
	err := v.scan(where, args, func(_ string, block int64, set *SearchSet) {
		if all[block] == nil {
			all[block] = &SearchSet{}
		}
		all[block].Or(set)
	})
	return all, err
}

// EachTerm calls fn with each term that begins so, term after term, and the numbers that
// have it, block after block. fn must not keep the set.
func (v *SearchView) EachTerm(prefix string, fn func(term string, block int64, set *SearchSet)) error {
	return v.scan(`term >= ? AND term < ?`, []any{prefix, prefix + lastRune}, fn)
}

func (v *SearchView) scan(where string, args []any, fn func(term string, block int64, set *SearchSet)) error {
	rows, err := v.r.query(`SELECT term, block, numbers FROM {search_term} WHERE index_id = ? AND `+where+` ORDER BY term, block`, append([]any{v.index.ID}, args...))
	if err != nil {
		return err
	}
	defer rows.Close()
	var row termRow
	var set SearchSet
	for rows.Next() {
		if err := scanTermRow(rows.Scan, &row); err != nil {
			return v.r.fault(err)
		}
		if err := set.unpack(row.packed); err != nil {
			return fmt.Errorf("%q in block %d of index %d: %w", row.term, row.block, v.index.ID, err)
		}
		fn(row.term, row.block, &set)
	}
	return v.r.fault(rows.Err())
}

// Entries returns the entries of products, by number.
func (v *SearchView) Entries(numbers []int64) (map[int64]SearchEntry, error) {
	rows, err := listIn(v.r, func(scan func(...any) error, e *searchRow) error { return scan(&e.number, &e.body) },
		`SELECT number, body FROM {search_entry} WHERE index_id = ? AND number IN `, []any{v.index.ID}, asAny(numbers))
	if err != nil {
		return nil, err
	}
	found := make(map[int64]SearchEntry, len(rows))
	for _, row := range rows {
		var e SearchEntry
		if err := json.Unmarshal(row.body, &e); err != nil {
			return nil, fmt.Errorf("entry %d of index %d: %w", row.number, v.index.ID, err)
		}
		found[row.number] = e
	}
	return found, nil
}

// Details returns the details of products, by number. Those that were taken away are
// left out.
func (v *SearchView) Details(numbers []int64) (map[int64]Details, error) {
	rows, err := listIn(v.r, scanDocument, `SELECT `+documentColumns+` FROM {document} WHERE tenant = ? AND kind = ? AND parent = '' AND number > 0 AND NOT gone AND number IN `,
		[]any{v.index.Tenant, detailsKind.name}, asAny(numbers))
	if err != nil {
		return nil, err
	}
	found := make(map[int64]Details, len(rows))
	for i := range rows {
		var d Details
		if err := detailsKind.read(&rows[i], &d); err != nil {
			return nil, err
		}
		found[d.Number] = d
	}
	return found, nil
}

func asAny(numbers []int64) []any {
	all := make([]any, len(numbers))
	for i, n := range numbers {
		all[i] = n
	}
	return all
}

// Dump calls fn with the whole content of the index, so that two indexes can be
// compared: entries without their versions, by number, and sets, by term.
func (v *SearchView) Dump(entry func(number int64, e []byte), term func(term string, block int64, set *SearchSet)) error {
	rows, err := list(v.r, func(scan func(...any) error, e *searchRow) error { return scan(&e.number, &e.body) },
		`SELECT number, body FROM {search_entry} WHERE index_id = ? ORDER BY number`, v.index.ID)
	if err != nil {
		return err
	}
	for _, row := range rows {
		entry(row.number, row.body)
	}
	return v.EachTerm("", term)
}

// Last is the highest number of details that the tenant has.
func (c SearchIndexes) Last(ctx context.Context, tenant string) (int64, error) {
	n, err := look(ctx, c.store, func(r *read) (int64, error) { return lastDetails(r, tenant) })
	return result(n, err, "count the products of tenant %q", tenant)
}
