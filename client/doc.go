// Package client is the Go client of Holdfast, and all that a program outside
// needs of it.
//
// A [Client] is made once and shared by all goroutines. Writes that are under
// way at the same moment travel together; a call whose outcome was lost is
// sent again under the same idempotency key until it has an answer or its
// context ends; reads show the client's own writes. What the server judges is
// left to the server: the client checks nothing about stock.
//
// The stock of items and the orders that hold it are methods of the Client; the
// other chapters of the contract are services of it, such as Client.Quotas.
//
// A refusal is an [*Error] that errors.Is compares with ErrInsufficientStock
// and its like; it is never tried again.
package client
