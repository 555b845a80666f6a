package catalog

import (
	"fmt"
	"time"
)

// AlertSilence keeps the notices of alerts back for a time.
type AlertSilence struct {
	Tenant string `json:"-"`
	ID     string `json:"-"`
	// The alerts that it names: those to which all applies that is not empty.
	Rule     string `json:"rule,omitempty"`
	Product  string `json:"product,omitempty"`
	Location string `json:"location,omitempty"`
	Channel  string `json:"channel,omitempty"`
	From     Moment `json:"from"`
	Until    Moment `json:"until"`
	Reason   string `json:"reason"`
	By       string `json:"by,omitempty"`
	Changed  Moment `json:"changed"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`
}

// MaxAlertSilence is how long a silence may last.
const MaxAlertSilence = 366 * 24 * time.Hour

// Active reports whether it keeps notices back at the moment.
func (s *AlertSilence) Active(at time.Time) bool {
	return !at.Before(s.From.Time) && at.Before(s.Until.Time)
}

// Names reports whether it names an alert.
func (s *AlertSilence) Names(a *Alert) bool {
	fits := func(want, is string) bool { return want == "" || want == is }
	return fits(s.Rule, a.Rule) && fits(s.Product, a.Product) && fits(s.Location, a.Location) && fits(s.Channel, a.Channel)
}

func (s *AlertSilence) check() error {
	if err := checkID("silence_id", s.ID, MaxAlertID); err != nil {
		return err
	}
	if s.Rule != "" {
		if err := checkID("rule_id", s.Rule, MaxAlertID); err != nil {
			return err
		}
	}
	if err := checkAlertScope(s.Product, s.Location, s.Channel); err != nil {
		return err
	}
	switch length := s.Until.Sub(s.From.Time); {
	case length <= 0 || length > MaxAlertSilence:
		return &InvalidError{Field: "until", Reason: fmt.Sprintf("must be after from, by at most %d days", MaxAlertSilence/(24*time.Hour))}
	case s.Reason == "" || len(s.Reason) > maxAlertNote || !storable(s.Reason):
		return &InvalidError{Field: "reason", Reason: fmt.Sprintf("must be text of 1 to %d bytes", maxAlertNote)}
	}
	return nil
}

func (s *AlertSilence) refs() []Ref { return alertRefs(s.Tenant, s.Product, s.Location) }

func (s *AlertSilence) stamp(at time.Time) error {
	s.Changed = Moment{at}
	return nil
}

func (s *AlertSilence) sameAs(o *AlertSilence) bool {
	return s.Rule == o.Rule && s.Product == o.Product && s.Location == o.Location && s.Channel == o.Channel &&
		s.From.Equal(o.From.Time) && s.Until.Equal(o.Until.Time) && s.Reason == o.Reason
}

// AlertSilences keeps silences.
type AlertSilences struct {
	settable[AlertSilence, *AlertSilence]
}

var alertSilenceKind = documentKind[AlertSilence]{
	name: "alert_silence", title: "alert silence",
	pack:   func(s *AlertSilence) document { return document{tenant: s.Tenant, id: s.ID, seq: s.Revision} },
	unpack: func(d *document, s *AlertSilence) { s.Tenant, s.ID, s.Revision = d.tenant, d.id, d.seq },
}
