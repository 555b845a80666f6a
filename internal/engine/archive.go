package engine

import "context"

// Archiver drops records that are kept elsewhere.
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
	// long at a time. After an error some may have been dropped: the next
	// call drops the rest.
	DropRecords(ctx context.Context, upTo Seq) (Seq, error)
}
