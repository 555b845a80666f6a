package alert

import (
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// MaxFiring is how many alerts of a rule are open at once. All others share one alert.
const MaxFiring = 1000

// plan returns the changes of the alerts of a rule that follow from the samples of a time.
// There is a sample for each subject for which the condition holds, and for each subject of an
// open alert. open are the alerts of the rule that are pending or fire.
func plan(r *catalog.AlertRule, open []catalog.Alert, silences []catalog.AlertSilence, samples []subjectValue, at time.Time) (changes []catalog.AlertChange) {
	of := make(map[subject]*catalog.Alert, len(open))
	alone := 0
	for i := range open {
		of[alertSubject(&open[i])] = &open[i]
		if open[i].Subject != rest.other {
			alone++
		}
	}
	total, beyond := 0, 0
	add := func(s subjectValue) {
		a := s.alert(r)
		if is := of[s.subject]; is != nil {
			a = *is
			delete(of, s.subject)
		}
		silence := silenced(silences, &a, at)
		do := func(a *catalog.Alert) bool { return step(r, silence, a, &s, at) }
		if dry := a; do(&dry) {
			changes = append(changes, catalog.AlertChange{New: s.alert(r), Step: do})
		}
	}
	for _, s := range samples {
		if s.holds {
			total++
		}
		switch is := of[s.subject]; {
		case is == nil && !s.holds:
		case is == nil && alone >= MaxFiring:
			beyond++
		default:
			if is == nil {
				alone++
			}
			add(s)
		}
	}
	if beyond > 0 {
		add(subjectValue{subject: rest, value: float64(total), known: true, holds: true})
	}
	for s := range of { // there was no finding about them
		add(subjectValue{subject: s})
	}
	return changes
}

// silenced is the id of a silence that names the alert now, "": none does.
func silenced(silences []catalog.AlertSilence, a *catalog.Alert, at time.Time) string {
	for i := range silences {
		if silences[i].Active(at) && silences[i].Names(a) {
			return silences[i].ID
		}
	}
	return ""
}
