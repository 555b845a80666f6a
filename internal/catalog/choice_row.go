package catalog

import (
	"bytes"
	"cmp"
	"slices"
)

// choiceRow and keyRow name rows.
type choiceRow struct {
	tenant, order string
	number        int
}

type keyRow struct {
	tenant string
	id     [16]byte
}

func (ch *Choice) row() choiceRow { return choiceRow{ch.Tenant, ch.Order, ch.Number} }
func (k *ChoiceKey) row() keyRow  { return keyRow{k.Tenant, k.ID} }

func (a choiceRow) compare(b choiceRow) int {
	return cmp.Or(cmp.Compare(a.tenant, b.tenant), cmp.Compare(a.order, b.order), cmp.Compare(a.number, b.number))
}

func (a keyRow) compare(b keyRow) int {
	return cmp.Or(cmp.Compare(a.tenant, b.tenant), bytes.Compare(a.id[:], b.id[:]))
}

// readChoices reads the choices of orders, those of each by number.
func readChoices(r *read, orders []orderKey) (map[orderKey][]Choice, error) {
	byTenant := map[string][]any{}
	for _, o := range orders {
		if storable(o.tenant) && storable(o.order) {
			byTenant[o.tenant] = append(byTenant[o.tenant], o.order)
		}
	}
	found := make(map[orderKey][]Choice, len(orders))
	for tenant, ids := range byTenant {
		all, err := listIn(r, func(scan func(...any) error, ch *Choice) error {
			var digest []byte
			var at int64
			ch.Tenant = tenant
			err := scan(&ch.Order, &ch.Number, &ch.Version, &digest, &ch.Body, &at)
			copy(ch.Print[:], digest)
			ch.At = fromMillis(at)
			return err
		}, `SELECT order_id, number, version, print, body, at FROM {choice} WHERE tenant = ? AND order_id IN `, []any{tenant}, ids)
		if err != nil {
			return nil, err
		}
		for _, ch := range all {
			o := orderKey{tenant, ch.Order}
			found[o] = append(found[o], ch)
		}
	}
	for _, all := range found {
		slices.SortFunc(all, func(a, b Choice) int { return a.Number - b.Number })
	}
	return found, nil
}

// readChoiceKeys reads the keys that are there.
func readChoiceKeys(r *read, keys []keyRow) (map[keyRow]ChoiceKey, error) {
	byTenant := map[string][]any{}
	for i := range keys {
		if k := &keys[i]; storable(k.tenant) {
			byTenant[k.tenant] = append(byTenant[k.tenant], k.id[:])
		}
	}
	found := make(map[keyRow]ChoiceKey, len(keys))
	for tenant, ids := range byTenant {
		all, err := listIn(r, func(scan func(...any) error, k *ChoiceKey) error {
			var id, digest []byte
			k.Tenant = tenant
			err := scan(&id, &digest, &k.Outcome)
			copy(k.ID[:], id)
			copy(k.Print[:], digest)
			return err
		}, `SELECT id, print, outcome FROM {choice_key} WHERE tenant = ? AND id IN `, []any{tenant}, ids)
		if err != nil {
			return nil, err
		}
		for _, k := range all {
			found[k.row()] = k
		}
	}
	return found, nil
}

// put stores a choice in place of the version before it, or drops it. It waits for
// any other transaction that is storing it; see storeChosen.
func (ch dropped) put(w *write, now int64) error {
	if ch.gone {
		return mustFind(w, `DELETE FROM {choice} WHERE tenant = ? AND order_id = ? AND number = ? AND version = ?`,
			ch.Tenant, ch.Order, ch.Number, ch.Version)
	}
	if ch.Version == 1 {
		w.insert(`{choice} (tenant, order_id, number, version, print, body, at)`,
			ch.Tenant, ch.Order, ch.Number, ch.Version, ch.Print[:], ch.Body, now)
		return nil
	}
	return mustFind(w, `UPDATE {choice} SET version = ?, print = ?, body = ?, at = ? WHERE tenant = ? AND order_id = ? AND number = ? AND version = ?`,
		ch.Version, ch.Print[:], ch.Body, now, ch.Tenant, ch.Order, ch.Number, ch.Version-1)
}

// put stores a key, or its outcome.
func (k keyed) put(w *write, now int64) error {
	if !k.known {
		w.insert(`{choice_key} (tenant, id, print, outcome, at)`, k.Tenant, k.ID[:], k.Print[:], k.Outcome, now)
		return nil
	}
	return mustFind(w, `UPDATE {choice_key} SET outcome = ?, at = ? WHERE tenant = ? AND id = ? AND print = ? AND outcome = ''`,
		k.Outcome, now, k.Tenant, k.ID[:], k.Print[:])
}

// mustFind changes a row; errTaken when it is not as it was read.
func mustFind(w *write, text string, args ...any) error {
	n, err := w.affect(text, args...)
	if err == nil && n == 0 {
		err = errTaken
	}
	return err
}
