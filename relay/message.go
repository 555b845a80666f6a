package relay

import (
	"net/url"
	"time"

	"holdfast.dev/holdfast/api/render"
)

// Formats of messages.
const (
	FormatStructured = "cloudevents"        // the body is a whole CloudEvent
	FormatBinary     = "cloudevents-binary" // the body is the data, attributes are separate
	FormatPlain      = "plain"              // the body is the data
)

// Media types of bodies.
const (
	typeEvent = "application/cloudevents+json; charset=utf-8"
	typeJSON  = "application/json"
)

// Message is an event in the sink's format.
type Message struct {
	ID          string // the same each time the event is sent
	Key         string // messages of one key are in order
	Type        string // such as "dev.holdfast.stock.reserve.v1"
	Time        time.Time
	ContentType string
	Attributes  []Attribute // separate from the body; only of FormatBinary
	Body        []byte      // JSON in one line
	Data        []byte      // the event as GET /v1/events shows it
	Position    string      // before the event, for the log of deliveries
	Try         int         // counts from 1
	Repeats     string      // the delivery that it repeats on request
}

// Attribute is an attribute of a CloudEvent.
type Attribute struct{ Name, Value string }

// messageWriter writes messages of one sink.
type messageWriter struct {
	source string
	format string
}

func newMessageWriter(tenant, format string) messageWriter {
	return messageWriter{source: "/holdfast/" + url.PathEscape(tenant), format: format}
}

// message writes an event.
func (f messageWriter) message(e *event) Message {
	return f.write(Message{ID: e.Position, Key: keyOf(e), Type: typeOf(e), Time: e.At, Data: dataOf(e)})
}

// test makes the event that a test of a sink sends.
func (f messageWriter) test(id string, now time.Time) Message {
	return f.write(Message{ID: id, Key: "test", Type: "dev.holdfast.test.v1", Time: now, Data: []byte(`{"test":true}`)})
}

// write fills in the parts of a message that depend on the format.
func (f messageWriter) write(m Message) Message {
	attributes := []Attribute{
		{"specversion", "1.0"},
		{"id", m.ID},
		{"source", f.source},
		{"type", m.Type},
		{"subject", m.Key},
		{"time", m.Time.UTC().Format("2006-01-02T15:04:05.000Z")},
	}
	key := Attribute{"partitionkey", m.Key}
	switch f.format {
	case FormatPlain:
		m.ContentType, m.Body = typeJSON, m.Data
	case FormatBinary:
		m.ContentType, m.Body, m.Attributes = typeJSON, m.Data, append(attributes, key)
	default:
		m.ContentType = typeEvent
		m.Body = structured(append(attributes, Attribute{"datacontenttype", typeJSON}, key), m.Data)
	}
	return m
}

// structured writes a CloudEvent in structured mode.
func structured(attributes []Attribute, data []byte) []byte {
	b := make([]byte, 0, 384+len(data))
	for i, a := range attributes {
		b = append(b, ",{"[btoi(i == 0)])
		b = append(b, '"')
		b = append(b, a.Name...)
		b = append(b, `":`...)
		b = render.String(b, a.Value)
	}
	b = append(b, `,"data":`...)
	b = append(b, data...)
	return append(b, '}')
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
