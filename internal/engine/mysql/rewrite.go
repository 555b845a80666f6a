package mysql

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
)

// Rewrite puts body and text of now in the place of those of was. The server
// keeps the old row in its undo log until it is purged.
func (e *Engine) Rewrite(ctx context.Context, was, now *engine.Record) error {
	var t text
	t.writeSQL("UPDATE ", e.tables.log, " SET body=").bytes(now.Body).writeSQL(",text=")
	if now.Text == nil {
		t.writeSQL("NULL")
	} else {
		t.bytes(now.Text)
	}
	t.writeSQL(" WHERE seq=").num(int64(now.Seq)).writeSQL(" AND SHA2(body,256)=").str(hexSum(was.Body))
	t.writeSQL(" AND SHA2(COALESCE(text,''),256)=").str(hexSum(was.Text))
	changed := 0
	err := e.chore(ctx, "rewrite", func(c *conn) (err error) {
		changed, err = c.affect(ctx, string(t.b), 1)
		return err
	})
	if err == nil && changed == 0 {
		err = engine.Rewritten(ctx, e, now)
	}
	if err != nil {
		return fmt.Errorf("rewrite record %d: %w", now.Seq, err)
	}
	return nil
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
