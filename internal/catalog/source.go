package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Source is where commands come from by message (docs/adr/0046).
type Source struct {
	Tenant string `json:"-"`
	Name   string `json:"-"`
	Kind   string `json:"kind"`
	Target string `json:"target"`
	Topic  string `json:"topic"`
	// Group is whose place in the topic the broker keeps.
	Group string `json:"group"`
	// Reply is the topic that gets the outcome of each message, "": none.
	Reply  string `json:"reply_topic,omitempty"`
	Format string `json:"format"`
	// Shortage is what happens to what was paid and is not there; "": it is refused.
	Shortage string `json:"shortage,omitempty"`
	Paused   bool   `json:"paused,omitempty"`
	// Secret is sealed; empty: there is none.
	Secret  []byte `json:"secret,omitempty"`
	Changed Moment `json:"changed"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`

	SourceProgress `json:"-"`
}

// SourceProgress is what a relay has said about a source. It is not in the log.
type SourceProgress struct {
	Tenure
	// Accepted and Refused are messages that were answered.
	Accepted int64 `json:"accepted,omitempty"`
	Refused  int64 `json:"refused,omitempty"`
	Retries  int64 `json:"retries,omitempty"`
	// Lag is how many messages the broker had left, -1: it does not say.
	Lag          int64  `json:"lag"`
	LastError    string `json:"last_error,omitempty"`
	FailingSince Moment `json:"failing_since,omitzero"`
	// Told is when a relay last said something.
	Told Moment   `json:"told,omitzero"`
	Test SinkTest `json:"test,omitzero"`
}

const (
	// MaxMessageSources is how many sources a tenant may have.
	MaxMessageSources = 100
	// MaxMessageID is how many bytes of what a broker calls a message are kept.
	MaxMessageID = 512
)

// State is one of the states of sinks.
func (s *Source) State() string {
	switch {
	case s.Paused:
		return SinkPaused
	case !s.FailingSince.IsZero():
		return SinkFailing
	}
	return SinkRunning
}

// owner names the source among those that events are parked for. No sink has a slash in
// its name.
func (s *Source) owner() string { return sourceOwner(s.Name) }

func sourceOwner(name string) string { return "sources/" + name }

// sameAs reports whether two sources say the same, whenever that was.
func (s *Source) sameAs(o *Source) bool {
	a, b := *s, *o
	a.Changed, b.Changed = Moment{}, Moment{}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func (s *Source) check() error {
	bad := func(field, why string) error { return &InvalidError{Field: field, Reason: why} }
	if err := checkID("name", s.Name, MaxSinkName); err != nil {
		return err
	}
	for _, word := range [...]struct {
		field, value string
		least, most  int
	}{
		{"kind", s.Kind, 1, maxSinkWord},
		{"format", s.Format, 1, maxSinkWord},
		{"target", s.Target, 1, MaxSinkTarget},
		{"topic", s.Topic, 1, MaxSinkTopic},
		{"group", s.Group, 1, MaxSinkTopic},
		{"reply_topic", s.Reply, 0, MaxSinkTopic},
		{"shortage", s.Shortage, 0, maxSinkWord},
	} {
		if len(word.value) < word.least || len(word.value) > word.most || !printable(word.value) {
			return bad(word.field, fmt.Sprintf("must be text of %d to %d bytes", word.least, word.most))
		}
	}
	switch {
	case s.Reply == s.Topic:
		return bad("reply_topic", "must be another topic: a reply is no command")
	case len(s.Secret) > maxSealed:
		return bad("secret", "is too long")
	}
	return nil
}

// enter stores what people have changed of a source.
func (s *Source) enter(w *write, was *Source) error {
	s.fence(w.time())
	s.Changed = Moment{w.time()}
	return sourceKind.put(w, s, was)
}

// failing notes whether the source can do nothing now.
func (p *SourceProgress) failing(is bool, at time.Time) {
	switch {
	case !is:
		p.FailingSince = Moment{}
	case p.FailingSince.IsZero():
		p.FailingSince = Moment{at}
	}
}

var sourceKind = documentKind[Source]{
	name: "source", title: "source",
	pack:     func(s *Source) document { return document{tenant: s.Tenant, id: s.Name, seq: s.Revision} },
	progress: func(s *Source) any { return &s.SourceProgress },
	unpack:   func(d *document, s *Source) { s.Tenant, s.Name, s.Revision = d.tenant, d.id, d.seq },
}
