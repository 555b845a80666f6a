package postgres

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
)

// Cursor reads the named cursor.
func (e *Engine) Cursor(ctx context.Context, name string) (engine.Seq, error) {
	at, err := e.readNumber(ctx, "read cursor", e.sql.anyCursor, func(p *params) { p.bytes([]byte(name)) })
	return engine.Seq(at), err
}

// SetCursor stores the named cursor without waiting for the disk.
func (e *Engine) SetCursor(ctx context.Context, name string, from, to engine.Seq) error {
	return e.read(ctx, "set cursor", func(ctx context.Context, s *session) error {
		return s.moveCursor(ctx, step{sql: e.sql.setCursor, bind: func(p *params) {
			p.bytes([]byte(name))
			p.int8(int64(from))
			p.int8(int64(to))
		}})
	})
}
