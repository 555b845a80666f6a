package catalog

import (
	"context"
	"time"
)

// Alerts stores the findings of rules.
type Alerts struct{ documents[Alert] }

// AlertQuery says which alerts of a tenant are wanted: those that match all fields that are
// not empty, behind the one that last changed its state at Before and has the id After. Those
// that changed last come first.
type AlertQuery struct {
	Tenant, State, Rule, Product, Location string
	Before                                 int64
	After                                  string
	Limit                                  int
}

// List lists alerts as of one moment.
func (d Alerts) List(ctx context.Context, q AlertQuery) ([]Alert, error) {
	return d.list(ctx, func(r *read) ([]Alert, error) { return findAlerts(r, &q) })
}

func findAlerts(r *read, q *AlertQuery) ([]Alert, error) {
	text, args := `tenant = ? AND parent = '' AND number > 0`, []any{q.Tenant}
	if q.State != "" {
		text, args = text+` AND state = ?`, append(args, q.State)
	}
	if q.Before > 0 {
		text, args = text+` AND (number < ? OR number = ? AND id > ?)`, append(args, q.Before, q.Before, q.After)
	}
	for _, target := range alertLinks(q.Rule, q.Product, q.Location) {
		text += ` AND id IN (SELECT id FROM {document_link} WHERE tenant = ? AND kind = ? AND target = ?)`
		args = append(args, q.Tenant, alertKind.name, target)
	}
	for _, a := range args {
		if s, is := a.(string); is && !storable(s) {
			return nil, nil
		}
	}
	return alertKind.find(r, text+` ORDER BY number DESC, id LIMIT ?`, append(args, pageSize(q.Limit))...)
}

// Open returns the alerts of a tenant that are pending or fire.
func (d Alerts) Open(ctx context.Context, tenant string) ([]Alert, error) {
	return d.list(ctx, func(r *read) ([]Alert, error) { return openAlerts(r, tenant) })
}

func openAlerts(r *read, tenant string) ([]Alert, error) {
	return alertKind.find(r, `tenant = ? AND number > 0 AND state IN (?, ?, ?, ?)`, tenant, AlertPending, AlertFiring, AlertAcknowledged, AlertMuted)
}

// CountFiring counts the alerts of a tenant that fire, by rule.
func (d Alerts) CountFiring(ctx context.Context, tenant string) (map[string]int64, error) {
	open, err := d.Open(ctx, tenant)
	of := map[string]int64{}
	for i := range open {
		if open[i].Phase == AlertFiring {
			of[open[i].Rule]++
		}
	}
	return of, err
}

// resolveAlerts ends all findings of a rule. Nothing is sent.
func resolveAlerts(w *write, tenant, rule string) error {
	open, err := openAlerts(&w.read, tenant)
	if err != nil {
		return err
	}
	for i := range open {
		a := &open[i]
		if a.Rule != rule {
			continue
		}
		a.Unpost(func(AlertNotice) bool { return true })
		if a.Phase == AlertFiring {
			a.Resolved = Moment{w.time()}
			a.Note(AlertMoment{At: a.Resolved, What: AlertResolved, Note: "the rule was disabled or deleted"})
		}
		a.Rest()
		if err := alertKind.keep(w, a); err != nil {
			return err
		}
	}
	return nil
}

// Rest ends the finding: the alert is in the state of its last resolution, or as if nothing
// had been found.
func (a *Alert) Rest() {
	a.Phase, a.Since, a.Clearing, a.Told, a.Silence = "", Moment{}, Moment{}, Moment{}, ""
	if a.Firings > 0 {
		a.Phase, a.Since = AlertResolved, a.Resolved
	}
}

// AlertEvaluation is the outcome of the evaluation of a rule.
type AlertEvaluation struct {
	Rule AlertRule // as it was read
	At   time.Time
	// Next is when it is due again, Error why it could not be evaluated.
	Next    time.Time
	Error   string
	Changes []AlertChange
	// Gather sees all alerts that have changed before they are stored, and may change their notices; nil:
	// they stay as they are.
	Gather func(changed []*Alert)
}

// AlertChange is the change of an alert.
type AlertChange struct {
	// New is the alert when there was none.
	New Alert
	// Step changes an alert, and reports whether it did. It may be called again.
	Step func(*Alert) bool
}

// Evaluated stores the outcomes of evaluations, except those that others have stored before.
// For a rule that somebody else has evaluated or changed, nothing is stored, and its outcome
// is ErrStale.
func (d Alerts) Evaluated(ctx context.Context, all []AlertEvaluation) (outcomes []error, err error) {
	err = d.store.write(ctx, d.now, func(w *write) error {
		outcomes = make([]error, len(all))
		for i := range all {
			fresh, err := all[i].mark(w)
			if err == nil && fresh {
				err = all[i].store(w)
			}
			if err != nil {
				return err
			}
			if !fresh {
				outcomes[i] = ErrStale
			}
		}
		return nil
	})
	return outcomes, during(err, "store what alert rules found")
}

// mark notes that the rule was evaluated. False: somebody else was faster.
func (e *AlertEvaluation) mark(w *write) (bool, error) {
	is, gone, err := alertRuleKind.get(&w.read, e.Rule.Tenant, e.Rule.ID)
	if err != nil || is == nil || gone || is.Revision != e.Rule.Revision || !is.Due.Equal(e.Rule.Due) {
		return false, err
	}
	is.Due = e.Next
	is.Evaluated, is.AlertRuleProgress.Error = Moment{e.At}, cut(e.Error, maxAlertError)
	return true, alertRuleKind.keep(w, is)
}

func (e *AlertEvaluation) store(w *write) error {
	ids := make([]string, len(e.Changes))
	for i := range e.Changes {
		ids[i] = e.Changes[i].New.ID
	}
	have, err := alertKind.readSome(&w.read, e.Rule.Tenant, ids)
	if err != nil {
		return err
	}
	var changed []*Alert
	known := map[string]bool{}
	for i := range e.Changes {
		a, is := e.Changes[i].New, have[ids[i]].document
		if is != nil {
			a = *is
			known[a.ID] = true
		}
		if e.Changes[i].Step(&a) {
			changed = append(changed, &a)
		}
	}
	if e.Gather != nil {
		e.Gather(changed)
	}
	for _, a := range changed {
		if known[a.ID] {
			err = alertKind.keep(w, a)
		} else {
			err = alertKind.put(w, a, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Act stores an act of somebody on an alert, and returns the alert as it is stored. The
// alert stays as it is if change reports that nothing was changed.
func (d Alerts) Act(ctx context.Context, tenant, id string, change func(a *Alert, at time.Time) (bool, error)) (Alert, error) {
	var kept Alert
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, err := alertKind.must(&w.read, tenant, id)
		if err != nil {
			return err
		}
		kept = *was
		changed, err := change(&kept, w.time())
		if err != nil || !changed {
			return err
		}
		return alertKind.put(w, &kept, was)
	})
	return result(kept, err, "act about alert %q", id)
}

// Keep stores what change makes of the progress of an alert, unless it reports that it has
// changed nothing: then it is ErrStale.
func (d Alerts) Keep(ctx context.Context, tenant, id string, change func(*Alert) bool) error {
	err := d.store.write(ctx, d.now, func(w *write) error {
		a, err := alertKind.must(&w.read, tenant, id)
		if err != nil {
			return err
		}
		if !change(a) {
			return ErrStale
		}
		return alertKind.keep(w, a)
	})
	return during(err, "note what was sent of alert %q", id)
}
