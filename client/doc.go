// Package client is the Go client of Holdfast, and all that a program outside
// needs of it.
//
// Make one [Client] and share it among all goroutines. Writes that are under
// way at the same moment are sent together. A call whose answer was lost is sent
// again under the same idempotency key until it has an answer or its context
// ends. Reads show the client's own writes. The server makes all decisions about
// stock: the client checks nothing about it.
//
// The stock of items and the orders that hold it are methods of the Client. The
// other parts of the API are services of it, such as Client.Quotas.
//
// A refusal is an [*Error], which errors.Is compares with ErrInsufficientStock
// and the other sentinels. The client never repeats a refused call.
package client
