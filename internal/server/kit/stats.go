package kit

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Stats counts and times the calls of one method over one transport. A series is made
// when it is first needed, for most of an API is never called, and each series has a cost
// wherever it is kept. Those of calls that end well are looked up once.
type Stats struct {
	Seconds func() prometheus.Observer // nil: not timed
	Ok      func() prometheus.Counter
	Problem func(*Code) prometheus.Counter
}

// Note counts a call that ended with c (nil: well) after took.
func (s *Stats) Note(c *Code, took time.Duration) {
	if c == nil {
		s.Ok().Inc()
	} else {
		s.Problem(c).Inc()
	}
	if s.Seconds != nil {
		s.Seconds().Observe(took.Seconds())
	}
}
