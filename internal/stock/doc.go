// Package stock holds the rules of the inventory: accounts, postings, items, holds,
// commands, the events that they cause, and the bytes in which all of these are kept.
//
// Everything here is a function of values. Decide judges one command against a State and
// returns an event; Apply folds the event into a Book. The time comes in as an argument.
// There is no I/O, no clock and no goroutine in this package: storing, ordering and
// retrying belong to package ledger.
package stock
