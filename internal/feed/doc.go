// Package feed is everything downstream of the log: whoever wants to know what was
// committed reads it here, from a cursor on, in the order of the log. Logs reads
// the log of each slot once for all of a process; what the ledger has just stored
// it is handed (Logs.Stored) and need not read. A Projection is a named reader with
// a stored cursor, which a Runner keeps going; PerKey is one that parks by key what
// cannot be taken in.
//
// Tail hands each watcher the events of its filter once; a watcher that starts in
// the past reads the logs by itself until it has caught up. Where a bucket has
// moved to another slot, what happened there waits for what happened before in the
// old one.
//
// How events travel (SSE, gRPC) and who may see them is left to package server,
// what is committed and when to the ledger.
package feed
