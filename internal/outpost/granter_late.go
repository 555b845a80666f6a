package outpost

import (
	"context"
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// Late is a till that may have done what the books do not know.
type Late struct {
	Till      string
	Condition Condition // Away, Stale or Behind
	Since     time.Time // zero: it was never heard of
}

// lateAfter is how long after its last word a till may have sold what it has not reported: one with a line reports
// sooner, and other processes know of that within noteEvery.
const lateAfter = noteEvery + acknowledgeEvery + 5*time.Second

// Late are the paired tills of a location that may not have reported all that they did, by rank.
func (g *Granter) Late(ctx context.Context, tenant, location string) (late []Late, err error) {
	d := g.desk
	for _, known := range g.tillsAt(tenant, location) {
		t, err := d.tills.Get(ctx, tenant, known.ID)
		if errors.Is(err, catalog.ErrUnknown) {
			continue // it was dropped a moment ago
		}
		if err != nil {
			return nil, err
		}
		heard := d.heardOf(&t)
		l := Late{Till: t.ID, Condition: conditionOf(&t, &heard, d.now()), Since: heard.At.Time}
		switch {
		case t.Epoch == "":
			continue
		case l.Condition == Behind:
			l.Since = heard.Behind.Time
		case l.Condition == Synced && d.now().Sub(heard.At.Time) > lateAfter:
			l.Condition = Away
		case l.Condition == Synced:
			continue
		}
		late = append(late, l)
	}
	return late, nil
}
