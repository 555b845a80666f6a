package stock

import "time"

// KeyRetention is how long an idempotency key is kept: longer than a client may
// retry (FAULTS F12).
const KeyRetention = Time(7 * 24 * time.Hour / time.Millisecond)

// KeyLeeway is how much the clock of the process that drops keys may differ from the clock
// of the process that asks for one.
const KeyLeeway = Time(time.Hour / time.Millisecond)

// HoldRetention is how long an ended hold keeps its natural key, so that an
// order id is not held twice (API.md, Conventions).
const HoldRetention = Time(90 * 24 * time.Hour / time.Millisecond)
