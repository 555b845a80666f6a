package audit

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// table is one table during the audit: its rows in a snapshot, and the rows that
// the log demands.
type table struct {
	name string
	rows rowSet
	log  rowSet
	// at is the head of the snapshot; done says that the log was compared there.
	at   engine.Seq
	done bool
	// differ are the parts that did not agree. stale are those of buckets that have
	// left and of which some rows are still there: these rows must be as they were.
	differ, stale []int
}

// scanTables reads the tables.
func (a *audit) scanTables(ctx context.Context) (err error) {
	if a.opts.Now != 0 {
		if a.gone, err = engine.LastBefore(ctx, a.eng, a.opts.Now-stock.HoldRetention); err != nil {
			return err
		}
	}
	if err := a.scanAtRest(ctx); err != nil {
		return err
	}
	a.keys = newKeyCheck(a.eng)
	if a.opts.JournalKeys == nil {
		return nil
	}
	a.lines = &table{name: "journal"}
	a.lines.at, err = a.eng.ScanJournal(ctx, func(r *engine.JournalRow) error {
		a.report.JournalRows++
		a.countTenant(r.Item.Tenant)
		a.lines.rows.put(a.hasher.journal(r))
		return nil
	})
	return a.noteDamage(a.lines, err)
}

// scanBooks reads the rows of items and holds.
func (a *audit) scanBooks(ctx context.Context) (err error) {
	a.report.Holds, a.report.Tenants = 0, map[string]int{}
	a.items = &table{name: "items"}
	a.items.at, err = a.eng.ScanItems(ctx, engine.ItemScan{All: true}, func(r *engine.ItemRow) error {
		a.items.rows.put(a.hasher.item(r))
		a.countTenant(r.Key.Tenant)
		return nil
	})
	if err := a.noteDamage(a.items, err); err != nil {
		return err
	}
	a.holds = &table{name: "holds"}
	a.holds.at, err = a.eng.ScanHolds(ctx, engine.HoldScan{}, func(r *engine.HoldRow) error {
		a.report.Holds++
		a.countTenant(r.Key.Tenant)
		if a.mustBeThere(r) {
			a.holds.rows.put(a.hasher.hold(r))
		}
		return nil
	})
	return a.noteDamage(a.holds, err)
}

// noteDamage turns an engine's error that its rows are damaged into a violation:
// the rest of the table is not compared. Other errors stay errors.
func (a *audit) noteDamage(t *table, err error) error {
	if !errors.Is(err, engine.ErrBroken) {
		return err
	}
	t.done = true
	a.violation(0, -1, "table %s: %v", t.name, err)
	a.report.Unchecked = append(a.report.Unchecked, fmt.Sprintf("table %s: it cannot be read", t.name))
	return nil
}

// mustBeThere reports whether the row of a hold must be there.
func (a *audit) mustBeThere(r *engine.HoldRow) bool { return r.Open || r.Seq > a.gone }

// addJournal adds the journal rows of a record to the sum of the log.
func (a *audit) addJournal(r *walkedRecord) {
	if a.lines == nil || a.lines.done {
		return
	}
	journalRows(r, a.opts.JournalKeys, func(row *engine.JournalRow) {
		a.lines.log.put(a.hasher.journal(row))
	})
}

// journalRows calls fn for each journal row the record must have.
func journalRows(r *walkedRecord, keys func(*stock.Event, func(stock.ItemKey)), fn func(*engine.JournalRow)) {
	seen := make(map[stock.ItemKey]bool, len(r.events))
	for _, e := range r.events {
		keys(e.Event, func(k stock.ItemKey) {
			if !seen[k] {
				seen[k] = true
				fn(&engine.JournalRow{Item: k, Seq: r.seq})
			}
		})
	}
}

// compareTables compares the tables whose snapshot is at the record seq.
func (a *audit) compareTables(seq engine.Seq) {
	if a.items.at == seq && !a.items.done {
		for _, it := range a.books.items {
			if it.gone {
				continue
			}
			row := itemRow(&it.item)
			a.items.log.put(a.hasher.item(&row))
		}
	}
	for _, t := range []*table{a.items, a.holds, a.lines} {
		if t != nil && t.at == seq && !t.done {
			t.done = true
			t.compare(a.books)
		}
	}
	a.steps.compare(a, seq)
}

// compare finds the parts that differ. All, some or none of the rows of a bucket
// that has left may be there.
func (t *table) compare(b *books) {
	for _, part := range t.rows.differing(&t.log) {
		bucket, apart := bucketOfPart(part)
		switch {
		case !apart || b.moved.stage(bucket) != stock.Left:
			t.differ = append(t.differ, part)
		case t.rows[part] != rowSum{}:
			t.stale = append(t.stale, part)
		}
	}
}

// itemRow is the row the item must have.
func itemRow(it *stock.Item) engine.ItemRow {
	f := it.Figures()
	return engine.ItemRow{
		Key: it.Key, Bucket: it.Bucket,
		Available: f.Available, Held: f.Held, OnHand: f.OnHand, Threshold: it.Threshold,
		Tracked: it.Tracked, OnSale: it.OnSale, Low: it.Low(), Version: it.Version, UpdatedAt: it.UpdatedAt, LapsesAt: it.LapsesAt(),
		Packed: stock.AppendItem(nil, it),
	}
}

// holdRow is the row the hold must have.
func holdRow(h *stock.Hold, seq engine.Seq, packed []byte) engine.HoldRow {
	row := engine.HoldRow{Key: h.Key, Open: h.Open(), Seq: seq, Packed: packed}
	for i := range h.Lines {
		l := &h.Lines[i]
		if l.End == stock.Open && l.Deadline != 0 && (row.Deadline == 0 || l.Deadline < row.Deadline) {
			row.Deadline = l.Deadline
		}
	}
	return row
}

// holdName shows the key of a hold.
func holdName(k stock.HoldKey) string {
	return fmt.Sprintf("order %q of tenant %q in bucket %d", k.Order, k.Tenant, k.Bucket)
}
