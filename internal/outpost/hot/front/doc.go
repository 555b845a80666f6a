// Package front is the ledger with the way through Redis before it. Callers see one ledger:
// a reservation of one line of an item that Redis sells goes through Redis, and the ledger
// decides every other request about the item or the order, behind the takings of Redis.
package front
