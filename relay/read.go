package relay

import (
	"context"
	"errors"
	"time"
)

// logReader is the state of the reading of the log.
type logReader struct {
	position string
	failed   bool // the log could not be read the last time
	still    int  // how often in a row there was nothing after the position
}

// watchStep is the position of a watch and the event there, or the reason for its end. A step
// without an event means that nothing up to its position passes the filter.
type watchStep struct {
	after string // the position to resume from
	event *event
	err   error
}

// read passes on the steps of the sink's watch until ctx ends.
func (c *courier) read(ctx context.Context) {
	c.follow(ctx, watchOf(&c.sink.Filter, c.sink.Position), func(s watchStep) bool {
		select {
		case c.steps <- s:
			return true
		case <-ctx.Done():
			return false
		}
	})
}

// follow calls each with the steps of a watch, until it returns false or ctx ends. A watch
// that ends is restarted where it was.
func (c *courier) follow(ctx context.Context, w watch, each func(watchStep) bool) {
	for failures := 0; ctx.Err() == nil; {
		for e, err := range w.events(ctx, c.books) {
			s := watchStep{after: e.After, err: err}
			if e.Position != "" {
				s.event = &e
			}
			if !each(s) {
				return
			}
			if err != nil {
				break
			}
			w.moveTo(e.After)
			failures = 0
		}
		failures++
		wait := time.NewTimer(Backoff(failures))
		select {
		case <-wait.C:
		case <-ctx.Done():
		}
		wait.Stop()
	}
}

// take handles a step of the watch.
func (c *courier) take(s watchStep) {
	if s.err != nil {
		if !errors.Is(s.err, context.Canceled) {
			c.reader.failed = true
			c.report.LastError = line("the log cannot be read: " + s.err.Error())
			c.report.failing(true)
		}
		return
	}
	if c.reader.failed {
		c.reader.failed = false
		c.report.failing(c.outage.is())
	}
	before := c.reader.position
	c.reader.position = s.after
	e := s.event
	if e == nil || !passes(&c.sink.Filter, e) {
		c.window.skip(s.after)
		if s.after != before {
			c.reader.still = 0
		}
		// Two steps at the same position: the first may be that of the start.
		if c.reader.still++; c.reader.still > 1 && c.outage.inherited && len(c.window.entries) == 0 {
			c.outage = outage{}
			c.report.failing(false)
		}
		return
	}
	c.reader.still = 0
	entry := &entry{before: before, after: s.after, event: e, message: c.messageOf(e, before)}
	c.window.add(entry)
	q := c.schedule.queue(keyOf(e))
	switch p := q.parking; {
	case p == nil:
		c.schedule.add(q, entry)
	case p.catchup != nil:
		q.held = append(q.held, entry)
	default:
		c.passOver(p, entry)
	}
}

// messageOf converts an event to the sink's format.
func (c *courier) messageOf(e *event, before string) Message {
	m := c.form.message(e)
	m.Position = before
	return m
}
