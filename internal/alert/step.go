package alert

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// The moments of an alert.
const (
	momentFired        = "fired"
	momentResolved     = "resolved"
	momentAcknowledged = "acknowledged"
	momentMuted        = "muted"
	momentUnmuted      = "unmuted"
	momentSent         = "sent"
	momentFailed       = "failed"
	momentSilenced     = "silenced"
)

// refreshEvery is how often the value of an alert that fires is stored.
const refreshEvery = time.Minute

// subjectValue is the finding about a subject.
type subjectValue struct {
	subject
	value float64
	known bool // false: it no longer has a value
	holds bool
}

// step changes an alert by what was found at a time, and reports whether it has changed.
// silence is the silence that keeps its notices back, "": none. It depends on nothing
// else.
func step(r *catalog.AlertRule, silence string, a *catalog.Alert, s *subjectValue, at time.Time) bool {
	switch a.Phase {
	case catalog.AlertFiring:
		return stayFiring(r, silence, a, s, at)
	case catalog.AlertPending:
		if !s.holds {
			a.Rest()
			return true
		}
		if at.Sub(a.Since.Time) < time.Duration(r.For) {
			return see(a, s, at)
		}
	default:
		if !s.holds {
			return false
		}
		if r.For > 0 {
			a.Phase, a.Since = catalog.AlertPending, catalog.Moment{Time: at}
			a.Title, a.Metric, a.Severity = r.Title, r.Metric, r.Severity
			a.Value, a.ValueAt = s.value, a.Since
			return true
		}
	}
	fire(r, silence, a, s, at)
	return true
}

// see stores the value of an alert, when it is time to do so.
func see(a *catalog.Alert, s *subjectValue, at time.Time) bool {
	if !s.known || s.value == a.Value || at.Sub(a.ValueAt.Time) < refreshEvery {
		return false
	}
	a.Value, a.ValueAt = s.value, catalog.Moment{Time: at}
	return true
}

// fire begins a firing.
func fire(r *catalog.AlertRule, silence string, a *catalog.Alert, s *subjectValue, at time.Time) {
	now := catalog.Moment{Time: at}
	a.Phase, a.Since, a.Fired, a.ValueAt, a.Value = catalog.AlertFiring, now, now, now, s.value
	a.Title, a.Metric, a.Severity = r.Title, r.Metric, r.Severity
	a.Firings++
	a.Clearing, a.Told, a.Silence = catalog.Moment{}, catalog.Moment{}, silence
	a.Note(catalog.AlertMoment{At: now, What: momentFired, Value: &s.value})
	if silence != "" {
		a.Note(catalog.AlertMoment{At: now, What: momentSilenced, Note: silence})
	}
	tell(r, a, at)
}

// stayFiring is step for an alert that fires.
func stayFiring(r *catalog.AlertRule, silence string, a *catalog.Alert, s *subjectValue, at time.Time) bool {
	changed := silence != a.Silence
	a.Silence = silence
	if s.holds {
		changed = see(a, s, at) || changed || !a.Clearing.IsZero()
		a.Clearing = catalog.Moment{}
		return remind(r, a, at) || changed
	}
	if a.Clearing.IsZero() {
		a.Clearing, changed = catalog.Moment{Time: at}, true
	}
	if at.Sub(a.Clearing.Time) < time.Duration(r.Clear) {
		return changed
	}
	resolve(r, a, s, at)
	return true
}

// remind sends a notice of a firing that was muted until now, and repeats the notice of
// one that nobody has acknowledged.
func remind(r *catalog.AlertRule, a *catalog.Alert, at time.Time) bool {
	due := a.Told.IsZero() || r.Repeat > 0 && !a.IsAcknowledged() && at.Sub(a.Told.Time) >= time.Duration(r.Repeat)
	return due && tell(r, a, at)
}

// resolve ends a firing. If notices of the firing were sent, the same receivers
// get a notice of the end.
func resolve(r *catalog.AlertRule, a *catalog.Alert, s *subjectValue, at time.Time) {
	a.Resolved = catalog.Moment{Time: at}
	moment := catalog.AlertMoment{At: a.Resolved, What: momentResolved}
	if s.known {
		a.Value, a.ValueAt, moment.Value = s.value, a.Resolved, &s.value
	}
	a.Note(moment)
	if !a.Told.IsZero() && !a.Quiet() {
		post(r, a, catalog.AlertResolved, at)
	}
	a.Rest()
}

// tell posts the notice of a firing, unless notices are kept back or go to nobody.
func tell(r *catalog.AlertRule, a *catalog.Alert, at time.Time) bool {
	if a.Quiet() || len(r.SendTo) == 0 {
		return false
	}
	post(r, a, catalog.AlertFiring, at)
	a.Told = catalog.Moment{Time: at}
	return true
}

// post puts one notice for each receiver into the outbox, all with one id.
func post(r *catalog.AlertRule, a *catalog.Alert, state string, at time.Time) {
	a.Notices++
	now := catalog.Moment{Time: at}
	for _, to := range r.SendTo {
		a.Post(catalog.AlertNotice{
			ID: fmt.Sprintf("%s-%d", a.ID, a.Notices), To: to, State: state, Text: sentence(r, a), Value: a.Value, At: now, Since: a.Fired, Due: now,
		})
	}
}

// sentence is the finding as a sentence.
func sentence(r *catalog.AlertRule, a *catalog.Alert) string {
	return fmt.Sprintf("%s: %s is %s (%s)", subjectOf(a), r.Metric, number(a.Value), r.Condition)
}

// number writes a value for people.
func number(n float64) string {
	if n == math.Trunc(n) && math.Abs(n) < 1e15 {
		return strconv.FormatInt(int64(n), 10)
	}
	return strconv.FormatFloat(n, 'g', 4, 64)
}
