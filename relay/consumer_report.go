package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/client"
)

// sourceReport is the news of a source that the books do not have yet.
type sourceReport struct {
	client.AdvanceSource
	again     *client.AdvanceSource // one that is repeated, because its outcome is not known
	notBefore time.Time             // of the next advance
	failures  int
	refused   bool // the books take no such report
	fenced    bool
	changed   bool // Failing or Lag differ from what the books have
}

// mostParking is how many messages one advance parks: all stored parts of them must fit
// into a call.
const mostParking = 100

func (r *sourceReport) fail(why string, retries int) {
	r.changed = r.changed || !r.Failing
	r.Failing, r.LastError = true, why
	r.Retries += int64(retries)
}

func (r *sourceReport) recover() {
	r.changed = r.changed || r.Failing
	r.Failing = false
}

func (r *sourceReport) due() bool {
	return r.again != nil || r.changed || r.Test != nil || r.Accepted+r.Refused+r.Retries > 0 || len(r.Ended)+len(r.Progress) > 0
}

// count records the outcome of messages, of each once.
func (c *consumer) count(done []*letter) {
	for _, l := range done {
		if l.counted {
			continue
		}
		l.counted = true
		result := resultOK
		switch {
		case l.cause != "":
			result = resultParked
		case l.refused():
			result = resultRefused
			if l.isUnmet() {
				result = resultUnmet
			}
			c.told.Refused++
		default:
			c.told.Accepted++
		}
		c.o.Metrics.consumed(c.o.Tenant, c.source.Name, result)
	}
}

// noteLag records how many messages the broker has left.
func (c *consumer) noteLag() {
	n, known := c.inlet.Lag()
	if !known {
		return
	}
	c.o.Metrics.sourceLag(c.o.Tenant, c.source.Name, n)
	if c.told.Lag == nil || *c.told.Lag != n {
		c.told.Lag, c.told.changed = &n, true
	}
}

// tell reports the state of the source to the books, when it is time to, or for the last
// time.
func (c *consumer) tell(last bool) {
	r := &c.told
	now := time.Now()
	if r.fenced || !r.due() || now.Before(r.notBefore) && (!last || r.failures > 0) {
		return
	}
	if err := c.advance(false); err == nil {
		r.notBefore = now.Add(advanceEvery)
	}
}

// advance reports the news to the books; with parks it also reports the messages to park.
// A report that may not have been stored is sent again unchanged before any other.
func (c *consumer) advance(parks bool) error {
	r := &c.told
	a := r.again
	if a == nil {
		a = r.next(parks)
	}
	ctx, cancel := context.WithTimeout(c.live, advanceWait)
	defer cancel()
	_, err := c.books.AdvanceSource(ctx, *a)
	r.again = nil
	if isRefused(err) && !r.refused {
		r.refused = true
		c.o.Log.Error("the books refuse a report about a source: nothing of it is acknowledged", "source", c.source.Name, "err", err)
	}
	switch {
	case isFenced(err):
		r.fenced = true
		c.o.Log.Warn("a report about a source came too late: nothing of it is stored, the source is claimed anew", "source", c.source.Name, "err", err)
	case isFull(err):
		r.putBack(a)
	case err != nil:
		r.again = a
		r.failures++
		r.notBefore = time.Now().Add(Backoff(r.failures))
	default:
		r.failures, r.refused = 0, false
	}
	return err
}

// next takes the pending report, and starts a new one.
func (r *sourceReport) next(parks bool) *client.AdvanceSource {
	a := r.AdvanceSource
	a.Parked = nil
	if parks {
		n := min(len(r.Parked), mostParking)
		a.Parked, r.Parked = r.Parked[:n:n], r.Parked[n:]
	}
	a.Ended, r.Ended = cut(r.Ended)
	a.Progress, r.Progress = cut(r.Progress)
	r.Accepted, r.Refused, r.Retries, r.LastError, r.Test, r.changed = 0, 0, 0, "", nil, false
	r.Turn++
	return &a
}

// putBack takes back a refused report, which is not stored: the same turn is used for another report.
func (r *sourceReport) putBack(a *client.AdvanceSource) {
	r.Turn = a.Turn
	r.Accepted, r.Refused, r.Retries = r.Accepted+a.Accepted, r.Refused+a.Refused, r.Retries+a.Retries
	r.Parked = append(a.Parked, r.Parked...)
	r.Ended = append(a.Ended, r.Ended...)
	r.Progress = append(a.Progress, r.Progress...)
	r.Test = cmp.Or(r.Test, a.Test)
	r.changed = true
}

// stateFull is the state of the error of an advance that would park too much.
const stateFull = "parked_full"

// isFull reports whether an advance was refused because too many messages are parked.
func isFull(err error) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && e.State == stateFull
}

// store returns when the outcome of the messages is stored in the books: which are parked,
// because they are no commands or say that something was paid which is not there, and how
// many were carried out or refused.
func (c *consumer) store(done []*letter) error {
	for _, l := range done {
		if !l.kept && l.whyParked() != "" {
			c.told.Parked = append(c.told.Parked, l.park())
			l.kept = true
		}
	}
	c.count(done)
	return c.flush()
}

// flush returns when the books have all outcomes, and the progress of parked messages.
func (c *consumer) flush() error {
	r := &c.told
	for r.again != nil || len(r.Parked)+len(r.Ended)+len(r.Progress) > 0 || r.Accepted+r.Refused > 0 {
		if err := c.advance(true); err != nil {
			return fmt.Errorf("tell the books: %w", err)
		}
	}
	return nil
}
