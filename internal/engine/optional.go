package engine

import (
	"context"

	"holdfast.dev/holdfast/internal/stock"
)

// Locker is implemented by engines that can hold the head still while the
// caller decides: the fair way to write when another process keeps winning.
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
	// Append is that of Engine, and ends the Writer whatever it returns,
	// except for *ExistsError, after which the caller may decide again.
	Append(ctx context.Context, after Seq, g *Group) error
	// Unlock ends the Writer without storing anything. It may be called again.
	Unlock()
}

// Journal is implemented by engines that can keep the journal view: which
// records touched which item. It can be rebuilt from the log at any time.
type Journal interface {
	// JournalCursor returns the seq up to which the journal is complete.
	JournalCursor(ctx context.Context) (Seq, error)
	// AddJournal stores the rows and moves the cursor from the seq from to
	// to, all or nothing; ErrMoved when the cursor is not at from. The rows are
	// all there are for the records behind from and up to to, sorted by item,
	// then seq; the items must have rows of their own. It need not survive a
	// crash of the machine, but cursor and rows go together. Append may have to
	// wait for it, so keep it to a few thousand items.
	AddJournal(ctx context.Context, from, to Seq, rows []JournalRow) error
	// JournalSeqs returns, newest first, up to limit records < before that
	// touched the item, as far as the journal is complete.
	JournalSeqs(ctx context.Context, item stock.ItemKey, before Seq, limit int) ([]Seq, error)
}

// JournalRow says that the record at Seq touched the item.
type JournalRow struct {
	Item stock.ItemKey
	Seq  Seq
}

// Pruner is implemented by engines that can drop what has outlived its keeping.
type Pruner interface {
	// PruneKeys drops keys of records up to and including seq, at most limit
	// of them, and says how many it dropped.
	PruneKeys(ctx context.Context, upTo Seq, limit int) (int, error)
	// PruneHolds drops ended holds last changed by records up to and
	// including seq, at most limit of them, and says how many it dropped. On a
	// large slot it may take several calls to find them all: fewer than limit
	// does not say that none is left.
	PruneHolds(ctx context.Context, upTo Seq, limit int) (int, error)
}

// Archiver is implemented by engines that can drop records that are kept
// elsewhere.
type Archiver interface {
	// First returns the seq of the oldest record that is kept, 0 when there is
	// none.
	First(ctx context.Context) (Seq, error)
	// DropRecords drops the records up to and including seq, oldest first. The
	// head is never dropped, and engines that keep the log in parts drop whole
	// parts, so it may keep more than it is told to: it returns the seq up to
	// which records are gone, 0 when none is, however they went. Reading
	// behind an earlier seq is ErrGone from then on; rows, keys and the
	// journal stay as they are. Append may have to wait for it, but not for
	// long at a time. After an error some may have been dropped: told again,
	// it goes on.
	DropRecords(ctx context.Context, upTo Seq) (Seq, error)
}

// Cursors is implemented by engines that keep, by name, up to where a reader
// of the log has come.
type Cursors interface {
	// Cursor returns the named cursor, 0 when it was never set.
	Cursor(ctx context.Context, name string) (Seq, error)
	// SetCursor moves the named cursor from one seq to another; ErrMoved when
	// it is not at from. It need not survive a crash of the machine.
	SetCursor(ctx context.Context, name string, from, to Seq) error
}

// Mover is implemented by engines whose buckets can be moved to another slot.
type Mover interface {
	// Buckets returns the rows that were stored with Group.Buckets, by bucket,
	// and the head they were read at, from one snapshot.
	Buckets(ctx context.Context) ([]BucketRow, Seq, error)
	// DropBucket drops items, holds and keys of the bucket, at most limit of
	// them all together, and says how many it dropped: 0 when none is left.
	// sealed is the Seq of the row that the caller wants the bucket dropped for.
	// ErrMoved: the bucket has another row now, so its items, holds and keys are
	// not those the caller means; nothing was dropped since it has. However long
	// ago the caller read the row, what has come back meanwhile is safe.
	// The bucket's row, the log and the journal stay, and what the journal says
	// of an item that is gone, or that comes back later, can still be read.
	// What it said it dropped stays dropped, whatever happens to the machine.
	// A bucket without a row has never moved: nothing is dropped, and that is an
	// error. After an error some may have been dropped: told again, it goes on.
	// Append may have to wait for it, but not for long at a time.
	DropBucket(ctx context.Context, b stock.Bucket, sealed Seq, limit int) (int, error)
}

// Originator is implemented by engines whose database can fail over to another
// server.
type Originator interface {
	// Origin says which history the database is on.
	Origin(ctx context.Context) (Origin, error)
	// OnTakeOver has fn called before the first group is stored, and before the
	// first on each other history than the last. fn's error is returned by the call
	// that was to store something; nothing was stored, and fn is called again.
	// It is set before the engine is written to.
	OnTakeOver(fn TakeOver)
}

// TakeOver receives the history on which the next group is to be stored, and the
// newest record there.
type TakeOver func(ctx context.Context, on Origin, head Seq, hash [32]byte) error

// Origin is what a database says of its history.
type Origin struct {
	// Name changes when the database fails over or is put in the place of another;
	// "": it cannot be told.
	Name string
	// Replicated says that a commit is confirmed once another server has it.
	Replicated bool
}
