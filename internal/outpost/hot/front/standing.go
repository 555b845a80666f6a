package front

import (
	"time"

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
