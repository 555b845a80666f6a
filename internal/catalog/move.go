package catalog

import (
	"context"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// Move is a bucket on its way to another slot. The process that moves it stores
// after each step how far it is, so that another process can continue from
// there.
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

// moves keeps the buckets that are on their way.
type moves struct{ *core }

// StartMove notes that a bucket is to move to another slot, at its first
// step, if it lives in From now (else ErrStale) and To is a slot (else
// ErrUnknown). A bucket that is already moving stays so: ErrMoving, with that
// move, which the caller may continue.
func (c *moves) StartMove(ctx context.Context, m Move) (Move, error) {
	if err := m.check(); err != nil {
		return Move{}, err
	}
	// Callers that only look for a move under way do not lock the head.
	on, err := look(ctx, c.store, func(r *read) (*Move, error) { return readMove(r, m.Bucket) })
	if err == nil && on != nil {
		m, err = *on, ErrMoving
	}
	if err != nil {
		return m, fmt.Errorf("start the move of bucket %d to slot %d: %w", m.Bucket, m.To, err)
	}
	err = c.store.write(ctx, c.now, func(w *write) error {
		l, err := readLayout(&w.read)
		switch {
		case err != nil:
			return err
		case l == nil:
			return ErrNoLayout
		case m.Bucket >= stock.Buckets:
			return &InvalidError{Field: "bucket", Reason: fmt.Sprintf("must be below %d", stock.Buckets)}
		}
		on, err := readMove(&w.read, m.Bucket)
		if err != nil {
			return err
		}
		if on != nil {
			m = *on
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
		m.Started, m.At = w.time(), w.time()
		w.insert(`{move} (bucket, from_slot, to_slot, step, detail, started, at)`,
			int64(m.Bucket), int64(m.From), int64(m.To), m.Step, m.Detail, w.now, w.now)
		return nil
	})
	return m, during(err, "start the move of bucket %d to slot %d", m.Bucket, m.To)
}

// StepMove notes that the move that the caller knows as was has come to step
// next. If its step or its detail has changed meanwhile, or no move is under
// way, nothing is stored: ErrStale, with the current move, which somebody else
// continues. So if two processes take up a move at the same step, and each
// writes its identity into the detail, only one of them continues. A step to
// the current step says that somebody is at work. A move that is at next with
// that detail is no change, so a call may be repeated.
func (c *moves) StepMove(ctx context.Context, was Move, next, detail string) (Move, error) {
	m := Move{Step: next, Detail: detail}
	if err := m.check(); err != nil {
		return Move{}, err
	}
	err := c.alterMove(ctx, func(w *write) error {
		n, err := w.affect(`UPDATE {move} SET step = ?, detail = ?, at = ? WHERE bucket = ? AND step = ? AND detail = ?`,
			next, detail, millis(c.now()), int64(was.Bucket), was.Step, was.Detail)
		if err != nil {
			return err
		}
		is, err := readMove(&w.read, was.Bucket)
		if m = (Move{}); is != nil {
			m = *is
		}
		if err == nil && n == 0 && (m.Step != next || m.Detail != detail) {
			err = ErrStale
		}
		return err
	})
	return m, during(err, "bring the move of bucket %d from step %q to %q", was.Bucket, was.Step, next)
}

// EndMove forgets the move that the caller knows as was. If its step or its
// detail has changed meanwhile, nothing is changed: ErrStale. If none is under
// way, there is nothing to do.
func (c *moves) EndMove(ctx context.Context, was Move) error {
	err := c.alterMove(ctx, func(w *write) error {
		n, err := w.affect(`DELETE FROM {move} WHERE bucket = ? AND step = ? AND detail = ?`,
			int64(was.Bucket), was.Step, was.Detail)
		if err != nil || n > 0 {
			return err
		}
		is, err := readMove(&w.read, was.Bucket)
		if err == nil && is != nil {
			err = ErrStale
		}
		return err
	})
	return during(err, "end the move of bucket %d", was.Bucket)
}

// alterMove changes the row of a move. It is not in the log, so nobody has to
// wait for the log's head.
func (c *moves) alterMove(ctx context.Context, change func(*write) error) error {
	return c.store.amend(ctx, func(w *write, _ func() error) error { return change(w) })
}

// Moves lists the moves under way, by bucket.
func (c *moves) Moves(ctx context.Context) ([]Move, error) {
	all, err := look(ctx, c.store, func(r *read) ([]Move, error) {
		return list(r, scanMove, `SELECT `+moveColumns+` FROM {move} ORDER BY bucket`)
	})
	return result(all, err, "list moves")
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

// readMove returns the move of a bucket, nil when none is under way.
func readMove(r *read, b stock.Bucket) (*Move, error) {
	return first(r, scanMove, `SELECT `+moveColumns+` FROM {move} WHERE bucket = ?`, int64(b))
}
