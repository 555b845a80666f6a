package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// bucketRows are the rows of buckets.
type bucketRows struct {
	rows []engine.BucketRow
	at   engine.Seq
	done bool
}

// maxScans is how often the tables are read again because a bucket left during the
// scan, of which rows may then be missing.
const maxScans = 3

// scanAtRest reads the rows of buckets, and those of items and holds while no
// bucket leaves.
func (a *audit) scanAtRest(ctx context.Context) error {
	for try := 1; ; try++ {
		before, err := a.readSteps(ctx)
		if err != nil {
			return err
		}
		a.hasher.moved = nil
		if len(before) > 0 {
			a.hasher.moved = new([stock.Buckets]bool)
			for i := range before {
				a.hasher.moved[before[i].Bucket] = true
			}
		}
		if err := a.scanBooks(ctx); err != nil {
			return err
		}
		after, err := a.readSteps(ctx)
		if err != nil || try == maxScans || !slices.ContainsFunc(after, a.mayHaveLeft) {
			return err
		}
	}
}

// mayHaveLeft reports whether the bucket had never moved when the scan of the
// tables began, and may have left since.
func (a *audit) mayHaveLeft(r engine.BucketRow) bool {
	if a.hasher.isApart(r.Bucket) {
		return false
	}
	h, err := stock.DecodeHandover(r.Packed)
	return err == nil && h.Stage != stock.Leaving && h.Stage != stock.Coming
}

// readSteps reads the rows of buckets, which are those to be compared.
func (a *audit) readSteps(ctx context.Context) ([]engine.BucketRow, error) {
	rows, at, err := a.eng.Buckets(ctx)
	if errors.Is(err, engine.ErrBroken) {
		a.violation(0, -1, "table buckets: %v", err)
		a.steps = &bucketRows{done: true}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(rows, func(r engine.BucketRow) bool { return r.Bucket >= stock.Buckets }); i >= 0 {
		return nil, fmt.Errorf("row of bucket %d: there is no such bucket: %w", rows[i].Bucket, engine.ErrBroken)
	}
	a.steps = &bucketRows{rows: rows, at: at}
	return rows, nil
}

// compare compares the rows when the log has reached the head of their snapshot.
func (s *bucketRows) compare(a *audit, seq engine.Seq) {
	if s.done || s.at != seq {
		return
	}
	s.done = true
	seen := map[stock.Bucket]bool{}
	for i := range s.rows {
		r := &s.rows[i]
		seen[r.Bucket] = true
		h, err := stock.DecodeHandover(r.Packed)
		m := a.books.moved[r.Bucket]
		switch {
		case err != nil:
			a.violation(0, -1, "bucket %d: the packed row cannot be read: %v", r.Bucket, err)
		case m == nil:
			a.violation(0, -1, "bucket %d: there is a row, the log does not know that it moved", r.Bucket)
		case r.Seq != m.seq || h.Stage != m.step.Stage:
			a.violation(0, -1, "bucket %d: the row says %s since record %d, the log says %s since record %d",
				r.Bucket, h.Stage, r.Seq, m.step.Stage, m.seq)
		case *h != *m.step:
			a.violation(0, -1, "bucket %d: the row is not the step of record %d", r.Bucket, m.seq)
		}
	}
	for bucket := range stock.Bucket(stock.Buckets) {
		if m := a.books.moved[bucket]; m != nil && !seen[bucket] {
			a.violation(0, -1, "bucket %d: the row is missing, it is %s since record %d", bucket, m.step.Stage, m.seq)
		}
	}
}
