package engine

import (
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// Check returns an error if no engine can store g behind after, whatever is
// already stored: the caller has made a mistake.
func (g *Group) Check(after Seq) error {
	if g.Record.Seq != after+1 {
		return fmt.Errorf("record %d does not follow %d", g.Record.Seq, after)
	}
	for i := range g.Items {
		if b := g.Items[i].Bucket; b >= stock.Buckets {
			return fmt.Errorf("item %q: there is no bucket %d", g.Items[i].Key, b)
		}
	}
	for i := range g.Holds {
		h := &g.Holds[i]
		if h.Key.Bucket >= stock.Buckets {
			return fmt.Errorf("hold %q: there is no bucket %d", h.Key.OrderKey, h.Key.Bucket)
		}
		if h.Seq != g.Record.Seq {
			return fmt.Errorf("hold %q: changed by record %d, says %d", h.Key.OrderKey, g.Record.Seq, h.Seq)
		}
	}
	for i := range g.Keys {
		k := &g.Keys[i]
		if k.Seq != g.Record.Seq || k.Index >= MaxIndex || k.Bucket >= stock.Buckets {
			return fmt.Errorf("key %x: entry %d of record %d in bucket %d cannot be in record %d",
				k.ID, k.Index, k.Seq, k.Bucket, g.Record.Seq)
		}
	}
	return g.checkBuckets()
}

func (g *Group) checkBuckets() error {
	for i := range g.Buckets {
		b := &g.Buckets[i]
		if b.Bucket >= stock.Buckets || b.Seq != g.Record.Seq {
			return fmt.Errorf("row of bucket %d: stored with record %d, says %d", b.Bucket, g.Record.Seq, b.Seq)
		}
		for j := range i {
			if g.Buckets[j].Bucket == b.Bucket {
				return fmt.Errorf("row of bucket %d: named twice", b.Bucket)
			}
		}
	}
	return nil
}

// Follows reports whether the group may follow a record with that hash: its
// Prev is that hash or zero.
func (g *Group) Follows(hash [32]byte) bool { return g.Prev == [32]byte{} || g.Prev == hash }
