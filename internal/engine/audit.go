package engine

import "context"

// Auditor shows keys and journal rows, to be compared with the log. Both scans
// only read and may run concurrently with writers.
type Auditor interface {
	// ScanKeys calls fn for each key row of the records from first to last
	// (0: without end), in no particular order, and returns the head they were
	// read at, from one snapshot. fn's error ends the scan and is returned.
	ScanKeys(ctx context.Context, first, last Seq, fn func(*KeyRow) error) (Seq, error)

	// ScanJournal calls fn for each journal row up to the cursor, in no
	// particular order, and returns the cursor, from one snapshot. fn's error
	// ends the scan and is returned.
	ScanJournal(ctx context.Context, fn func(*JournalRow) error) (Seq, error)
}
