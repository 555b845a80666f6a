package client

import "time"

// The bounds, for tests.
const (
	MaxSenders = maxSenders
	MaxGroup   = maxGroup
)

// WithFirstLimit sets how long the first attempt may take.
func WithFirstLimit(d time.Duration) Option { return func(o *options) { o.limit = d } }

// Waiting is how many writes wait to be sent.
func Waiting(c *Client) int { return c.gather.depth() }
