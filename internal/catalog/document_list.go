package catalog

import "time"

// find returns documents of all tenants, gone ones too: those that where says, which
// follows WHERE kind = … AND.
func (k *documentKind[T]) find(r *read, where string, args ...any) ([]T, error) {
	rows, err := list(r, scanDocument, `SELECT `+documentColumns+` FROM {document} WHERE kind = ? AND `+where, append([]any{k.name}, args...)...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	all := make([]T, len(rows))
	for i := range rows {
		if err := k.read(&rows[i], &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// list returns a tenant's documents, by id.
func (k *documentKind[T]) list(r *read, tenant string) ([]T, error) {
	if !storable(tenant) {
		return nil, nil
	}
	return k.find(r, `tenant = ? AND NOT gone ORDER BY id`, tenant)
}

// ever returns what all does, with those that are gone as they were last.
func (k *documentKind[T]) ever(r *read, tenant string) ([]T, error) {
	if !storable(tenant) {
		return nil, nil
	}
	return k.find(r, `tenant = ? ORDER BY id`, tenant)
}

// page returns documents of a tenant with ids behind after, by id.
func (k *documentKind[T]) page(r *read, tenant, after string, limit int) ([]T, error) {
	if !storable(tenant) || !storable(after) {
		return nil, nil
	}
	return k.find(r, `tenant = ? AND id > ? AND NOT gone ORDER BY id LIMIT ?`, tenant, after, pageSize(limit))
}

// due returns documents of all tenants that are due at the moment, the longest
// due first.
func (k *documentKind[T]) due(r *read, at time.Time, limit int) ([]T, error) {
	return k.find(r, `due > 0 AND due <= ? ORDER BY due, tenant, parent, number, id LIMIT ?`, millis(at), pageSize(limit))
}

// kept is a document as it is kept: nil when it never was.
type kept[T any] struct {
	document *T
	gone     bool
}

// readSome returns those documents of a tenant with the ids that ever were, by id.
func (k *documentKind[T]) readSome(r *read, tenant string, ids []string) (map[string]kept[T], error) {
	if !storable(tenant) {
		return nil, nil
	}
	wanted := make([]any, 0, len(ids))
	for _, id := range ids {
		if storable(id) {
			wanted = append(wanted, id)
		}
	}
	rows, err := listIn(r, scanDocument, `SELECT `+documentColumns+` FROM {document} WHERE tenant = ? AND kind = ? AND id IN `, []any{tenant, k.name}, wanted)
	if err != nil {
		return nil, err
	}
	found := make(map[string]kept[T], len(ids))
	for i := range rows {
		t := new(T)
		if err := k.read(&rows[i], t); err != nil {
			return nil, err
		}
		found[rows[i].id] = kept[T]{t, rows[i].gone}
	}
	return found, nil
}

// documentLink says that a document names a target.
type documentLink struct{ target, id string }

// linked returns the links to any of the targets.
func (k *documentKind[T]) linked(r *read, tenant string, targets []string) ([]documentLink, error) {
	wanted := make([]any, len(targets))
	for i, target := range targets {
		wanted[i] = target
	}
	return listIn(r, func(scan func(...any) error, l *documentLink) error { return scan(&l.target, &l.id) },
		`SELECT target, id FROM {document_link} WHERE tenant = ? AND kind = ? AND target IN `, []any{tenant, k.name}, wanted)
}

// pageSize is how many a page has when limit are asked for.
func pageSize(limit int) int { return max(1, min(limit, maxListed)) }
