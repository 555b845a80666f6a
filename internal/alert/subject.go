package alert

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
)

// subject is what an alert is about.
type subject struct{ product, location, channel, other string }

// rest is the subject for all subjects of a rule that have no alert of their own
// because there are too many.
var rest = subject{other: "*"}

// id names the alert of a rule about a subject.
func (s subject) id(rule string) string {
	h := sha256.New()
	for _, part := range [...]string{rule, s.product, s.location, s.channel, s.other} {
		_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(part)))) // a hash takes everything
		_, _ = h.Write([]byte(part))
	}
	return "alert-" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)[:15]))
}

// alert is the alert of a rule about the subject before any finding.
func (s subject) alert(r *catalog.AlertRule) catalog.Alert {
	return catalog.Alert{
		Tenant: r.Tenant, ID: s.id(r.ID), Rule: r.ID, Product: s.product, Location: s.location, Channel: s.channel, Subject: s.other,
	}
}

// alertSubject is the subject of an alert.
func alertSubject(a *catalog.Alert) subject {
	return subject{a.Product, a.Location, a.Channel, a.Subject}
}

// subjectOf names the subject of an alert for people.
func subjectOf(a *catalog.Alert) string { return subjectName(alertSubject(a)) }

// subjectName names a subject for people.
func subjectName(s subject) string {
	var words []string
	if s.product != "" {
		words = append(words, s.product)
	}
	if s.location != "" {
		words = append(words, "at "+s.location)
	}
	if s.channel != "" {
		words = append(words, "on "+s.channel)
	}
	switch {
	case s.other == rest.other:
		words = append(words, "more than there are alerts for")
	case s.other != "":
		words = append(words, s.other)
	case len(words) == 0:
		return "all locations and channels"
	}
	return strings.Join(words, " ")
}
