// Package slot is the write path of one slot: a committer takes the commands that
// wait, decides them one after another on the state that this node remembers, and
// stores each group as one record behind the head it expects. Answers are given
// when the record is durable. Keys, expiry, strong reads and the way to the slot's
// home node are here too.
//
// Whether units can be promised twice is decided by this package and package stock
// alone. Orders over several slots are the business of package ledger, the way of
// a bucket to another slot that of package move.
package slot
