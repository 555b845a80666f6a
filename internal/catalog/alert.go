package catalog

import (
	"encoding/json"
	"slices"
)

// Alert is the finding of a rule about one subject. There is one for each subject, which
// fires and is resolved again and again.
type Alert struct {
	Tenant string `json:"-"`
	ID     string `json:"-"`
	Rule   string `json:"rule"`
	// The item or channel that it is about, or that which Subject names.
	Product  string `json:"product,omitempty"`
	Location string `json:"location,omitempty"`
	Channel  string `json:"channel,omitempty"`
	Subject  string `json:"subject,omitempty"`
	// Acknowledged says who acknowledged a firing, and Muted who muted the alert;
	// zero: nobody did.
	Acknowledged AlertAct `json:"acknowledged,omitzero"`
	Muted        AlertAct `json:"muted,omitzero"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`

	AlertProgress `json:"-"`
}

// AlertAct is an act of somebody on an alert.
type AlertAct struct {
	By   string `json:"by,omitempty"`
	Note string `json:"note,omitempty"`
	At   Moment `json:"at"`
	// Firing is the number of the firing that was acknowledged.
	Firing int64 `json:"firing,omitempty"`
}

// AlertProgress is the findings. They are not in the log; the acts of people on the
// alert are.
type AlertProgress struct {
	// Title, Metric and Severity are those of the rule when it was found.
	Title    string `json:"title"`
	Metric   string `json:"metric"`
	Severity string `json:"severity"`
	// Phase is "" (nothing was found), AlertPending, AlertFiring or AlertResolved, since Since.
	Phase    string  `json:"phase,omitempty"`
	Since    Moment  `json:"since,omitzero"`
	Fired    Moment  `json:"fired,omitzero"`
	Resolved Moment  `json:"resolved,omitzero"`
	Value    float64 `json:"value"`
	ValueAt  Moment  `json:"value_at,omitzero"`
	// Firings counts how often it has fired.
	Firings int64 `json:"firings,omitempty"`
	// Clearing is since when the condition does not hold although it fires, zero: it holds.
	Clearing Moment `json:"clearing,omitzero"`
	// Silence is the silence that keeps its notices back.
	Silence string `json:"silence,omitempty"`
	// Told is when a notice of this firing was last put into the outbox, zero: none was.
	Told Moment `json:"told,omitzero"`
	// Notices counts the notices that there were, Outbox are those yet to be sent.
	Notices int64         `json:"notices,omitempty"`
	Outbox  []AlertNotice `json:"outbox,omitempty"`
	// Groups are the lists of notices in the outbox that are about several alerts.
	Groups  []AlertGroup  `json:"groups,omitempty"`
	Error   string        `json:"error,omitempty"` // of the last attempt to send one
	History []AlertMoment `json:"history,omitempty"`
}

// AlertNotice is a notice to one receiver.
type AlertNotice struct {
	ID    string  `json:"id"`
	To    string  `json:"to"`
	State string  `json:"state"` // AlertFiring or AlertResolved
	Text  string  `json:"text"`
	Value float64 `json:"value"`
	At    Moment  `json:"at"`
	Since Moment  `json:"since"`
	// Due is when it is tried next: while somebody sends it, the time when
	// another process may.
	Due   Moment `json:"due"`
	Tries int    `json:"tries,omitempty"`
	// Count is how many alerts it is about when there are several: the group with its id lists them.
	Count int `json:"count,omitempty"`
}

// AlertGroup lists alerts that one notice is about. The notices to all receivers share it.
type AlertGroup struct {
	ID     string        `json:"id"` // of the notice
	Alerts []AlertListed `json:"alerts"`
}

// AlertListed is an alert as a notice lists it.
type AlertListed struct {
	ID       string  `json:"id"`
	Product  string  `json:"product,omitempty"`
	Location string  `json:"location,omitempty"`
	Channel  string  `json:"channel,omitempty"`
	Subject  string  `json:"subject,omitempty"`
	Value    float64 `json:"value"`
}

// AlertMoment is something that happened to an alert.
type AlertMoment struct {
	At     Moment   `json:"at"`
	What   string   `json:"what"`
	Value  *float64 `json:"value,omitempty"`
	To     string   `json:"to,omitempty"`
	Notice string   `json:"notice,omitempty"`
	By     string   `json:"by,omitempty"`
	Note   string   `json:"note,omitempty"`
}

// The states of an alert; pending, firing and resolved are phases as well.
const (
	AlertPending      = "pending"
	AlertFiring       = "firing"
	AlertAcknowledged = "acknowledged"
	AlertMuted        = "muted"
	AlertResolved     = "resolved"
)

// AlertStates are all of them.
var AlertStates = []string{AlertPending, AlertFiring, AlertAcknowledged, AlertMuted, AlertResolved}

const (
	// maxAlertMoments is how many moments of an alert are kept.
	maxAlertMoments = 50
	// maxAlertOutbox is how many notices of an alert may wait: the oldest are given up.
	maxAlertOutbox = 60
	maxAlertNote   = 1024
	// maxAlertListed is how many alerts a notice lists, maxAlertList how many bytes the list may have, and
	// maxAlertGroups how many lists an alert keeps: a document has at most 64 KiB. A notice without its list
	// still says how many alerts it is about.
	maxAlertListed = 100
	maxAlertList   = 12 << 10
	maxAlertGroups = 2
)

// State is one of the states, "" when nothing was ever found.
func (a *Alert) State() string {
	switch {
	case a.Phase != AlertFiring:
		return a.Phase
	case a.Quiet():
		return AlertMuted
	case a.IsAcknowledged():
		return AlertAcknowledged
	}
	return AlertFiring
}

// Quiet reports whether its notices are kept back.
func (a *Alert) Quiet() bool { return !a.Muted.At.IsZero() || a.Silence != "" }

// IsAcknowledged reports whether somebody has acknowledged the present firing.
func (a *Alert) IsAcknowledged() bool {
	return a.Phase == AlertFiring && a.Acknowledged.Firing == a.Firings
}

// Note notes something that happened.
func (a *Alert) Note(m AlertMoment) {
	m.Note = cut(m.Note, maxAlertNote)
	a.History = append(slices.Clone(a.History), m)
	a.History = a.History[max(0, len(a.History)-maxAlertMoments):]
}

// Post puts a notice into the outbox.
func (a *Alert) Post(n AlertNotice) {
	a.Outbox = append(slices.Clone(a.Outbox), n)
	a.Outbox = a.Outbox[max(0, len(a.Outbox)-maxAlertOutbox):]
}

// PostGroup makes the notices with an id, which are in the outbox, notices about several alerts.
func (a *Alert) PostGroup(id, text string, all []AlertListed) {
	a.Outbox = slices.Clone(a.Outbox)
	for i := range a.Outbox {
		if n := &a.Outbox[i]; n.ID == id {
			n.Text, n.Count = text, len(all)
		}
	}
	group, size := AlertGroup{ID: id}, 0
	for i := range all {
		one, err := json.Marshal(all[i])
		if size += len(one); err != nil || i == maxAlertListed || size > maxAlertList {
			break
		}
		group.Alerts = append(group.Alerts, all[i])
	}
	a.Groups = append(slices.Clone(a.Groups), group)
	a.Groups = a.Groups[max(0, len(a.Groups)-maxAlertGroups):]
}

// Listed are the alerts that a notice lists; nil: it is about this one alone, or its list was dropped.
func (a *Alert) Listed(id string) []AlertListed {
	for i := range a.Groups {
		if a.Groups[i].ID == id {
			return a.Groups[i].Alerts
		}
	}
	return nil
}

// Unpost takes notices out of the outbox, and the lists that no other notice needs.
func (a *Alert) Unpost(is func(AlertNotice) bool) {
	a.Outbox = slices.DeleteFunc(slices.Clone(a.Outbox), is)
	a.Groups = slices.DeleteFunc(slices.Clone(a.Groups), func(g AlertGroup) bool {
		return !slices.ContainsFunc(a.Outbox, func(n AlertNotice) bool { return n.ID == g.ID })
	})
}

// due is when a notice must be sent next.
func (a *Alert) due() (first int64) {
	for i := range a.Outbox {
		if at := millis(a.Outbox[i].Due.Time); first == 0 || at < first {
			first = at
		}
	}
	return first
}

// An alert is listed by when it last changed its state, and found by its rule, product and
// location.
var alertKind = documentKind[Alert]{
	name: "alert", title: "alert",
	pack: func(a *Alert) document {
		return document{tenant: a.Tenant, id: a.ID, number: millis(a.Since.Time), state: a.State(), due: a.due(), seq: a.Revision}
	},
	progress: func(a *Alert) any { return &a.AlertProgress },
	unpack:   func(d *document, a *Alert) { a.Tenant, a.ID, a.Revision = d.tenant, d.id, d.seq },
	links:    func(a *Alert) []string { return alertLinks(a.Rule, a.Product, a.Location) },
}

// alertLinks are the link names of those that are not empty.
func alertLinks(rule, product, location string) (links []string) {
	for _, of := range [...][2]string{{"rule/", rule}, {"product/", product}, {"location/", location}} {
		if of[1] != "" {
			links = append(links, of[0]+of[1])
		}
	}
	return links
}
