package alert

import (
	"context"
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// ErrNotFiring says that an alert does not fire, so nobody can take care of it.
var ErrNotFiring = errors.New("the alert does not fire")

// Acknowledge notes that somebody takes care of an alert that fires. A repeat changes nothing.
func (d *Desk) Acknowledge(ctx context.Context, tenant, id, by, note string) (catalog.Alert, error) {
	return d.rooms.Kept.Alerts.Act(ctx, tenant, id, func(a *catalog.Alert, at time.Time) (bool, error) {
		if a.Phase != catalog.AlertFiring {
			return false, ErrNotFiring
		}
		if a.IsAcknowledged() {
			return false, nil
		}
		a.Acknowledged = catalog.AlertAct{By: by, Note: note, At: catalog.Moment{Time: at}, Firing: a.Firings}
		a.Note(catalog.AlertMoment{At: a.Acknowledged.At, What: momentAcknowledged, By: by, Note: note})
		return true, nil
	})
}

// Mute stops the notices of an alert, also those that are yet to be sent, except for a notice that is about
// other alerts too. A repeat changes nothing.
func (d *Desk) Mute(ctx context.Context, tenant, id, by, note string) (catalog.Alert, error) {
	return d.rooms.Kept.Alerts.Act(ctx, tenant, id, func(a *catalog.Alert, at time.Time) (bool, error) {
		if !a.Muted.At.IsZero() {
			return false, nil
		}
		a.Muted = catalog.AlertAct{By: by, Note: note, At: catalog.Moment{Time: at}}
		a.Unpost(alone)
		a.Note(catalog.AlertMoment{At: a.Muted.At, What: momentMuted, By: by, Note: note})
		return true, nil
	})
}

// alone reports whether a notice is about one alert.
func alone(n catalog.AlertNotice) bool { return n.Count == 0 }

// Unmute lets notices of an alert be sent again. A repeat changes nothing.
func (d *Desk) Unmute(ctx context.Context, tenant, id, by, note string) (catalog.Alert, error) {
	return d.rooms.Kept.Alerts.Act(ctx, tenant, id, func(a *catalog.Alert, at time.Time) (bool, error) {
		if a.Muted.At.IsZero() {
			return false, nil
		}
		a.Muted = catalog.AlertAct{}
		a.Note(catalog.AlertMoment{At: catalog.Moment{Time: at}, What: momentUnmuted, By: by, Note: note})
		return true, nil
	})
}
