package hot

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// Record is the record in Redis of an order whose taking is not yet in the
// books.
type Record struct {
	// Epoch and N name the taking for ever; 0 is none.
	Epoch, N int64
	// Reserved units may be released or sold, Short ones were promised beyond the units that
	// exist.
	Reserved, Short, Sold stock.Qty
	// Step is the last release or confirm that was applied.
	Step int64
	// Moment is when the units were taken, by the caller's clock.
	Moment time.Time
}

// String writes the record as Redis has it.
func (r Record) String() string {
	return fmt.Sprintf("%d:%d:%d:%d:%d:%d:%d", r.Epoch, r.N, r.Reserved, r.Short, r.Sold, r.Step, r.Moment.UnixMilli())
}

func parseRecord(line string) (Record, error) {
	var f [7]int64
	words := strings.Split(line, ":")
	if len(words) != len(f) {
		return Record{}, fmt.Errorf("%w: a record %q has not 7 fields", errUnreadable, line)
	}
	for i, word := range words {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil || n < 0 {
			return Record{}, fmt.Errorf("%w: a record %q: %q is no count", errUnreadable, line, word)
		}
		f[i] = n
	}
	return Record{
		Epoch: f[0], N: f[1], Reserved: stock.Qty(f[2]), Short: stock.Qty(f[3]), Sold: stock.Qty(f[4]), Step: f[5], Moment: time.UnixMilli(f[6]).UTC(),
	}, nil
}
