package relay

import (
	"context"
	"time"

	"holdfast.dev/holdfast/client"
)

// sourceOrder is the content of a claim about a source.
type sourceOrder struct {
	client.ClaimedSource
	asked time.Time // when the claim was made: it does not cover later events
}

// takeOrders carries out the orders of the last claim.
func (c *consumer) takeOrders() {
	select {
	case s := <-c.orders:
		if s.TestID != "" && s.TestID != c.test {
			c.test, c.asked = s.TestID, true
		}
		for id, known := range c.redone {
			if !known.IsZero() && s.asked.After(known) {
				delete(c.redone, id) // from now on it was requeued once more
			}
		}
		for _, m := range s.Requeued {
			if _, is := c.redone[m.ID]; !is {
				c.redone[m.ID] = time.Time{}
				l := c.read(&Incoming{ID: m.MessageID, Body: []byte(m.Body)})
				if l.parked, l.tries = m.ID, m.Tries; m.Owe {
					l.shortage = client.ShortageOversell
				}
				c.requeued = append(c.requeued, l)
			}
		}
	default:
	}
}

// answerTest asks the broker for the answer to a test. Received messages stay as they are
// unless the broker fails.
func (c *consumer) answerTest() error {
	c.asked = false
	began := time.Now()
	err := c.check()
	c.told.Test = &client.SourceTest{ID: c.test, Reached: err == nil, Took: time.Since(began)}
	if err != nil {
		c.told.Test.Error = line(err.Error())
	}
	return err
}

// check asks the broker whether the source can be consumed, and opens a closed inlet
// first.
func (c *consumer) check() error {
	if c.inlet == nil {
		if err := c.connect(checkWait); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(c.live, checkWait)
	defer cancel()
	err := c.inlet.Check(ctx)
	if err != nil {
		c.drop()
	}
	return err
}

// redo carries out parked messages once more. Messages without valid commands stay parked.
func (c *consumer) redo() error {
	for len(c.requeued) > 0 && c.going.Err() == nil {
		l := c.requeued[0]
		for !l.done() {
			if err := c.proceed(l); err != nil {
				return err
			}
			if l.done() {
				break
			}
			ctx, cancel := context.WithTimeout(c.live, executeWait)
			rest := l.commands[len(l.results):]
			results, err := c.books.Execute(ctx, rest[:min(len(rest), mostCommands)])
			cancel()
			l.results = append(l.results, results...)
			switch {
			case isFinal(err):
				l.cause = line("the books take no such command: " + err.Error())
			case err != nil:
				return err
			}
		}
		if why := l.whyParked(); why != "" {
			c.told.Progress = append(c.told.Progress, client.ParkedProgress{ID: l.parked, Cause: why, Tries: 1})
		} else {
			if err := c.reply([]*letter{l}); err != nil {
				return err
			}
			c.told.Ended = append(c.told.Ended, l.parked)
			c.count([]*letter{l})
		}
		if err := c.flush(); err != nil {
			return err
		}
		c.redone[l.parked] = time.Now()
		c.requeued = c.requeued[1:]
	}
	return nil
}
