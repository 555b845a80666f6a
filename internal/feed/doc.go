// Package feed is everything downstream of the log: readers of committed events read them
// here, from a cursor on, in the order of the log. Logs reads the log of each slot once for
// all readers of a process. The ledger hands over the records it has just stored
// (Logs.Stored), so they need not be read. A Projection is a named reader with a stored
// cursor, which a Runner keeps running. PerKey is a projection that parks, by key, the
// events that cannot be taken in.
//
// Tail hands each watcher the events of its filter once; a watcher that starts in the past
// reads the logs by itself until it has caught up. Where a bucket has moved to another
// slot, its events there wait for its earlier events in the old slot.
//
// How events travel (SSE, gRPC) and who may see them is left to package server,
// what is committed and when to the ledger.
package feed
