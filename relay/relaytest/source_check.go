package relaytest

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
)

// A test of a source reports whether the source can be consumed, also in an outage. It neither loses
// nor repeats a message.
func sourceTested(t *testing.T, x *consumption) {
	x.open(t, "tea", 0)
	x.set(t)
	x.start(t)
	reached := func() {
		t.Helper()
		waitUntil(t, "the broker is reached", func() (string, bool) {
			r, err := x.house.Sources.Test(t.Context(), "in")
			return fmt.Sprintf("%+v %v", r, err), err == nil && r.Reached && r.Error == ""
		})
	}
	x.Send(t, restocks(0, 50)...)
	reached()
	x.Send(t, restocks(50, 100)...)
	x.onHand(t, "tea", 100)
	reached() // there is nothing to consume
	x.Stop(t)
	if r, err := x.house.Sources.Test(t.Context(), "in"); err != nil || r.Reached || r.Error == "" {
		t.Errorf("without a broker: %+v, %v", r, err)
	}
	x.Start(t)
	reached()
	x.settled(t, map[string]int64{"tea": 100})
}

// rewinder is a queue that keeps what was acknowledged.
type rewinder interface {
	// Rewind sets the group back to the first message, as an operator does when no relay
	// consumes.
	Rewind(t *testing.T)
}

// After a rewind at the broker, messages that were carried out before get their answers, and later
// ones are carried out.
func givenAgain(t *testing.T, x *consumption) {
	q, keeps := x.Queue.(rewinder)
	if !keeps {
		return
	}
	x.open(t, "tea", 0)
	x.set(t)
	stop := x.start(t)
	x.Send(t, restocks(0, 50)...)
	x.source(t, "all are answered", func(s *client.Source) bool { return s.Accepted == 50 })
	stop()
	q.Rewind(t)
	x.start(t)
	x.Send(t, restocks(50, 100)...)
	x.source(t, "all are answered once more", func(s *client.Source) bool { return s.Accepted == 150 && s.Refused == 0 })
	x.settled(t, map[string]int64{"tea": 100})
}

// The test checks broker, topic and group, and not what the inlet has stored about them.
func topicGone(t *testing.T, x *consumption) {
	o := relay.Origin{Tenant: "default", Source: "in", URL: x.origin.Target, Topic: x.origin.Topic, Group: x.origin.Group}
	if x.origin.Secret != nil {
		o.Secrets = []string{*x.origin.Secret}
	}
	inlet, err := x.Inlets()(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = inlet.Close() }() // its topic is gone
	if err := inlet.Check(t.Context()); err != nil {
		t.Errorf("the topic is there: %v", err)
	}
	x.Drop(t)
	waitUntil(t, "the topic is missed", func() (string, bool) {
		err := inlet.Check(t.Context())
		return fmt.Sprint(err), err != nil
	})
}
