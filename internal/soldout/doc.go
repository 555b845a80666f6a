// Package soldout announces when a product can no longer be had on a channel because
// the last location that serves the channel has sold out, and when it is available
// again.
//
// It compares the current state with the last announcement, whenever the log or the
// catalog shows that the two may differ. It books the difference as an announcement
// (stock.Announce). So an announcement is an entry of the log like any other: every
// watcher reads the same one at the same place, on every node and at any later time.
// Any number of processes may do so at once.
package soldout
