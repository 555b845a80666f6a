package audit

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// noteRecall notes an entry that brings a key from another slot. Only the key's row
// tells its bucket; some bucket must be coming.
func (a *audit) noteRecall(seq engine.Seq, entry int) {
	coming := false
	for bucket := range a.books.moved {
		coming = coming || a.books.moved.stage(bucket) == stock.Coming
	}
	if !coming {
		a.violation(seq, entry, "a key is recalled and no bucket is coming")
	}
	if a.keys.recalls == nil {
		a.keys.recalls = map[logEntry]bool{}
	}
	a.keys.recalls[logEntry{seq, uint32(entry)}] = true
}

// checkRecall looks at a key that may have been brought from another slot.
func (k *keyCheck) checkRecall(a *audit, r *engine.KeyRow) {
	at := logEntry{r.Seq, r.Index}
	if !k.recalls[at] {
		return
	}
	delete(k.recalls, at)
	if !a.books.moved.wasComing(r.Bucket, r.Seq) {
		a.violation(0, -1, "key %x: record %d, entry %d brought it from another slot while its bucket %d was not coming", r.ID, r.Seq, r.Index, r.Bucket)
	}
}

// finish looks at the keys of the last records, and for brought keys that have no
// row.
func (k *keyCheck) finish(ctx context.Context, a *audit) error {
	if err := k.check(ctx, a, 0); err != nil || len(k.recalls) == 0 {
		return err
	}
	missing := slices.SortedFunc(maps.Keys(k.recalls), func(x, y logEntry) int {
		return cmp.Or(cmp.Compare(x.seq, y.seq), cmp.Compare(x.index, y.index))
	})
	if k.head > a.report.Head.Seq {
		// A bucket may have left before the keys were read.
		if whole, err := a.replay(ctx, k.head); err != nil || !whole {
			return err
		}
	}
	var gone engine.Seq
	if a.opts.Now != 0 {
		var err error
		if gone, err = engine.LastBefore(ctx, a.eng, a.opts.Now-stock.KeyRetention+stock.KeyLeeway); err != nil {
			return err
		}
	}
	for _, at := range missing {
		if at.seq > gone && !a.books.moved.mayHaveDropped(at.seq) {
			a.violation(at.seq, int(at.index), "it brings a key from another slot, and no key points to it")
		}
	}
	return nil
}
