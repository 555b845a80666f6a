package quota

import "time"

type options struct{ now func() time.Time }

// Option changes how Schedules and Campaigns work.
type Option func(*options)

// WithClock sets the clock. The default is time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

func newOptions(set []Option) options {
	o := options{now: time.Now}
	for _, opt := range set {
		opt(&o)
	}
	return o
}
