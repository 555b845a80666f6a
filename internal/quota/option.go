package quota

import (
	"log/slog"
	"time"
)

type options struct {
	log *slog.Logger
	now func() time.Time
}

// Option changes how Schedules and Campaigns work.
type Option func(*options)

// WithLog sets where trouble is reported. The default is nowhere.
func WithLog(log *slog.Logger) Option { return func(o *options) { o.log = log } }

// WithClock sets the clock. The default is time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

func newOptions(set []Option) options {
	o := options{log: slog.New(slog.DiscardHandler), now: time.Now}
	for _, opt := range set {
		opt(&o)
	}
	return o
}
