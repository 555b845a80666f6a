package catalog

import "context"

// changesSince returns the documents of a kind, of all tenants, that were set or dropped behind the revision
// of the catalog, each as it is now, and the revision to ask with next. Behind 0 it returns what all
// does; else it reads only documents that changed.
func changesSince[T any](ctx context.Context, c *core, k *documentKind[T], revision int64, all func(*read) ([]T, error)) (changed []T, next int64, err error) {
	next = revision
	changed, err = look(ctx, c.store, func(r *read) ([]T, error) {
		h, err := r.readHead()
		if err != nil || h.seq <= revision {
			return nil, err
		}
		next = h.seq
		if revision == 0 {
			return all(r)
		}
		return k.changedSince(r, revision)
	})
	if err != nil {
		next = revision
	}
	return changed, next, err
}

func (k *documentKind[T]) changedSince(r *read, revision int64) (changed []T, err error) {
	ids := map[string][]string{}
	_, err = list(r, func(scan func(...any) error, key *[2]string) error {
		if err := scan(&key[0], &key[1]); err != nil {
			return err
		}
		ids[key[0]] = append(ids[key[0]], key[1])
		return nil
	}, `SELECT DISTINCT tenant, subject FROM {catalog_log} WHERE seq > ? AND kind IN (?, ?)`,
		revision, k.name+entrySet, k.name+entryDropped)
	if err != nil {
		return nil, err
	}
	for tenant, some := range ids {
		found, err := k.readSome(r, tenant, some)
		if err != nil {
			return nil, err
		}
		for _, is := range found {
			changed = append(changed, *is.document)
		}
	}
	return changed, nil
}
