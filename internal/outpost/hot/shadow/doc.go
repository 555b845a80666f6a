// Package shadow tries Redis out with items that the ledger sells.
//
// It follows the log of the books. Each taking, release and confirm of an item is carried out
// again by the scripts, on a balance in Redis that sells nothing. Whether Redis takes what the
// ledger took is compared at one position of the log, so the order of concurrent calls makes no
// difference. Refusals are not in the log: callers of the ledger pass them on, and Redis is
// asked once the log is at a position where the books lack the units too
// (docs/adr/0066-redis-is-tried-out-behind-the-log.md).
package shadow
