// Package stock holds the rules of the inventory: accounts, postings, items,
// holds, commands, the events they lead to, and the bytes those are kept in.
//
// Everything here is a function of values. Decide judges one command against
// a State and says what happens, Apply folds what happened into a Book; the
// time comes in as an argument. There is no I/O, no clock and no goroutine in
// this package: storing, ordering and retrying belong to package ledger.
package stock
