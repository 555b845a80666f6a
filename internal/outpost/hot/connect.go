package hot

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/rueidis"
)

// Connect returns the balances in the Redis that the URL names: redis://HOST:PORT, with
// ?master_set=NAME behind Sentinels, with ?addr=HOST:PORT&addr=… in a cluster.
func Connect(url string) (*Balances, error) {
	o, err := rueidis.ParseURL(url)
	if err != nil {
		return nil, errors.New("the address of Redis cannot be read: want redis://host:port") // its text has the password
	}
	// A script that may have run is not sent again: its caller first finds out.
	o.DisableCache, o.DisableRetry = true, true
	o.ConnWriteTimeout, o.Dialer.Timeout = answerWithin, answerWithin
	c, err := rueidis.NewClient(o)
	if err != nil {
		return nil, fmt.Errorf("connect to Redis: %w", err)
	}
	return &Balances{redis: c}, nil
}

// Close closes the connections.
func (b *Balances) Close() { b.redis.Close() }

// Ping returns an error when Redis does not answer.
func (b *Balances) Ping(ctx context.Context) error {
	return b.redis.Do(ctx, b.redis.B().Ping().Build()).Error()
}
