package view

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// logRange is a stretch of the log: from first up to, not including, before.
type logRange struct{ first, before engine.Seq }

func (s logRange) empty() bool { return s.first >= s.before }

// between returns the stretch of the log up to head that was booked from
// since on and before until.
func (p *projection) between(ctx context.Context, since, until stock.Time, head engine.Seq) (logRange, error) {
	s := logRange{first: 1, before: head + 1}
	var err error
	if until != 0 {
		if s.before, err = p.firstAt(ctx, until, s); err != nil {
			return s, err
		}
	}
	if since != 0 {
		s.first, err = p.firstAt(ctx, since, s)
	}
	return s, err
}

// firstAt returns the first seq in the span whose record was booked at t or later, the end
// of the span when there is none. The times of records never decrease, so it is a binary
// search.
func (p *projection) firstAt(ctx context.Context, t stock.Time, in logRange) (engine.Seq, error) {
	lo, hi := in.first, in.before
	for lo < hi {
		mid := lo + (hi-lo)/2
		recs, err := p.engine.Read(ctx, mid-1, 1)
		switch {
		case errors.Is(err, engine.ErrGone):
			lo = mid + 1 // dropped, so older than all that are left
			continue
		case err != nil:
			return 0, fmt.Errorf("read record %d: %w", mid, err)
		case len(recs) == 0:
			return 0, fmt.Errorf("record %d is not in the log", mid)
		}
		if recs[0].At < t {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, nil
}
