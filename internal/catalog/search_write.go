package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// SearchEntry is what an index has of a product.
type SearchEntry struct {
	// Terms are what the product is found by, sorted. None: it is not found.
	Terms []string `json:"terms,omitempty"`
	// Body is what is shown of its stock.
	Body json.RawMessage `json:"body,omitempty"`
}

// SearchSubject is a product of which an index is to have something.
type SearchSubject struct {
	Details
	// Gone says that its details were taken away.
	Gone bool
	// versions are those of its entries, by the id of the index.
	versions map[int64]int64
}

// Subjects returns the products among these that have or had details, and the indexes of
// the tenant that should contain them, all as of one moment.
func (c SearchIndexes) Subjects(ctx context.Context, tenant string, products []string) (found []SearchSubject, in []SearchIndex, err error) {
	err = c.store.read(ctx, func(r *read) error {
		found = nil
		if in, err = readSearchIndexes(r, tenant); err != nil || len(in) == 0 {
			return err
		}
		all, err := detailsKind.readSome(r, tenant, products)
		if err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(all)) {
			found = append(found, SearchSubject{Details: *all[id].document, Gone: all[id].gone})
		}
		return addVersions(r, in, found)
	})
	return found, in, during(err, "read %d products for their index", len(products))
}

// Unbuilt returns the next products that an index which is built is to have, by number.
func (c SearchIndexes) Unbuilt(ctx context.Context, x SearchIndex, limit int) (found []SearchSubject, err error) {
	err = c.store.read(ctx, func(r *read) error {
		found = nil
		all, err := readUnbuilt(r, x, limit)
		if err != nil {
			return err
		}
		for i := range all {
			found = append(found, SearchSubject{Details: all[i]})
		}
		return addVersions(r, []SearchIndex{x}, found)
	})
	return found, during(err, "read products for index %d", x.ID)
}

func readUnbuilt(r *read, x SearchIndex, limit int) ([]Details, error) {
	return detailsKind.find(r, `tenant = ? AND parent = '' AND number > 0 AND number > ? AND NOT gone ORDER BY number LIMIT ?`, x.Tenant, x.Built, pageSize(limit))
}

func addVersions(r *read, in []SearchIndex, of []SearchSubject) error {
	at := make(map[int64]*SearchSubject, len(of))
	numbers := make([]any, len(of))
	for i := range of {
		of[i].versions = map[int64]int64{}
		at[of[i].Number], numbers[i] = &of[i], of[i].Number
	}
	for _, x := range in {
		rows, err := listIn(r, func(scan func(...any) error, e *searchRow) error { return scan(&e.number, &e.version) },
			`SELECT number, version FROM {search_entry} WHERE index_id = ? AND number IN `, []any{x.ID}, numbers)
		if err != nil {
			return err
		}
		for _, row := range rows {
			at[row.number].versions[x.ID] = row.version
		}
	}
	return nil
}

// SearchWrite is the entry that a product is to have.
type SearchWrite struct {
	Of *SearchSubject
	SearchEntry
}

// Write stores entries, one of a product. If somebody else has written an entry of a product
// since it was read, the entry is not stored: Write returns it, and the product has to be read
// again. So an entry is never replaced by an older one. An index that no longer counts gets
// nothing. If built is above 0, an index that is being built now has all details up to that
// number.
func (c SearchIndexes) Write(ctx context.Context, x SearchIndex, all []SearchWrite, built int64) (stale []SearchWrite, err error) {
	err = c.store.amend(ctx, func(w *write, _ func() error) error {
		stale = nil
		is, err := first(&w.read, scanSearchIndex, `SELECT `+searchColumns+` FROM {search_index} WHERE id = ?{lock}`, x.ID)
		if err != nil || is == nil || is.Tenant != x.Tenant || is.State == SearchDropping {
			return err
		}
		if stale, err = writeEntries(w, x.ID, all); err != nil {
			return err
		}
		if built > 0 && len(stale) == 0 { // else the rest of what was to be built comes again
			return w.exec(`UPDATE {search_index} SET built = ? WHERE id = ? AND state = ? AND built < ?`, built, x.ID, SearchBuilding, built)
		}
		return w.flush()
	})
	return result(stale, err, "write %d entries of index %d", len(all), x.ID)
}

// searchRow is a stored entry.
type searchRow struct {
	number, version int64
	body            []byte
}

func writeEntries(w *write, index int64, all []SearchWrite) (stale []SearchWrite, err error) {
	numbers := make([]any, len(all))
	for i := range all {
		numbers[i] = all[i].Of.Number
	}
	rows, err := listIn(&w.read, func(scan func(...any) error, e *searchRow) error { return scan(&e.number, &e.version, &e.body) },
		`SELECT number, version, body FROM {search_entry} WHERE index_id = ? AND number IN `, []any{index}, numbers)
	if err != nil {
		return nil, err
	}
	stored := make(map[int64]*searchRow, len(rows))
	for i := range rows {
		stored[rows[i].number] = &rows[i]
	}
	changes := termChanges{}
	bytesHeld := 0
	for _, one := range all {
		n := one.Of.Number
		was := stored[n]
		if was == nil {
			was = &searchRow{number: n}
		}
		if was.version != one.Of.versions[index] {
			stale = append(stale, one)
			continue
		}
		var old SearchEntry
		if was.version > 0 {
			if err := json.Unmarshal(was.body, &old); err != nil {
				return nil, fmt.Errorf("entry %d of index %d: %w", n, index, err)
			}
		}
		changes.note(n, old.Terms, one.Terms)
		body, err := json.Marshal(one.SearchEntry)
		if err != nil {
			return nil, fmt.Errorf("pack entry %d of index %d: %w", n, index, err)
		}
		if bytesHeld += len(body); bytesHeld > maxStoring {
			if err := w.flush(); err != nil {
				return nil, err
			}
			bytesHeld = len(body)
		}
		w.upsert(`{search_entry} (index_id, number, version, body)`, ` {on index_id, number} version = {new version}, body = {new body}`,
			index, n, was.version+1, body)
	}
	return stale, changes.store(w, index)
}

// termChanges are the numbers that get a term, and those that lose it, by term and block.
type termChanges map[termBlock]*termChange

type termBlock struct {
	term  string
	block int64
}

type termChange struct{ has, lost SearchSet }

// note notes what a number gets and loses. Both lists are sorted.
func (c termChanges) note(number int64, old, now []string) {
	block, place := BlockOf(number)
	at := func(term string) *termChange {
		key := termBlock{term, block}
		if c[key] == nil {
			c[key] = &termChange{}
		}
		return c[key]
	}
	for len(old) > 0 || len(now) > 0 {
		switch {
		case len(now) == 0 || len(old) > 0 && old[0] < now[0]:
			at(old[0]).lost.Add(place)
			old = old[1:]
		case len(old) == 0 || now[0] < old[0]:
			at(now[0]).has.Add(place)
			now = now[1:]
		default:
			old, now = old[1:], now[1:]
		}
	}
}

// termRow is a stored set.
type termRow struct {
	termBlock
	packed []byte
}

func scanTermRow(scan func(...any) error, t *termRow) error {
	return scan(&t.term, &t.block, &t.packed)
}

// read returns the stored sets of all that changes: block by block, or term by term
// where those are fewer.
func (c termChanges) read(r *read, index int64) (map[termBlock][]byte, error) {
	terms, blocks := map[string][]any{}, map[int64][]any{}
	for _, key := range slices.SortedFunc(maps.Keys(c), termBlock.compare) {
		terms[key.term] = append(terms[key.term], key.block)
		blocks[key.block] = append(blocks[key.block], key.term)
	}
	const text = `SELECT term, block, numbers FROM {search_term} WHERE index_id = ? AND `
	found := make(map[termBlock][]byte, len(c))
	take := func(rows []termRow, err error) error {
		for _, row := range rows {
			found[row.termBlock] = row.packed
		}
		return err
	}
	if len(blocks) <= len(terms) {
		for _, block := range slices.Sorted(maps.Keys(blocks)) {
			if err := take(listIn(r, scanTermRow, text+`block = ? AND term IN `, []any{index, block}, blocks[block])); err != nil {
				return nil, err
			}
		}
		return found, nil
	}
	for _, term := range slices.Sorted(maps.Keys(terms)) {
		if err := take(listIn(r, scanTermRow, text+`term = ? AND block IN `, []any{index, term}, terms[term])); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// store changes the stored sets.
func (c termChanges) store(w *write, index int64) error {
	found, err := c.read(&w.read, index)
	if err != nil {
		return err
	}
	var empty []termBlock
	for _, key := range slices.SortedFunc(maps.Keys(c), termBlock.compare) {
		var set SearchSet
		if packed, ok := found[key]; ok {
			if err := set.unpack(packed); err != nil {
				return fmt.Errorf("%q in block %d of index %d: %w", key.term, key.block, index, err)
			}
		}
		set.Without(&c[key].lost)
		set.Or(&c[key].has)
		if set == (SearchSet{}) {
			empty = append(empty, key)
			continue
		}
		w.upsert(`{search_term} (index_id, term, block, numbers)`, ` {on index_id, term, block} numbers = {new numbers}`, index, key.term, key.block, set.pack())
	}
	for _, key := range empty {
		if err := w.exec(`DELETE FROM {search_term} WHERE index_id = ? AND term = ? AND block = ?`, index, key.term, key.block); err != nil {
			return err
		}
	}
	return nil
}

func (a termBlock) compare(b termBlock) int {
	if a.term != b.term {
		if a.term < b.term {
			return -1
		}
		return 1
	}
	return int(a.block - b.block)
}
