package ledger

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// auditTable is one table on its way through the audit: what its rows were in
// a snapshot, and what the log says they must be.
type auditTable struct {
	name string
	rows auditSet
	log  auditSet
	// at is the head of the snapshot; done says that the log was compared there.
	at   engine.Seq
	done bool
	// differ are the parts that did not agree, stale those of buckets that have
	// left of which some rows are still there: a row that is must be as it was.
	differ, stale []int
}

// scan reads the tables.
func (a *audit) scan(ctx context.Context) (err error) {
	if a.opts.Now != 0 {
		if a.gone, err = lastBefore(ctx, a.eng, a.opts.Now-toTime(holdRetention)); err != nil {
			return err
		}
	}
	if err := a.scanStill(ctx); err != nil {
		return err
	}
	auditor, ok := a.eng.(engine.Auditor)
	if !ok {
		a.report.Unchecked = append(a.report.Unchecked, "keys and journal: the engine cannot show them")
		return nil
	}
	a.keys = newAuditKeys(auditor)
	if a.opts.JournalKeys == nil {
		return nil
	}
	a.lines = &auditTable{name: "journal"}
	a.lines.at, err = auditor.ScanJournal(ctx, func(r *engine.JournalRow) error {
		a.report.JournalRows++
		a.lines.rows.put(a.sums.journal(r))
		return nil
	})
	return a.damaged(a.lines, err)
}

// scanBooks reads the rows of items and holds.
func (a *audit) scanBooks(ctx context.Context) (err error) {
	a.report.Holds = 0
	a.items = &auditTable{name: "items"}
	a.items.at, err = a.eng.ScanItems(ctx, engine.ItemScan{All: true}, func(r *engine.ItemRow) error {
		a.items.rows.put(a.sums.item(r))
		return nil
	})
	if err := a.damaged(a.items, err); err != nil {
		return err
	}
	a.holds = &auditTable{name: "holds"}
	a.holds.at, err = a.eng.ScanHolds(ctx, engine.HoldScan{}, func(r *engine.HoldRow) error {
		a.report.Holds++
		if a.kept(r) {
			a.holds.rows.put(a.sums.hold(r))
		}
		return nil
	})
	return a.damaged(a.holds, err)
}

// damaged turns an engine's word that its rows are damaged into a violation:
// the table is compared no further. Other errors stay errors.
func (a *audit) damaged(t *auditTable, err error) error {
	if !errors.Is(err, engine.ErrBroken) {
		return err
	}
	t.done = true
	a.violation(0, -1, "table %s: %v", t.name, err)
	a.report.Unchecked = append(a.report.Unchecked, fmt.Sprintf("table %s: it cannot be read", t.name))
	return nil
}

// kept reports whether the row of a hold must be there.
func (a *audit) kept(r *engine.HoldRow) bool { return r.Open || r.Seq > a.gone }

// journal adds the journal rows of a record to the sum of the log.
func (a *audit) journal(r *walkedRecord) {
	if a.lines == nil || a.lines.done {
		return
	}
	auditJournalRows(r, a.opts.JournalKeys, func(row *engine.JournalRow) {
		a.lines.log.put(a.sums.journal(row))
	})
}

// auditJournalRows calls fn for each journal row the record must have.
func auditJournalRows(r *walkedRecord, keys func(*stock.Event, func(stock.ItemKey)), fn func(*engine.JournalRow)) {
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

// compare compares the tables whose snapshot is at the record seq.
func (a *audit) compare(seq engine.Seq) {
	if a.items.at == seq && !a.items.done {
		for _, it := range a.books.items {
			if it.gone {
				continue
			}
			row := auditItemRow(&it.Item)
			a.items.log.put(a.sums.item(&row))
		}
	}
	for _, t := range []*auditTable{a.items, a.holds, a.lines} {
		if t != nil && t.at == seq && !t.done {
			t.done = true
			t.compare(a.books)
		}
	}
	a.steps.compare(a, seq)
}

// compare finds the parts that differ. Of a bucket that has left all rows may
// be there, or some, or none.
func (t *auditTable) compare(b *auditBooks) {
	for _, part := range t.rows.differing(&t.log) {
		bucket, apart := auditPartBucket(part)
		switch {
		case !apart || b.stage(bucket) != stock.Left:
			t.differ = append(t.differ, part)
		case t.rows[part] != auditSum{}:
			t.stale = append(t.stale, part)
		}
	}
}

// auditItemRow is the row the item must have.
func auditItemRow(it *stock.Item) engine.ItemRow {
	f := it.Figures()
	return engine.ItemRow{
		Key: it.Key, Bucket: it.Bucket,
		Available: f.Available, Held: f.Held, OnHand: f.OnHand, Threshold: it.Threshold,
		Tracked: it.Tracked, OnSale: it.OnSale, Low: it.Low(), Version: it.Version, UpdatedAt: it.UpdatedAt, LapsesAt: it.LapsesAt(),
		Packed: stock.AppendItem(nil, it),
	}
}

// auditHoldRow is the row the hold must have.
func auditHoldRow(h *stock.Hold, seq engine.Seq, packed []byte) engine.HoldRow {
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
