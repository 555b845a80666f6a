// Package soldout tells when a product can no longer be had on a channel because the
// last location that serves the channel has sold out, and when it can again.
//
// It compares what there is with what was announced last, whenever the log or the
// catalog says that the two may differ, and books the difference as an announcement
// (stock.Announce). So what is told is an entry of the log like any other: every
// watcher reads the same one at the same place, on every node and at any later time.
// Any number of processes may do so at once.
package soldout
