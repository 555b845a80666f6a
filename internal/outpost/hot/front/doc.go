// Package front is the ledger with the way through Redis before it. Callers see one ledger:
// a reservation of one line of an item that Redis sells goes through Redis, and whatever
// else is asked about the item or the order is decided by the ledger, behind what Redis
// has taken.
package front
