package hot

import (
	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/internal/stock"
)

// ScanAge is how old a taking is before Scan looks at it.
const ScanAge = scanAge

// RestFor is for how long nobody asks Redis after it did not answer.
const RestFor = restFor

// Redis is the client of the balances.
func (b *Balances) Redis() rueidis.Client {
	c, err := b.client()
	if err != nil {
		panic(err)
	}
	return c
}

// Keys are the keys of an item.
func Keys(item stock.ItemKey) []string { return keys(item) }
