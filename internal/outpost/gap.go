package outpost

import (
	"context"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// Gaps calls see for each paired till of a tenant that was heard of, with its location and for how
// long it has been away, stale or behind; 0: it is in step.
func (g *Granter) Gaps(ctx context.Context, tenant string, see func(till, location string, gap time.Duration)) error {
	d := g.desk
	for after := ""; ; {
		some, err := d.tills.List(ctx, tenant, after, tillsAtATime)
		if err != nil {
			return err
		}
		for i := range some {
			heard := d.heardOf(&some[i])
			if gap, known := gapOf(&some[i], &heard, d.now()); known {
				see(some[i].ID, some[i].Location, gap)
			}
		}
		if len(some) < tillsAtATime {
			return nil
		}
		after = some[len(some)-1].ID
	}
}

// tillsAtATime is how many tills are read together.
const tillsAtATime = 500

// gapOf is for how long a till with these reports has not been in step. It is unknown for a till
// that is not paired, or has never reported.
func gapOf(t *catalog.Till, heard *catalog.TillHeard, now time.Time) (gap time.Duration, known bool) {
	since := now
	switch conditionOf(t, heard, now) {
	case Unpaired:
		return 0, false
	case Stale:
		since = heard.Stale.Time
	case Away:
		if since = heard.At.Time; since.IsZero() {
			return 0, false
		}
	case Behind:
		since = heard.Behind.Time
	case Synced:
	}
	return max(0, now.Sub(since)), true
}
