package audit

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// maxNamedParts is how many parts of a table that did not agree are looked at
// row by row.
const maxNamedParts = 8

// nameRows finds out which rows are wrong in the parts of tables that did not
// agree. It reads the rows again, with the head of another snapshot. For holds and
// the journal it walks the log a second time, to know the rows at that head.
func (a *audit) nameRows(ctx context.Context) error {
	if len(a.items.differ)+len(a.items.stale) > 0 {
		if err := a.nameItems(ctx); err != nil {
			return err
		}
	}
	if len(a.holds.differ)+len(a.holds.stale) > 0 {
		if err := a.nameHolds(ctx); err != nil {
			return err
		}
	}
	if a.lines != nil && len(a.lines.differ) > 0 {
		return a.nameJournal(ctx)
	}
	return nil
}

// partsToName returns which parts of the table are looked at.
func (t *table) partsToName() map[int]bool {
	parts := map[int]bool{}
	for _, p := range t.differ[:min(len(t.differ), maxNamedParts)] {
		parts[p] = true
	}
	for _, p := range t.stale {
		parts[p] = true
	}
	return parts
}

// noteDiffering reports the parts that differ and were not looked at. It also
// reports a table as wrong when a second look named no row of it.
func (a *audit) noteDiffering(t *table, named bool) {
	if !named && len(t.differ) > 0 {
		a.violation(0, -1, "table %s as of record %d differs from the log in %d of %d parts; a second look found no difference",
			t.name, t.at, len(t.differ), hashParts)
	}
	a.report.More += max(0, len(t.differ)-maxNamedParts)
}

// nameItems compares the rows of items one by one, at the head of the new
// snapshot.
func (a *audit) nameItems(ctx context.Context) error {
	parts := a.items.partsToName()
	rows := map[stock.ItemKey]engine.ItemRow{}
	at, err := a.eng.ScanItems(ctx, engine.ItemScan{All: true}, func(r *engine.ItemRow) error {
		if parts[a.hasher.item(r).part] {
			row := *r
			row.Packed = bytes.Clone(r.Packed)
			rows[r.Key] = row
		}
		return nil
	})
	if err != nil {
		return err
	}
	if whole, err := a.replay(ctx, at); err != nil || !whole {
		return err
	}
	named := false
	wrong := func(format string, args ...any) { named = true; a.violation(0, -1, format, args...) }
	for _, k := range sortedItems(a.books.items) {
		it := a.books.items[k]
		want := itemRow(&it.item)
		if it.gone || !parts[a.hasher.item(&want).part] {
			continue
		}
		got, ok := rows[k]
		delete(rows, k)
		if !ok {
			if a.books.moved.stage(it.item.Bucket) != stock.Left {
				wrong("item %s: the row is missing", itemName(k))
			}
			continue
		}
		for _, d := range itemDifferences(&got, &want) {
			wrong("item %s: %s as of record %d", itemName(k), d, at)
		}
	}
	for _, k := range sortedItems(rows) {
		wrong("item %s: there is a row, the log does not know the item", itemName(k))
	}
	a.noteDiffering(a.items, named)
	return nil
}

// itemDifferences names the columns in which the rows differ.
func itemDifferences(got, want *engine.ItemRow) []string {
	var found []string
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"available", got.Available, want.Available},
		{"held", got.Held, want.Held},
		{"on_hand", got.OnHand, want.OnHand},
		{"threshold", got.Threshold, want.Threshold},
		{"tracked", got.Tracked, want.Tracked},
		{"on_sale", got.OnSale, want.OnSale},
		{"low", got.Low, want.Low},
		{"version", got.Version, want.Version},
		{"updated_at", got.UpdatedAt, want.UpdatedAt},
		{"lapses_at", got.LapsesAt, want.LapsesAt},
		{"bucket", got.Bucket, want.Bucket},
	} {
		if c.got != c.want {
			found = append(found, fmt.Sprintf("%s is %v, the log says %v", c.name, c.got, c.want))
		}
	}
	if bytes.Equal(got.Packed, want.Packed) {
		return found
	}
	is, err := stock.DecodeItem(got.Key, got.Packed)
	if err != nil {
		return append(found, fmt.Sprintf("the packed state cannot be read: %v", err))
	}
	must, err := stock.DecodeItem(want.Key, want.Packed)
	if err != nil {
		return append(found, err.Error())
	}
	balances := len(found)
	for _, b := range must.Balances {
		if q := is.Of(b.Account); q != b.Qty {
			found = append(found, fmt.Sprintf("account %s has %d, the log says %d", b.Account, q, b.Qty))
		}
	}
	for _, b := range is.Balances {
		if must.Of(b.Account) == 0 && b.Qty != 0 {
			found = append(found, fmt.Sprintf("account %s has %d, the log says 0", b.Account, b.Qty))
		}
	}
	for _, id := range channelNames(is, must) {
		got, want := is.Channel(id), must.Channel(id)
		if got == nil || want == nil || *got != *want {
			found = append(found, fmt.Sprintf("channel %q is %s, the log says %s", id, channelText(got), channelText(want)))
		}
	}
	found = append(found, lotDifferences(is, must)...)
	if len(found) == balances {
		found = append(found, "the packed state is not what the log says")
	}
	return found
}

// channelNames lists the channels that either of the items has a record of.
func channelNames(a, b *stock.Item) []string {
	var names []string
	for _, it := range []*stock.Item{a, b} {
		for i := range it.Channels {
			names = append(names, it.Channels[i].ID)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func channelText(c *stock.Channel) string {
	if c == nil {
		return "not there"
	}
	return fmt.Sprintf("%+v", *c)
}

func sortedItems[V any](m map[stock.ItemKey]V) []stock.ItemKey {
	keys := make([]stock.ItemKey, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, stock.ItemKey.Compare)
	return keys
}
