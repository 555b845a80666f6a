// Package feed is everything downstream of the log: who wants to know what was
// committed reads it here, from a cursor on, in the order of the log. Tail
// follows the log of each slot while somebody watches and hands each watcher the
// events of its filter once; a watcher that starts in the past reads the logs by
// itself until it has caught up. Where a bucket has moved to another slot, what
// happened there waits for what happened before in the old one. Runner keeps readers of logs going, of this
// package and of others.
//
// How events travel (SSE, gRPC) and who may see them is left to package server,
// what is committed and when to the ledger, which tells the tail with Notify.
package feed
