package catalog

import (
	"context"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// Move is a bucket on its way to another slot. Who moves it says after each
// step how far it is, so that another process can go on where it ended.
type Move struct {
	Bucket   stock.Bucket
	From, To uint16 // slots
	Step     string // a word of the mover's
	Detail   string // what the step needs, in the mover's form
	Started  time.Time
	At       time.Time // of the step
}

// Bytes a move's own words may have.
const (
	maxStep   = 64
	maxDetail = 1 << 20
)

// StartMove notes that a bucket is to move to another slot, at its first
// step, if it lives in From now (else ErrStale) and To is a slot (else
// ErrUnknown). A bucket that is on its way already stays so: ErrMoving, with
// that move, which may be gone on with.
func (c *Catalog) StartMove(ctx context.Context, m Move) (Move, error) {
	if err := m.check(); err != nil {
		return Move{}, err
	}
	err := c.store.write(ctx, c.now, func(w *write) error {
		l, err := w.layout()
		switch {
		case err != nil:
			return err
		case l == nil:
			return ErrNoLayout
		case m.Bucket >= stock.Buckets:
			return &InvalidError{Field: "bucket", Reason: fmt.Sprintf("must be below %d", stock.Buckets)}
		}
		on, found, err := w.move(m.Bucket)
		if err != nil {
			return err
		}
		if found {
			m = on
			return ErrMoving
		}
		if _, known := l.Place(m.To); !known {
			return &UnknownError{What: "slot", ID: fmt.Sprint(m.To)}
		}
		if l.Buckets[m.Bucket] != m.From {
			return ErrStale
		}
		if m.From == m.To {
			return &InvalidError{Field: "slot", Reason: "is where the bucket lives"}
		}
		m.Started, m.At = w.at(), w.at()
		w.insert(`{move} (bucket, from_slot, to_slot, step, detail, started, at)`,
			int64(m.Bucket), int64(m.From), int64(m.To), m.Step, m.Detail, w.now, w.now)
		return nil
	})
	if err != nil {
		return m, fmt.Errorf("start the move of bucket %d to slot %d: %w", m.Bucket, m.To, err)
	}
	return m, nil
}

// StepMove notes that the move of a bucket has come from step was to step
// next. Where it is at another step, or no move is under way, nothing is
// stored: ErrStale; somebody else goes on with it. A move that is at next
// with that detail is no change, so that a call may be repeated.
func (c *Catalog) StepMove(ctx context.Context, b stock.Bucket, was, next, detail string) (Move, error) {
	var m Move
	if err := (Move{Step: next, Detail: detail}).check(); err != nil {
		return Move{}, err
	}
	err := c.store.write(ctx, c.now, func(w *write) error {
		var found bool
		var err error
		m, found, err = w.move(b)
		switch {
		case err != nil:
			return err
		case found && m.Step == next && m.Detail == detail:
			return nil
		case !found || m.Step != was:
			return ErrStale
		}
		m.Step, m.Detail, m.At = next, detail, w.at()
		return w.exec(`UPDATE {move} SET step = ?, detail = ?, at = ? WHERE bucket = ?`, next, detail, w.now, int64(b))
	})
	if err != nil {
		return m, fmt.Errorf("bring the move of bucket %d from step %q to %q: %w", b, was, next, err)
	}
	return m, nil
}

// EndMove forgets the move of a bucket. Where none is under way it changes
// nothing.
func (c *Catalog) EndMove(ctx context.Context, b stock.Bucket) error {
	err := c.store.write(ctx, c.now, func(w *write) error {
		return w.exec(`DELETE FROM {move} WHERE bucket = ?`, int64(b))
	})
	if err != nil {
		return fmt.Errorf("end the move of bucket %d: %w", b, err)
	}
	return nil
}

// Moves lists the moves under way, by bucket.
func (c *Catalog) Moves(ctx context.Context) (all []Move, err error) {
	err = c.store.look(ctx, func(r *read) error {
		all, err = list(r, scanMove, `SELECT `+moveColumns+` FROM {move} ORDER BY bucket`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list moves: %w", err)
	}
	return all, nil
}

func (m Move) check() error {
	switch {
	case m.Step == "" || len(m.Step) > maxStep || !storable(m.Step):
		return &InvalidError{Field: "step", Reason: fmt.Sprintf("must have 1 to %d bytes of text", maxStep)}
	case len(m.Detail) > maxDetail || !storable(m.Detail):
		return &InvalidError{Field: "detail", Reason: fmt.Sprintf("must have 0 to %d bytes of text", maxDetail)}
	}
	return nil
}

const moveColumns = `bucket, from_slot, to_slot, step, detail, started, at`

func scanMove(scan func(...any) error, m *Move) error {
	var started, at int64
	err := scan(&m.Bucket, &m.From, &m.To, &m.Step, &m.Detail, &started, &at)
	m.Started, m.At = fromMillis(started), fromMillis(at)
	return err
}

func (r *read) move(b stock.Bucket) (Move, bool, error) {
	moves, err := list(r, scanMove, `SELECT `+moveColumns+` FROM {move} WHERE bucket = ?`, int64(b))
	if err != nil || len(moves) == 0 {
		return Move{}, false, err
	}
	return moves[0], true, nil
}
