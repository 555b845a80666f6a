// Package ledger is the one write path. Submit takes commands from all callers,
// a committer per slot decides them in order on the state it keeps in memory
// and stores each group as one record under the head compare; answers are
// given when the record is durable. Strong reads, idempotency, expiry by slot
// time and positions live here too, each once.
//
// Package stock defines what a command means. Package engine keeps the bytes.
// Package audit checks whether the books are right.
package ledger
