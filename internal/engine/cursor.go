package engine

import "context"

// Cursors keeps, by name, the position up to which a reader of the log has
// come.
type Cursors interface {
	// Cursor returns the named cursor, 0 when it was never set.
	Cursor(ctx context.Context, name string) (Seq, error)
	// SetCursor moves the named cursor from one seq to another; ErrMoved when
	// it is not at from. It need not survive a crash of the machine.
	SetCursor(ctx context.Context, name string, from, to Seq) error
}
