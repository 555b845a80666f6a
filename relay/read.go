package relay

import (
	"context"
	"errors"
	"time"
)

// reader is how far the log was read.
type reader struct {
	position string
	failed   bool // the log could not be read the last time
}

// readStep is a step of the watch of the sink, or why it ended.
type readStep struct {
	step Step
	err  error
}

// read passes on the steps of the watch of the sink until ctx ends.
func (c *courier) read(ctx context.Context) {
	c.follow(ctx, c.sink.Filter.watch(c.sink.Position), func(step Step, err error) bool {
		select {
		case c.steps <- readStep{step, err}:
			return true
		case <-ctx.Done():
			return false
		}
	})
}

// follow calls each with the steps of a watch, until it returns false or ctx ends. A
// watch that ends is begun again where it was.
func (c *courier) follow(ctx context.Context, w Watch, each func(Step, error) bool) {
	for failures := 0; ctx.Err() == nil; {
		for step, err := range c.books.Watch(ctx, w) {
			if !each(step, err) {
				return
			}
			if err != nil {
				break
			}
			w.After, failures = step.After, 0
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

// take deals with a step of the watch.
func (c *courier) take(s readStep) {
	if s.err != nil {
		if !errors.Is(s.err, context.Canceled) {
			c.reader.failed = true
			c.report.LastError = "the log cannot be read: " + s.err.Error()
			c.report.failing(true)
		}
		return
	}
	if c.reader.failed {
		c.reader.failed = false
		c.report.failing(c.outage.is())
	}
	before := c.reader.position
	c.reader.position = s.step.After
	e := s.step.Event
	if e == nil || !c.sink.Filter.passes(e) {
		c.window.skip(s.step.After)
		return
	}
	entry := &entry{before: before, after: s.step.After, event: e, message: c.messageOf(e, before)}
	c.window.add(entry)
	q := c.schedule.queue(e.Key())
	switch p := q.parking; {
	case p == nil:
		c.schedule.add(q, entry)
	case p.catchup != nil:
		q.held = append(q.held, entry)
	default:
		c.passOver(p, entry)
	}
}

// messageOf writes an event for the sink.
func (c *courier) messageOf(e *Event, before string) Message {
	m := c.form.message(e)
	m.Position = before
	return m
}
