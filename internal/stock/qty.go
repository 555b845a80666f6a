package stock

import (
	"fmt"
	"time"
)

// Qty counts units of an item in its smallest unit. Quantities in commands
// are never negative; a difference and the balance of an outside account may be.
type Qty int64

// MaxQty is the largest quantity and the largest figure an item may reach.
// 2^53-1 is exact in JSON, in Lua and in int64 alike (FAULTS F2).
const MaxQty Qty = 1<<53 - 1

// Time is a moment of slot time: milliseconds since 1970-01-01 UTC. 0 means
// no time.
type Time int64

// Bucket is the unit of placement: one of Buckets.
type Bucket uint16

// Buckets is how many buckets there are. It is fixed for good: rows carry
// their bucket.
const Buckets = 1024

// String returns the bucket's number.
func (b Bucket) String() string { return fmt.Sprintf("%d", uint16(b)) }

// text is the moment as the contract writes it (API.md).
func (t Time) text() string { return time.UnixMilli(int64(t)).UTC().Format(expiryTime) }
