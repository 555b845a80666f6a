// Package hot lets Redis take reservations for the ledger.
//
// Redis is a holder of escrow, as a till is: the ledger gives it units of an item, and
// while it has them nobody else can sell them. A script takes units from the balance in
// Redis, a task row in the database makes the taking durable, and the task is written back
// to the books. Redis is a cache of what may be sold, never the only copy of what was
// acknowledged (docs/operations/redis.md).
package hot
