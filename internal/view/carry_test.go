package view

import (
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// carriage brings the bucket of a location from one slot to another, step by step, like
// package ledger.
type carriage struct {
	all      slots
	from, to int
	bucket   stock.Bucket
	sealed   engine.Seq
}

func (all slots) carriage(location string, from, to int) *carriage {
	return &carriage{all: all, from: from, to: to, bucket: stock.BucketOf(tenant, location)}
}

func (c *carriage) was() *script { return c.all[c.from] }
func (c *carriage) is() *script  { return c.all[c.to] }

func (c *carriage) hand(s *script, stage stock.Stage, other int, seq engine.Seq) engine.Seq {
	return s.do(stock.Handover{Bucket: c.bucket, Stage: stage, Slot: uint16(other), Seq: uint64(seq)})
}

func (c *carriage) leave() { c.hand(c.was(), stock.Leaving, c.to, 0) }
func (c *carriage) come()  { c.hand(c.is(), stock.Coming, c.from, 0) }

// copy brings the rows that are not there yet, or have changed since.
func (c *carriage) copy() {
	var arrive []stock.Command
	c.was().mu.Lock()
	for k, it := range c.was().items {
		if it.Bucket != c.bucket {
			continue
		}
		if there := c.is().items[k]; there == nil || there.Version < it.Version {
			arrive = append(arrive, stock.Arrive{Item: it, From: stock.Origin{Slot: uint16(c.from)}})
		}
	}
	for _, holds := range c.was().holds {
		for _, h := range holds {
			if h.Key.Bucket != c.bucket {
				continue
			}
			for call := range h.Calls {
				from := stock.Origin{Slot: uint16(c.from), Seq: uint64(c.was().changed[h.Key])}
				arrive = append(arrive, stock.Arrive{Hold: h, Call: call, From: from})
			}
		}
	}
	c.was().mu.Unlock()
	for _, a := range arrive {
		c.is().do(a)
	}
}

func (c *carriage) seal() { c.sealed = c.hand(c.was(), stock.Left, c.to, 0) }

// open opens the bucket in the new slot, whose clock is no longer behind that of the old
// one.
func (c *carriage) open() {
	c.is().now = max(c.is().now, c.was().now-c.is().tick)
	c.hand(c.is(), stock.Here, c.from, c.sealed)
}

// drop drops what is left in the old slot.
func (c *carriage) drop() { c.was().drop(c.bucket, c.sealed) }

// steps are all of them.
func (c *carriage) steps() []func() {
	return []func(){c.leave, c.come, c.copy, c.seal, c.copy, c.open, c.drop}
}

func (c *carriage) carry() {
	for _, step := range c.steps() {
		step()
	}
}

// drop drops the rows of a bucket.
func (s *script) drop(b stock.Bucket, sealed engine.Seq) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		n, err := s.eng.DropBucket(s.t.Context(), b, sealed, 3)
		if err != nil {
			s.t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	for k, it := range s.items {
		if it.Bucket == b {
			delete(s.items, k)
		}
	}
	for order, holds := range s.holds {
		var left []*stock.Hold
		for _, h := range holds {
			if h.Key.Bucket != b {
				left = append(left, h)
			}
		}
		s.holds[order] = left
	}
	for k := range s.changed {
		if k.Bucket == b {
			delete(s.changed, k)
		}
	}
}
