package audit

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// nameHolds compares the rows of holds one by one. The holds that have ended
// are put together in a second walk through the log.
func (a *audit) nameHolds(ctx context.Context) error {
	parts := a.holds.partsToName()
	rows := map[stock.HoldKey]engine.HoldRow{}
	at, err := a.eng.ScanHolds(ctx, engine.HoldScan{}, func(r *engine.HoldRow) error {
		if parts[a.hasher.hold(r).part] {
			row := *r
			row.Packed = bytes.Clone(r.Packed)
			rows[r.Key] = row
		}
		return nil
	})
	if err != nil {
		return err
	}
	want, left := map[stock.HoldKey]*holdSeen{}, map[stock.Bucket]bool{}
	if _, err := walkLog(ctx, a.eng, Anchor{}, at, func(r *walkedRecord) error {
		for _, e := range r.events {
			a.foldLines(want, parts, r.seq, e.Event)
		}
		for _, e := range r.events {
			if e.Handover != nil {
				foldStep(want, left, e.Handover)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	named := false
	wrong := func(format string, args ...any) { named = true; a.violation(0, -1, format, args...) }
	for _, k := range sortedHolds(want) {
		h := want[k]
		must := holdRow(h.Hold, h.seq, stock.AppendHold(nil, h.Hold))
		got, ok := rows[k]
		delete(rows, k)
		switch {
		case !ok && a.mustBeThere(&must) && !left[k.Bucket]:
			wrong("hold of %s: the row is missing, record %d was the last to change it", holdName(k), h.seq)
		case !ok:
		case got.Open != must.Open || got.Deadline != must.Deadline || got.Seq != must.Seq:
			wrong("hold of %s: open, deadline and seq are %t, %d, %d as of record %d, the log says %t, %d, %d",
				holdName(k), got.Open, got.Deadline, got.Seq, at, must.Open, must.Deadline, must.Seq)
		case !bytes.Equal(got.Packed, must.Packed):
			wrong("hold of %s: %s as of record %d", holdName(k), holdDifference(&got, h.Hold), at)
		}
	}
	for _, k := range sortedHolds(rows) {
		wrong("hold of %s: there is a row, the log does not know the hold", holdName(k))
	}
	a.noteDiffering(a.holds, named)
	return nil
}

// holdSeen is a hold as the second walk knows it.
type holdSeen struct {
	*stock.Hold
	seq engine.Seq
}

// foldLines folds the event's lines into the holds of the parts.
func (a *audit) foldLines(holds map[stock.HoldKey]*holdSeen, parts map[int]bool, seq engine.Seq, e *stock.Event) {
	for i := range e.Lines {
		k := stock.HoldKey{OrderKey: stock.OrderKey{Tenant: e.Tenant, Order: e.Order}, Bucket: e.Lines[i].Bucket}
		if !e.Lines[i].Changed || !parts[a.hasher.rowIn(k.Bucket, a.hasher.holdKey(k)).part] {
			continue
		}
		h := holds[k]
		if h == nil || e.Lines[i].Prev == 0 && !h.Open() && h.seq <= a.gone {
			h = &holdSeen{Hold: &stock.Hold{Key: k}}
			holds[k] = h
		}
		applyLine(h.Hold, e, i)
		h.seq = seq
	}
}

// foldStep follows a step of a bucket: when it arrives again after it has left,
// none of its rows is here.
func foldStep(holds map[stock.HoldKey]*holdSeen, left map[stock.Bucket]bool, step *stock.Handover) {
	if step.Stage == stock.Coming && left[step.Bucket] {
		for k := range holds {
			if k.Bucket == step.Bucket {
				delete(holds, k)
			}
		}
	}
	left[step.Bucket] = step.Stage == stock.Left
}

// holdDifference says how a packed row differs from the hold it must be.
func holdDifference(got *engine.HoldRow, want *stock.Hold) string {
	h, err := stock.DecodeHold(got.Key, got.Packed)
	if err != nil {
		return fmt.Sprintf("the packed state cannot be read: %v", err)
	}
	for i := range want.Lines {
		must := &want.Lines[i]
		is := h.Find(must.Item)
		if is == nil {
			return fmt.Sprintf("the line of item %s is missing", itemName(must.Item))
		}
		if !is.Equal(must) {
			return fmt.Sprintf("the line of item %s is %+v, the log says %+v", itemName(must.Item), *is, *must)
		}
	}
	return "the packed state is not what the log says"
}

func sortedHolds[V any](m map[stock.HoldKey]V) []stock.HoldKey {
	keys := make([]stock.HoldKey, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareHolds)
	return keys
}

func compareHolds(x, y stock.HoldKey) int {
	return cmp.Or(cmp.Compare(x.Tenant, y.Tenant), cmp.Compare(x.Order, y.Order), cmp.Compare(x.Bucket, y.Bucket))
}
