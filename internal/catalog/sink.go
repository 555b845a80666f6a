package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Sink is where committed changes are delivered (docs/adr/0043).
type Sink struct {
	Tenant string     `json:"-"`
	Name   string     `json:"-"`
	Kind   string     `json:"kind"`
	Target string     `json:"target"`
	Topic  string     `json:"topic,omitempty"`
	Filter SinkFilter `json:"filter,omitzero"`
	Format string     `json:"format"`
	// Batch is how many events are delivered together, and Linger how long one may wait
	// for others.
	Batch  int    `json:"batch"`
	Linger Period `json:"linger_ms,omitempty"`
	Paused bool   `json:"paused,omitempty"`
	// Disabled is why nothing is delivered until it is resumed, "": it is not disabled.
	Disabled string `json:"disabled,omitempty"`
	// Secrets are sealed, the newest first.
	Secrets []SinkSecret `json:"secrets,omitempty"`
	Changed Moment       `json:"changed"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`

	SinkProgress `json:"-"`
}

// SinkFilter is what a sink gets: events that each list names, an empty one all.
type SinkFilter struct {
	Types     []string `json:"types,omitempty"`
	Products  []string `json:"products,omitempty"`
	Locations []string `json:"locations,omitempty"`
	Channels  []string `json:"channels,omitempty"`
}

// IsZero reports whether it names nothing.
func (f SinkFilter) IsZero() bool {
	return len(f.Types)+len(f.Products)+len(f.Locations)+len(f.Channels) == 0
}

// OfCatalog reports whether it wants changes of the catalog, and not of the stock.
func (f *SinkFilter) OfCatalog() bool {
	return slices.ContainsFunc(f.Types, func(name string) bool { return name == "catalog" || strings.HasPrefix(name, "catalog.") })
}

// SinkSecret is a secret as it is stored: encrypted by a key that is not in the
// database.
type SinkSecret struct {
	Sealed []byte `json:"sealed"`
	// Until is when it stops to count; zero: never.
	Until Moment `json:"until,omitzero"`
}

// SinkProgress is how far a sink is, and who delivers it. It is not in the log.
type SinkProgress struct {
	Tenure
	// Position is the place behind what was dealt with.
	Position string `json:"position"`

	Delivered    int64  `json:"delivered,omitempty"`
	Retries      int64  `json:"retries,omitempty"`
	LastError    string `json:"last_error,omitempty"`
	FailingSince Moment `json:"failing_since,omitzero"`
	OldestUnsent Moment `json:"oldest_unsent,omitzero"`
	// Told is when a relay last said something.
	Told Moment `json:"told,omitzero"`
	// Tried is how many deliveries were noted, each of which has its number.
	Tried     int64            `json:"tried,omitempty"`
	Redeliver []SinkRedelivery `json:"redeliver,omitempty"`
	Test      SinkTest         `json:"test,omitzero"`
	// Rebuild says that the target of the sink is to be filled anew. Until that is done,
	// Position stays.
	Rebuild bool `json:"rebuild,omitempty"`
}

// SinkTest is a test of a sink or a source that somebody has asked for.
type SinkTest struct {
	ID       string `json:"id"`
	Asked    Moment `json:"asked"`
	Answered bool   `json:"answered,omitempty"`
	Error    string `json:"error,omitempty"`
	TookMS   int64  `json:"took_ms,omitempty"`
}

// answer notes what a relay says of a test, when that is the one that was asked for last.
func (t *SinkTest) answer(told *SinkTest) {
	if told != nil && told.ID != "" && told.ID == t.ID {
		t.Answered, t.Error, t.TookMS = true, cut(told.Error, maxSinkError), told.TookMS
	}
}

// pending is the test while somebody waits for it, else no test.
func (t SinkTest) pending(at time.Time) SinkTest {
	if t.Answered || at.Sub(t.Asked.Time) > testFor {
		return SinkTest{}
	}
	return t
}

// These are the bounds of a sink.
const (
	// MaxSinks is how many sinks a tenant may have.
	MaxSinks = 100
	// MaxSinkName, MaxSinkTarget and MaxSinkTopic are in bytes.
	MaxSinkName   = 64
	MaxSinkTarget = 2048
	MaxSinkTopic  = 255
	// MaxSinkFilter is how long each list of a filter may be.
	MaxSinkFilter = 100
	// MaxSinkBatch is how many events are delivered together at most, MaxSinkLinger how
	// long one waits for others.
	MaxSinkBatch  = 1000
	MaxSinkLinger = Period(time.Second)
	// MaxPosition is how many bytes a position may have.
	MaxPosition = 2048

	// MaxSinkSecrets is how many secrets a sink may have at a time: the newest, and those before it that
	// still count.
	MaxSinkSecrets = 5

	maxSinkWord  = 32
	maxSealed    = 2048
	maxSinkError = 512
)

// The states of a sink.
const (
	SinkRunning  = "running"
	SinkPaused   = "paused"
	SinkFailing  = "failing"
	SinkDisabled = "disabled"
	// SinkBlocked is the state of a running sink of which events wait for parked ones. State does not
	// know of those.
	SinkBlocked = "blocked"
)

// State is one of the states.
func (s *Sink) State() string {
	switch {
	case s.Disabled != "":
		return SinkDisabled
	case s.Paused:
		return SinkPaused
	case !s.FailingSince.IsZero():
		return SinkFailing
	}
	return SinkRunning
}

// active reports whether a relay is to deliver it.
func (s *Sink) active() bool { return !s.Paused && s.Disabled == "" }

// sameAs reports whether two sinks say the same, whenever that was.
func (s *Sink) sameAs(o *Sink) bool {
	a, b := *s, *o
	a.Changed, b.Changed = Moment{}, Moment{}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func (s *Sink) check() error {
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
		{"topic", s.Topic, 0, MaxSinkTopic},
	} {
		if len(word.value) < word.least || len(word.value) > word.most || !printable(word.value) {
			return bad(word.field, fmt.Sprintf("must be text of %d to %d bytes", word.least, word.most))
		}
	}
	for _, list := range [...]struct {
		field string
		ids   []string
		most  int
	}{
		{"filter.types", s.Filter.Types, maxSinkWord},
		{"filter.product_ids", s.Filter.Products, maxProduct},
		{"filter.location_ids", s.Filter.Locations, maxLocation},
		{"filter.channel_ids", s.Filter.Channels, maxChannel},
	} {
		if len(list.ids) > MaxSinkFilter {
			return bad(list.field, fmt.Sprintf("must be at most %d", MaxSinkFilter))
		}
		for i, id := range list.ids {
			field := fmt.Sprintf("%s[%d]", list.field, i)
			if err := checkID(field, id, list.most); err != nil {
				return err
			}
			if slices.Contains(list.ids[:i], id) {
				return bad(field, "is there twice")
			}
		}
	}
	switch {
	case s.Batch < 1 || s.Batch > MaxSinkBatch:
		return bad("batch.max", fmt.Sprintf("must be 1 to %d", MaxSinkBatch))
	case s.Linger < 0 || s.Linger > MaxSinkLinger:
		return bad("batch.linger_ms", "must be 0 to 1000")
	case len(s.Secrets) > MaxSinkSecrets || slices.ContainsFunc(s.Secrets, func(k SinkSecret) bool { return len(k.Sealed) > maxSealed }):
		return bad("secret", fmt.Sprintf("is too long, or is one more than the %d that a sink has at a time", MaxSinkSecrets))
	}
	return nil
}

var sinkKind = documentKind[Sink]{
	name: "sink", title: "sink",
	pack:     func(s *Sink) document { return document{tenant: s.Tenant, id: s.Name, seq: s.Revision} },
	progress: func(s *Sink) any { return &s.SinkProgress },
	unpack:   func(d *document, s *Sink) { s.Tenant, s.Name, s.Revision = d.tenant, d.id, d.seq },
}
