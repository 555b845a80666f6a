package front

import (
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// Standing is how an item on the road is.
type Standing struct {
	Item             stock.ItemKey
	State            hot.State
	Epoch            int64
	Floor            stock.Qty
	Usable, InFlight stock.Qty
	Reached          bool      // Redis answered: Usable and InFlight are its figures
	Difference       stock.Qty // what Redis has more than it should, as of the last comparison
	Since            time.Time // since when it differs, zero when it does not
}

// Figures are those of the items of a rule since the server started.
type Figures struct {
	Rule                                                   catalog.RedisRule
	Reserves, Refusals, Errors, Compensations, Differences int64
	P99                                                    time.Duration // of the reserves of the last minutes
}
