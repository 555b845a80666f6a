package engine

import "context"

// Archiver drops records that are kept elsewhere.
type Archiver interface {
	// First returns the seq of the oldest record that is kept, 0 when there is
	// none.
	First(ctx context.Context) (Seq, error)
	// DropRecords drops the records up to and including seq, oldest first. The
	// head is never dropped, and engines that keep the log in parts drop whole
	// parts, so more records may stay than upTo allows. It returns the seq up
	// to which records are gone, for whatever reason, and 0 when none is. From
	// then on, reading behind an earlier seq is ErrGone; rows, keys and the
	// journal stay as they are. Append may have to wait for it, but only for a
	// short time at once. After an error some may have been dropped: the next
	// call drops the rest.
	DropRecords(ctx context.Context, upTo Seq) (Seq, error)
}
