package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/alert/notice"
	"holdfast.dev/holdfast/internal/catalog"
)

// gather makes one notice of those that the alerts of a rule have posted at one time: one of the alerts
// that began to fire, and one of those that were resolved. The first of the alerts has it.
func gather(r *catalog.AlertRule, changed []*catalog.Alert, at time.Time) {
	for _, state := range [...]string{catalog.AlertFiring, catalog.AlertResolved} {
		isNew := func(n catalog.AlertNotice) bool { return n.State == state && n.At.Equal(at) }
		var posted []*catalog.Alert
		for _, a := range changed {
			if slices.ContainsFunc(a.Outbox, isNew) {
				posted = append(posted, a)
			}
		}
		if len(posted) < 2 {
			continue
		}
		first := posted[0]
		id := first.Outbox[slices.IndexFunc(first.Outbox, isNew)].ID
		all := make([]catalog.AlertListed, len(posted))
		for i, a := range posted {
			all[i] = catalog.AlertListed{ID: a.ID, Product: a.Product, Location: a.Location, Channel: a.Channel, Subject: a.Subject, Value: a.Value}
			if i > 0 {
				a.Unpost(isNew)
				a.Notices--
				noteNotice(a, id, at)
			}
		}
		first.PostGroup(id, fmt.Sprintf("%d alerts: %s (%s)", len(all), r.Metric, r.Condition), all)
	}
}

// noteNotice names the notice of another alert in what has happened to an alert at a time.
func noteNotice(a *catalog.Alert, id string, at time.Time) {
	a.History = slices.Clone(a.History)
	for i := range a.History {
		if m := &a.History[i]; m.At.Equal(at) && (m.What == momentFired || m.What == momentResolved) {
			m.Notice = id
		}
	}
}

// mostLines is how many alerts the text of a notice lists.
const mostLines = 20

// listAlerts fills in the parts of a notice that list several alerts.
func listAlerts(n *notice.Notice, count int, listed []catalog.AlertListed) {
	if count < 2 {
		return
	}
	n.Count = count
	n.Subject = fmt.Sprintf("%s and %d more", n.Subject, count-1)
	lines := []string{n.Text}
	for i := range listed {
		one := &listed[i]
		about := subjectName(subject{one.Product, one.Location, one.Channel, one.Subject})
		n.Items = append(n.Items, notice.Item{
			Alert: one.ID, Product: one.Product, Location: one.Location, Channel: one.Channel, Subject: about, Value: number(one.Value),
		})
		if i < mostLines {
			lines = append(lines, about+": "+number(one.Value))
		}
	}
	if more := count - len(lines) + 1; more > 0 && len(listed) > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	n.Text = strings.Join(lines, "\n")
}
