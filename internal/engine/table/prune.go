package table

import (
	"cmp"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// PruneLooks is how many hold rows a page of HoldPruner has.
	PruneLooks = 2000
	// lookAtMost bounds the hold rows that one call reads, to about a tenth of a
	// second: rows are not stored by age, so old ones must be searched for.
	lookAtMost = 200_000
)

// HoldPruner drops ended holds from a table in the order of order, tenant and
// bucket. It continues where the last call stopped, and starts again at the
// beginning after the end. One call reads each row at most once, and at most
// lookAtMost rows: on a large table it takes several calls to read all. The
// zero value begins at the beginning.
type HoldPruner struct {
	mu sync.Mutex
	at stock.HoldKey // up to which it has looked
}

// Prune drops at most limit of the holds that ended with records up to upTo.
// page reads the key, Open and Seq of the next rows behind a key, up to
// PruneLooks rows; drop drops those of the holds that have not changed since.
func (p *HoldPruner) Prune(
	upTo engine.Seq, limit int,
	page func(behind stock.HoldKey) ([]engine.HoldRow, error), drop func([]stock.HoldKey) (int, error),
) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var old []stock.HoldKey
	start, at, looked, wrapped := p.at, p.at, 0, false
	for len(old) < limit && looked < lookAtMost {
		rows, err := page(at)
		if err != nil {
			return 0, err
		}
		around := false // all rows were looked at
		for i := range rows {
			r := &rows[i]
			if around = wrapped && compareHolds(r.Key, start) > 0; around || len(old) == limit {
				break
			}
			at = r.Key
			if looked++; !r.Open && r.Seq <= upTo {
				old = append(old, r.Key)
			}
		}
		if around || wrapped && len(rows) < PruneLooks {
			break
		}
		if len(rows) < PruneLooks && len(old) < limit {
			at, wrapped = stock.HoldKey{}, true
		}
	}
	n, err := drop(old)
	if err == nil {
		p.at = at
	}
	return n, err
}

// compareHolds orders keys as the table does.
func compareHolds(a, b stock.HoldKey) int {
	return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Bucket, b.Bucket))
}
