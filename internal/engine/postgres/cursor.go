package postgres

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
)

// Cursor reads the named cursor.
func (e *Engine) Cursor(ctx context.Context, name string) (at engine.Seq, err error) {
	err = e.read(ctx, "read cursor", func(ctx context.Context, s *session) error {
		return s.call(ctx, step{
			sql:  e.sql.anyCursor,
			bind: func(p *params) { p.bytes([]byte(name)) },
			row:  func(r *row) error { at = r.seq(); return r.err },
		})
	})
	return at, err
}

// SetCursor stores the named cursor without waiting for the disk.
func (e *Engine) SetCursor(ctx context.Context, name string, from, to engine.Seq) error {
	return e.read(ctx, "set cursor", func(ctx context.Context, s *session) error {
		moved := true
		err := s.pipe(ctx, step{sql: begin}, step{sql: unsynced}, step{
			sql: e.sql.setCursor,
			bind: func(p *params) {
				p.bytes([]byte(name))
				p.int8(int64(from))
				p.int8(int64(to))
			},
			row: func(r *row) error { moved = r.int8() == 0; return r.err },
		}, step{sql: commit})
		s.rollback()
		if err == nil && moved {
			return engine.ErrMoved
		}
		return err
	})
}
