package move

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// carry brings the bucket over, up to the point where it lives in the new slot and
// the map says so.
func (v *mover) carry(ctx context.Context) error {
	here, there, err := v.stages(ctx)
	if err != nil {
		return err
	}
	if here == nil || here.Stage == stock.Here {
		if v.atlas.Slot(v.at.Bucket) != v.at.From {
			return fmt.Errorf("the bucket does not live in slot %d", v.at.From)
		}
		v.epoch = 1
		if here != nil {
			v.epoch = here.Epoch + 1
		}
		if err := v.hand(ctx, v.from, stock.Handover{Stage: stock.Leaving, Slot: v.at.To}); err != nil {
			return err
		}
	} else {
		v.epoch = here.Epoch
	}
	if there == nil || there.Stage != stock.Here || there.Epoch != v.epoch {
		if err := v.bring(ctx, here, there); err != nil {
			return err
		}
	}
	return v.place(ctx)
}

// stages returns the last steps of the bucket in both slots, nil: none. The slots
// tell how far a mover came that stopped in between.
func (v *mover) stages(ctx context.Context) (here, there *stock.Handover, err error) {
	from, err := v.from.Steps(ctx)
	if err != nil {
		return nil, nil, err
	}
	to, err := v.to.Steps(ctx)
	if err != nil {
		return nil, nil, err
	}
	return from[v.at.Bucket], to[v.at.Bucket], nil
}

// hand lets the bucket take a step in the slot.
func (v *mover) hand(ctx context.Context, s *slot.Slot, h stock.Handover) error {
	h.Bucket, h.Epoch, h.Mover = v.at.Bucket, v.epoch, v.id
	res := s.SubmitHere(ctx, []slot.Request{{Command: h}})[0]
	return res.Err
}

// bring copies the bucket and seals it in the old slot.
func (v *mover) bring(ctx context.Context, here, there *stock.Handover) error {
	if here == nil || here.Stage != stock.Left {
		if err := v.part(ctx); err != nil {
			return err
		}
	}
	if err := v.hand(ctx, v.to, stock.Handover{Stage: stock.Coming, Slot: v.at.From}); err != nil {
		return err
	}
	// Rows that an earlier mover has brought count when the new slot took them.
	if v.note.Epoch != v.epoch || there == nil || there.Stage != stock.Coming || there.Epoch != v.epoch {
		v.note.Upto, v.note.Epoch = 0, v.epoch
	}
	if v.note.Upto == 0 {
		if err := v.copy(ctx); err != nil {
			return err
		}
	}
	if err := v.step(ctx, moveFollowing); err != nil {
		return err
	}
	if here == nil || here.Stage != stock.Left {
		for n := 0; ; n++ {
			head, err := v.from.Engine().Head(ctx)
			if err != nil {
				return err
			}
			rows, err := v.follow(ctx, head)
			if err != nil {
				return err
			}
			if rows <= moveClose || n == movePatience {
				break
			}
		}
		if err := v.step(ctx, moveFollowing); err != nil {
			return err // the pause is not the time for it
		}
	}
	return v.seal(ctx, here)
}

// seal ends the bucket in the old slot and opens it in the new one. Between the
// two nothing of it can be written.
func (v *mover) seal(ctx context.Context, here *stock.Handover) error {
	ctx, done := v.sealContext(ctx)
	defer done()
	began := v.now()
	v.sealing = true
	if here == nil || here.Stage != stock.Left {
		if err := v.hand(ctx, v.from, stock.Handover{Stage: stock.Left, Slot: v.at.To}); err != nil {
			return err
		}
	}
	sealed, err := v.sealedAt(ctx)
	if err != nil {
		return err
	}
	if _, err := v.follow(ctx, sealed.seq); err != nil {
		return err
	}
	v.to.NotBefore(v.from.Now())
	h := stock.Handover{Stage: stock.Here, Slot: v.at.From, Seq: uint64(sealed.seq), Hash: sealed.hash, Placements: sealed.placements}
	if err := v.hand(ctx, v.to, h); err != nil {
		return err
	}
	v.progress.Pause = v.now() - began
	return nil
}

// seal is how a bucket left: the record of the old slot that sealed it, its
// hash, and what goes with the bucket's row.
type seal struct {
	seq        engine.Seq
	hash       [32]byte
	placements stock.Placements
}

func (v *mover) sealedAt(ctx context.Context) (seal, error) {
	rows, _, err := v.from.Engine().Buckets(ctx)
	if err != nil {
		return seal{}, err
	}
	for i := range rows {
		if rows[i].Bucket != v.at.Bucket {
			continue
		}
		h, err := stock.DecodeHandover(rows[i].Packed)
		if err != nil {
			return seal{}, err
		}
		seq := rows[i].Seq
		records, err := v.from.Engine().Read(ctx, seq-1, 1)
		if err != nil {
			return seal{}, err
		}
		if len(records) == 1 && records[0].Seq == seq {
			return seal{seq, records[0].Hash, h.Placements}, nil
		}
	}
	return seal{}, fmt.Errorf("the record that sealed the bucket is missing: %w", engine.ErrBroken)
}

// sealContext is ctx for the time in which nobody can write to the bucket: a mover with
// a stop signal ends that time first.
func (v *mover) sealContext(ctx context.Context) (context.Context, context.CancelFunc) {
	if v.mortal {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), sealFor)
}

// place says where the bucket lives now.
func (v *mover) place(ctx context.Context) error {
	ctx, done := v.sealContext(ctx)
	defer done()
	rows, _, err := v.to.Engine().Buckets(ctx)
	if err != nil {
		return err
	}
	for i := range rows {
		if rows[i].Bucket == v.at.Bucket {
			if err := v.moves.Place(ctx, v.at.Bucket, v.at.To, rows[i].Seq); err != nil {
				return err
			}
		}
	}
	return v.step(ctx, moveMoved)
}

// part splits orders held together with lines in other buckets of the old slot into
// home and legs. New orders of this kind are split since the bucket began to leave.
func (v *mover) part(ctx context.Context) error {
	var batch []slot.Request
	send := func() error {
		for _, res := range v.from.SubmitHere(ctx, batch) {
			if res.Err != nil {
				return res.Err
			}
		}
		batch = batch[:0]
		return v.alive(ctx)
	}
	var orders []stock.OrderKey
	_, err := v.from.Engine().ScanHolds(ctx, engine.HoldScan{Bucket: &v.at.Bucket}, func(r *engine.HoldRow) error {
		h, err := stock.DecodeHold(r.Key, r.Packed)
		if err == nil && h.Crosses() {
			orders = append(orders, r.Key.OrderKey)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("find orders over several buckets: %w", err)
	}
	for _, k := range orders {
		batch = append(batch, slot.Request{Command: stock.Part{Order: k, Bucket: v.at.Bucket}})
		if len(batch) == moveBatch {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if len(batch) > 0 {
		if err := send(); err != nil {
			return err
		}
	}
	return nil
}
