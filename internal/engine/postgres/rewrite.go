package postgres

import (
	"context"
	"crypto/sha256"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
)

// Rewrite puts body and text of now in the place of those of was. The server
// keeps the old row until it vacuums the table.
func (e *Engine) Rewrite(ctx context.Context, was, now *engine.Record) error {
	changed := int64(0)
	err := e.read(ctx, "rewrite", func(ctx context.Context, s *session) error {
		changed = 0
		return s.change(ctx, synced, step{
			sql: e.sql.rewrite,
			bind: func(p *params) {
				p.int8(int64(now.Seq))
				body, text := sha256.Sum256(was.Body), sha256.Sum256(was.Text)
				p.bytes(body[:])
				p.bytes(text[:])
				p.bytes(now.Body)
				if now.Text == nil {
					p.null()
				} else {
					p.bytes(now.Text)
				}
			},
			row: func(r *row) error { changed = r.int8(); return r.err },
		})
	})
	if err == nil && changed == 0 {
		err = engine.Rewritten(ctx, e, now)
	}
	if err != nil {
		return fmt.Errorf("rewrite record %d: %w", now.Seq, err)
	}
	return nil
}
