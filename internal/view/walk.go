package view

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// WalkQuery selects entries of a tenant's whole journal.
type WalkQuery struct {
	Tenant string
	// Location and Product leave out entries of others; "" is every.
	Location, Product string
	// Since and Until leave out what was booked before Since, and at or after
	// Until; 0 is no bound.
	Since, Until stock.Time
}

// Walk calls fn for every entry of a tenant that the query selects, oldest
// first, up to what was committed when Walk was called. It reads the log
// itself: nothing that was acknowledged is missing, and what is booked
// meanwhile is not in it. fn's error ends the walk and is returned.
func (j *Journal) Walk(ctx context.Context, q WalkQuery, fn func(*Entry) error) (Snapshot, error) {
	head, err := j.engine.Head(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("walk the journal: %w", err)
	}
	part, err := j.between(ctx, q.Since, q.Until, head)
	if err != nil {
		return Snapshot{}, fmt.Errorf("walk the journal: %w", err)
	}
	for at := part.first - 1; at+1 < part.before; {
		records, err := j.engine.Read(ctx, at, readAhead)
		if errors.Is(err, engine.ErrGone) {
			// Dropped: what is left of the log begins later.
			first, err := j.firstAt(ctx, 1, span{at + 2, part.before})
			if err != nil {
				return Snapshot{}, fmt.Errorf("walk the journal: %w", err)
			}
			at = first - 1
			continue
		}
		if err != nil {
			return Snapshot{}, fmt.Errorf("walk the journal behind %d: %w", at, err)
		}
		if len(records) == 0 {
			break
		}
		for i := range records {
			if at = records[i].Seq; at >= part.before {
				break
			}
			if err := j.walkRecord(q, &records[i], fn); err != nil {
				return Snapshot{}, fmt.Errorf("walk the journal at %d: %w", at, err)
			}
		}
	}
	return Snapshot{Head: head}, nil
}

func (j *Journal) walkRecord(q WalkQuery, rec *engine.Record, fn func(*Entry) error) error {
	r, err := decode(rec)
	if err != nil {
		return err
	}
	for i, e := range r.events {
		if e == nil || e.Tenant != q.Tenant {
			continue
		}
		for n := range e.Items {
			k := &e.Items[n].Key
			if !e.Touches(n) || q.Location != "" && k.Location != q.Location || q.Product != "" && k.Product != q.Product {
				continue
			}
			entry := j.entry(place{rec.Seq, i, n}, r.at, e)
			if err := fn(&entry); err != nil {
				return err
			}
		}
	}
	return nil
}
