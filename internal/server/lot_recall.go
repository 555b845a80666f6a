package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// This file has the recall of lots.

// recallWrite recalls the lots at one location, or ends a recall.
type recallWrite struct {
	*holdfastv1.RecallLotRequest
	location string
}

func (w recallWrite) check(f *requestForm) {
	f.item(w.ProductId, w.LocationId)
	f.neededLot("lot", w.Lot)
	f.reason(w.Reason, true)
}

func (w recallWrite) ask(c *call) (intake.Ask, error) {
	k, err := c.lotItem(w.ProductId, w.location, w.Lot)
	return intake.Ask{Command: &stock.Recall{Item: k, Lift: w.Lift, Note: c.note(w.Reason, "")}}, err
}

func (s *lotChapter) recallLot(ctx context.Context, c *call, r *holdfastv1.RecallLotRequest) (*holdfastv1.RecallLotResponse, error) {
	var f requestForm
	recallWrite{RecallLotRequest: r}.check(&f)
	if err := f.err(); err != nil {
		return nil, err
	}
	q := lotQuery{product: r.ProductId, location: r.LocationId, attr: r.Lot}
	read, err := s.readLots(ctx, c, q)
	if err != nil {
		return nil, err
	}
	jobs := recalls(read, r, c.key)
	if len(jobs) == 0 {
		return nil, refuse(codeNotFound, "product %q has no lot with these attributes", r.ProductId)
	}
	if err := s.carryOut(ctx, c, jobs); err != nil {
		return nil, err
	}
	c.replayed = true
	moved := map[movedLot]stock.Qty{}
	for i := range jobs {
		if err := jobs[i].err; err != nil {
			return nil, err
		}
		c.replayed = c.replayed && jobs[i].result.Replayed
		note(moved, jobs[i].result.Event)
	}
	if read, err = s.readLots(ctx, c, q); err != nil {
		return nil, err
	}
	out := &holdfastv1.RecallLotResponse{ProductId: r.ProductId}
	for _, row := range read.rows() {
		f := figuresOfLot(row.item, row.record)
		out.Items = append(out.Items, &holdfastv1.RecalledLot{
			Lot: attributesOf(row.record.Lot), LocationId: row.item.Key.Location,
			Quantity: int64(moved[movedLot{row.item.Key.Location, row.record.Lot}]),
			Held:     int64(f.Held), Withheld: int64(f.withheld), Recalled: row.record.Recalled,
		})
	}
	return out, nil
}

// recalls are a job for each location that has such lots.
func recalls(read *lotsRead, r *holdfastv1.RecallLotRequest, key string) []job {
	var jobs []job
	for _, row := range read.rows() {
		at := row.item.Key.Location
		if n := len(jobs); n == 0 || jobs[n-1].write.(recallWrite).location != at {
			jobs = append(jobs, job{write: recallWrite{r, at}, key: key})
		}
	}
	return jobs
}

// movedLot is a lot at a location.
type movedLot struct {
	location string
	lot      stock.Lot
}

// note adds up the units that an event moved out of the pools of lots, or into them.
func note(moved map[movedLot]stock.Qty, e *stock.Event) {
	for _, i := range e.Items {
		for _, p := range i.Postings {
			if lot, _, of := p.From.Lot(); of {
				moved[movedLot{i.Key.Location, lot}] += p.Qty
			}
		}
	}
}
