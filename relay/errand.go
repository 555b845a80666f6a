package relay

import (
	"fmt"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay/dial"
)

// adminRequest is a request outside the flow of events: a test event, and events to send
// once more.
type adminRequest struct {
	todo []delivered
	seen map[string]bool // ids that were taken up
}

func (r *adminRequest) ready() bool { return len(r.todo) > 0 }

func (r *adminRequest) take() delivered {
	d := r.todo[0]
	r.todo = r.todo[1:]
	return d
}

// first reports whether the id is new.
func (r *adminRequest) first(id string) bool {
	if id == "" || r.seen[id] {
		return false
	}
	if r.seen == nil || len(r.seen) > mostNews {
		r.seen = map[string]bool{}
	}
	r.seen[id] = true
	return true
}

// takeErrands takes over the errands of the claim.
func (c *courier) takeErrands(s *client.ClaimedSink) {
	if c.errand.first(s.TestID) {
		c.errand.todo = append(c.errand.todo, delivered{test: s.TestID, messages: []Message{c.form.test(s.TestID, time.Now())}})
	}
	for _, again := range s.Redeliver {
		if c.errand.first(again.ID) {
			c.all.Go(func() { c.fetch(again) })
		}
	}
}

// fetch reads the event to send once more.
func (c *courier) fetch(again client.Redelivery) {
	send := func(d delivered) {
		select {
		case c.fetched <- d:
		case <-c.live.Done():
		}
	}
	read := 0
	w := watchOf(&c.sink.Filter, again.Position)
	for e, err := range w.events(c.live, c.books) {
		if err != nil {
			c.log.add(client.NewDelivery{EventID: again.EventID, Position: again.Position, At: time.Now(), Error: fmt.Sprintf("the event cannot be read: %v", err), Try: 1, RedeliveryOf: again.ID})
			return
		}
		if e.Position == "" {
			continue
		}
		if e.Position == again.EventID {
			m := c.messageOf(&e, again.Position)
			m.Repeats, m.Try = again.ID, 1
			send(delivered{again: again, messages: []Message{m}})
			return
		}
		if read++; read > mostAhead {
			return
		}
	}
}

// settleErrand reports the outcome of an errand.
func (c *courier) settleErrand(d delivered) {
	if d.test == "" {
		return // the log of deliveries has it
	}
	c.report.Test = &client.SinkTest{EventID: d.test, Delivered: d.errs == nil, Took: d.took}
	if d.errs != nil {
		c.report.Test.Error = line(d.errs[0].Error())
		c.o.Log.Warn("a test of a sink failed", "sink", c.sink.Name, "err", dial.Detail(d.errs[0]))
	}
}
