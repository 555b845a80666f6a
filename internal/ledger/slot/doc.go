// Package slot is the write path of one slot. A committer takes the commands that
// wait, and decides them one after another on the state that this node remembers. It
// stores each group as one record behind the head it expects (group commit). Answers
// are given when the record is durable. Keys, expiry, strong reads and the way to
// the slot's home node are here too.
//
// This package and package stock alone decide whether units can be promised twice.
// Package ledger handles orders over several slots; package move moves a bucket to
// another slot.
package slot
