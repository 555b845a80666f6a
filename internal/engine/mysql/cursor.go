package mysql

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
)

// journalName is the journal's among the cursors.
const journalName = "journal"

// Cursor reads the named cursor.
func (e *Engine) Cursor(ctx context.Context, name string) (at engine.Seq, err error) {
	err = e.reading(ctx, "read cursor", e.d.loads, func(c *conn) error {
		at, err = e.cursor(ctx, c, name)
		return err
	})
	return at, err
}

func (e *Engine) cursor(ctx context.Context, c *conn, name string) (engine.Seq, error) {
	at, err := c.askNum(ctx, new(text).writeSQL("SELECT seq FROM ", e.tables.progress, " WHERE name=").str(name))
	return engine.Seq(at), err
}

// moveCursor is the statement that fails with errNull unless the cursor is at from.
func (t *text) moveCursor(e *Engine, name string, from, to engine.Seq) *text {
	t.writeSQL("UPDATE ", e.tables.progress, " SET seq=IF(seq=").num(int64(from)).comma().num(int64(to))
	return t.writeSQL(",NULL) WHERE name=").str(name).end()
}

// SetCursor stores the named cursor.
func (e *Engine) SetCursor(ctx context.Context, name string, from, to engine.Seq) error {
	return e.chore(ctx, "set cursor", func(c *conn) error {
		var t text
		t.writeSQL("START TRANSACTION").end().writeSQL("INSERT IGNORE INTO ", e.tables.progress, " (name,seq) VALUES ").row(0).str(name).comma().num(0).close().end()
		return e.moved(ctx, c, c.send(ctx, t.moveCursor(e, name, from, to).writeSQL("COMMIT").end(), e.d.dialect.block))
	})
}

// moved ends a transaction that compares a cursor: the cursor that was
// elsewhere is ErrMoved.
func (e *Engine) moved(ctx context.Context, c *conn, err error) error {
	if err != nil && !c.dead {
		if uerr := c.exec(ctx, "ROLLBACK"); uerr != nil {
			_ = c.close()
		}
	}
	if codeOf(err) == errNull {
		return engine.ErrMoved
	}
	return err
}
