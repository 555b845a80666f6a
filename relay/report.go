package relay

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"holdfast.dev/holdfast/client"
)

// report is the news that the books do not have yet.
type report struct {
	client.AdvanceSink
	sent      string    // the cursor that the books have
	notBefore time.Time // of the next advance
	flying    bool
	changed   bool                // Failing differs from what the books have
	again     *client.AdvanceSink // one that is repeated, because its outcome is not known
	failures  int
	refused   bool // the books take no such report: it is repeated, and nothing moves
	fenced    bool
	over      bool // the sink was disabled, or begins again after a rebuild
}

func (r *report) failing(now bool) {
	if r.Failing != now {
		r.Failing, r.changed = now, true
	}
}

// due reports whether there is anything to report.
func (r *report) due() bool {
	return r.again != nil || r.changed || r.Position != r.sent || r.Delivered > 0 || r.Retries > 0 || r.DisabledReason != "" || len(r.Parked) > 0 || len(r.Ended) > 0 ||
		len(r.Progress) > 0 || len(r.Deliveries) > 0 || r.Test != nil || r.Rebuilt || r.LastError != ""
}

// mostNews is how many entries each list of an advance has at most.
const mostNews = 1000

// advanced is the outcome of an advance.
type advanced struct {
	advance *client.AdvanceSink
	parked  []string
	err     error
}

// advance moves the cursor and reports to the books, when it is time to.
func (c *courier) advance(now time.Time, last bool) {
	r := &c.report
	if r.flying {
		return
	}
	c.collect()
	c.o.Metrics.state(c.o.Tenant, c.sink.Name, r.Failing || r.refused, c.window.oldest())
	if last && r.failures == 0 {
		r.notBefore = now
	}
	if !r.due() || now.Before(r.notBefore) {
		return
	}
	a := r.again
	if a == nil {
		a = c.nextAdvance()
	}
	r.flying, r.notBefore = true, now.Add(advanceEvery)
	if a.Delivered == 0 && a.Retries == 0 {
		r.notBefore = now.Add(quietEvery)
	}
	live := c.live
	c.all.Go(func() {
		ctx, cancel := context.WithTimeout(live, advanceWait)
		defer cancel()
		outcome := advanced{advance: a}
		answer, err := c.books.Advance(ctx, *a)
		if outcome.err = err; err == nil {
			outcome.parked = answer.ParkedIDs
		}
		select {
		case c.advanced <- outcome:
		case <-live.Done():
		}
	})
}

// collect moves the cursor after the finished entries.
func (c *courier) collect() {
	c.window.pass(func(e *entry) {
		if e.passed {
			if e.parking.waiting++; e.parking.waiting == 1 {
				c.waited = append(c.waited, e.parking)
			}
		}
	})
	c.report.Position = c.window.cursor
	if room := mostNews - len(c.report.Deliveries); room > 0 {
		c.report.Deliveries = append(c.report.Deliveries, c.log.take(room)...)
	}
}

// nextAdvance takes the pending report, and starts a new one.
func (c *courier) nextAdvance() *client.AdvanceSink {
	r := &c.report
	for _, p := range c.waited {
		r.Progress = append(r.Progress, client.ParkedProgress{ID: p.ID, Waiting: p.waiting})
		p.waiting = 0
	}
	c.waited = nil
	c.refused, c.returned = c.returned, nil
	c.o.Metrics.wait(c.o.Tenant, c.sink.Name, c.schedule.blocked())
	a := r.AdvanceSink
	if a.Position == r.sent {
		a.Position = ""
	}
	a.OldestUnsent = c.window.oldest()
	a.Parked, r.Parked = cut(a.Parked)
	a.Ended, r.Ended = cut(a.Ended)
	a.Progress, r.Progress = cut(a.Progress)
	r.Delivered, r.Retries, r.LastError, r.DisabledReason, r.Deliveries, r.Test = 0, 0, "", "", nil, nil
	r.changed, r.Rebuilt = false, false
	r.Turn++
	return &a
}

// cut splits a list into the part for one advance and the rest.
func cut[T any](list []T) (now, rest []T) {
	n := min(len(list), mostNews)
	return list[:n:n], slices.Clone(list[n:])
}

// noteAdvanced handles the outcome of an advance. If the outcome is unknown, the advance is
// repeated unchanged, so that it is stored once.
func (c *courier) noteAdvanced(a advanced) {
	r := &c.report
	r.flying, r.again = false, nil
	switch {
	case isFenced(a.err):
		r.fenced = true
		c.o.Log.Warn("a report about a sink came too late: nothing of it is stored, the sink is claimed anew", "sink", c.sink.Name, "err", a.err)
		return
	case a.err != nil:
		r.failures++
		r.notBefore = time.Now().Add(Backoff(r.failures))
		r.again = a.advance
		if isRefused(a.err) && !r.refused {
			r.refused = true
			c.o.Log.Error("the books refuse a report about a sink: its cursor does not move", "sink", c.sink.Name, "err", a.err)
		}
		c.o.Log.Debug("an advance failed", "sink", c.sink.Name, "err", a.err)
		return
	}
	r.failures, r.refused = 0, false
	if a.advance.Position != "" {
		r.sent = a.advance.Position
	}
	for i, id := range a.parked {
		if i < len(c.unnamed) {
			c.unnamed[i].ID = id
		}
	}
	c.unnamed = c.unnamed[min(len(a.parked), len(c.unnamed)):]
	for _, p := range c.refused {
		p.settled = false // the books know it: a request from now on is new
	}
	c.refused = nil
	r.over = a.advance.DisabledReason != "" || a.advance.Rebuilt
}

// records keeps the deliveries to report: the last thousand.
type records struct {
	mu   sync.Mutex
	kept []client.NewDelivery
}

// mostPosition is how many bytes the position of a delivery may have. With a longer one
// the event cannot be redelivered: the server refuses it.
const mostPosition = 256

// add records a delivery. When there are too many, it drops the oldest. It does not record
// a delivery whose position is too long.
func (r *records) add(d client.NewDelivery) {
	if len(d.Position) > mostPosition {
		return
	}
	d.Error = line(d.Error)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.kept) == mostNews {
		r.kept = r.kept[1:]
	}
	r.kept = append(r.kept, d)
}

func (r *records) take(most int) []client.NewDelivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(most, len(r.kept))
	out := r.kept[:n:n]
	r.kept = slices.Clone(r.kept[n:])
	return out
}

// mostLine is how many bytes of an error are reported.
const mostLine = 500

// line converts the error text of a receiver for gRPC: valid UTF-8, and short.
func line(text string) string {
	text = strings.ToValidUTF8(text, " ")
	if len(text) > mostLine {
		text = strings.ToValidUTF8(text[:mostLine], "")
	}
	return text
}
