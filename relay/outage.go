package relay

import (
	"errors"
	"time"

	"holdfast.dev/holdfast/relay/dial"
)

// outage is a time in which nothing can be delivered; zero: there is none.
type outage struct {
	since time.Time
	until time.Time // of the next attempt
	tries int
	// inherited reports that another relay began the outage. It is over when there turns out to
	// be nothing to deliver.
	inherited bool
}

func (o *outage) is() bool                     { return o.tries > 0 }
func (o *outage) isWaiting(now time.Time) bool { return now.Before(o.until) }

// goDown records that nothing can be delivered now, and when to try again.
func (c *courier) goDown(now time.Time, err error) {
	if !c.outage.is() {
		c.outage.since = now
		c.o.Log.Warn("a sink does not accept events", "sink", c.sink.Name, "err", dial.Detail(err))
	}
	c.outage.tries++
	c.report.LastError = line(err.Error())
	c.report.failing(true)
	if errors.Is(err, ErrDisabled) {
		c.report.DisabledReason = line(err.Error())
		c.outage.until = now.Add(time.Hour)
		return
	}
	pause, over := c.kind.Pause(c.outage.tries, now.Sub(c.outage.since))
	if over {
		c.report.DisabledReason = line("it has taken nothing since " + c.outage.since.UTC().Format(time.RFC3339) + ": " + err.Error())
	}
	var down *DownError
	if errors.As(err, &down) {
		pause = max(pause, min(down.After, time.Hour))
	}
	c.outage.until = now.Add(pause)
}
