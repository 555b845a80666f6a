package engine

import "context"

// Locker locks the head while the caller decides. It is the fair way to write
// when another process keeps winning.
type Locker interface {
	// Lock waits for the slot's write lock and returns a Writer that owns it.
	// The Writer must be ended by Append or Unlock within the engine's idle
	// limit, after which the engine may take the lock back. The limit is
	// counted from the end of the Writer's last call.
	Lock(ctx context.Context) (Writer, error)
}

// Writer is an engine whose head cannot move until it is ended. The calls of
// one that has ended, or whose lock was taken back, return ErrMoved.
type Writer interface {
	// Load and Read are those of Engine, at the locked head.
	Load(ctx context.Context, w Want) (*Loaded, error)
	Read(ctx context.Context, after Seq, limit int) ([]Record, error)
	// Append stores a group as Engine.Append does. It ends the Writer, unless it
	// returns an *ExistsError: then the caller may decide again.
	Append(ctx context.Context, after Seq, g *Group) error
	// Unlock ends the Writer without storing anything. It may be called again.
	Unlock()
}
