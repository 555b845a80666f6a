package audit

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// maxKeySpan is how many records' numbers of entries are remembered at a
// time. Keys of a longer log are read in as many parts.
const maxKeySpan = 1 << 20

// keyCheck checks that every key row points to an entry.
type keyCheck struct {
	eng    engine.Auditor
	after  engine.Seq // counts[0] is of the record behind it
	counts []uint32
	head   engine.Seq // as of the last look
	// recalls are the entries that bring a key for which no row was seen so far.
	recalls map[logEntry]bool
}

// logEntry names an entry of the log.
type logEntry struct {
	seq   engine.Seq
	index uint32
}

func newKeyCheck(e engine.Auditor) *keyCheck { return &keyCheck{eng: e} }

// addRecord takes the next record.
func (k *keyCheck) addRecord(ctx context.Context, a *audit, r *walkedRecord) error {
	if len(k.counts) == a.opts.keySpan {
		if err := k.check(ctx, a, r.seq-1); err != nil {
			return err
		}
		k.after, k.counts = r.seq-1, k.counts[:0]
	}
	k.counts = append(k.counts, uint32(r.count))
	return nil
}

// check looks at the keys of the records that are remembered, and, when upTo is 0,
// at all keys of later records.
func (k *keyCheck) check(ctx context.Context, a *audit, upTo engine.Seq) error {
	// Rows of records that were appended since the log was read are fine if
	// they are no newer than the head their snapshot had.
	var newest *engine.KeyRow
	first := k.after + 1
	if k.after == 0 {
		first = 0
	}
	head, err := k.eng.ScanKeys(ctx, first, upTo, func(r *engine.KeyRow) error {
		a.report.Keys++
		switch {
		case r.Bucket >= stock.Buckets:
			a.violation(0, -1, "key %x: bucket %d does not exist", r.ID, r.Bucket)
		case r.Seq == 0:
			a.violation(0, -1, "key %x: it points to no record", r.ID)
		case r.Seq > k.after+engine.Seq(len(k.counts)):
			if newest == nil || r.Seq > newest.Seq {
				row := *r
				newest = &row
			}
		case r.Index >= k.counts[r.Seq-k.after-1]:
			a.violation(0, -1, "key %x: it points to record %d, entry %d; the record has %d entries",
				r.ID, r.Seq, r.Index, k.counts[r.Seq-k.after-1])
		case len(k.recalls) > 0:
			k.checkRecall(a, r)
		}
		return nil
	})
	if errors.Is(err, engine.ErrBroken) {
		a.violation(0, -1, "table keys: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	k.head = head
	if newest != nil && newest.Seq > head {
		a.violation(0, -1, "key %x: it points to record %d, entry %d; the log ends with record %d",
			newest.ID, newest.Seq, newest.Index, head)
	}
	return nil
}
