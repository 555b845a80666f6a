package archive

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
)

// liveStep is how many records are read from the database at a time.
const liveStep = 256

// live reads the database's log record by record.
type live struct {
	eng   engine.Engine
	after engine.Seq
	ahead []engine.Record
}

// next returns the record that comes next, which must be there.
func (l *live) next(ctx context.Context) (*engine.Record, error) {
	if len(l.ahead) == 0 {
		recs, err := l.eng.Read(ctx, l.after, liveStep)
		if errors.Is(err, engine.ErrGone) {
			return nil, fmt.Errorf("record %d was dropped from the database by somebody else: is there another archive? %w", l.after+1, err)
		}
		if err != nil {
			return nil, err
		}
		if len(recs) == 0 {
			return nil, fmt.Errorf("record %d is missing in the database: %w", l.after+1, engine.ErrBroken)
		}
		l.ahead = recs
	}
	r := &l.ahead[0]
	l.ahead = l.ahead[1:]
	if r.Seq != l.after+1 {
		return nil, fmt.Errorf("record %d is missing in the database: %w", l.after+1, engine.ErrBroken)
	}
	l.after++
	return r, nil
}
