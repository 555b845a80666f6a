package hot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// Connect returns the balances in the Redis that the URL names: redis://HOST:PORT, with
// ?master_set=NAME behind Sentinels, with ?addr=HOST:PORT&addr=… in a cluster. It may be away: it is
// connected to when it is there.
func Connect(url string) (*Balances, error) {
	first, err := newLine(url)
	if err != nil {
		return nil, err
	}
	return &Balances{lines: [2]*lazyConnection{first}}, nil
}

// ConnectBoth returns the balances in the first Redis, or in the second one (Road).
func ConnectBoth(first, second string) (*Balances, error) {
	b := &Balances{}
	for n, url := range []string{first, second} {
		l, err := newLine(url)
		if err != nil {
			return nil, err
		}
		b.lines[n] = l
	}
	return b, nil
}

// withOwnChoice has the same connections, and its own idea of which Redis is used.
func (b *Balances) withOwnChoice() *Balances { return &Balances{lines: b.lines} }

// errNoSecond means that the books say that the second Redis sells, and this process has none.
var errNoSecond = errors.New("the items sell through the second Redis: name it (--redis-second), or take the first one (holdfast redis use first)")

// client is the connection to the Redis in use.
func (b *Balances) client() (rueidis.Client, error) { return b.clientOf(b.second.Load()) }

func (b *Balances) clientOf(second bool) (rueidis.Client, error) {
	l := b.lines[0]
	if second {
		l = b.lines[1]
	}
	if l == nil {
		return nil, errNoSecond
	}
	return l.client()
}

// two reports whether there is a second Redis.
func (b *Balances) two() bool { return b.lines[1] != nil }

// Close closes the connections.
func (b *Balances) Close() {
	for _, l := range b.lines {
		if l != nil {
			l.close()
		}
	}
}

// Ping returns an error when Redis does not answer.
func (b *Balances) Ping(ctx context.Context) error { return b.ping(ctx, b.second.Load()) }

func (b *Balances) ping(ctx context.Context, second bool) error {
	c, err := b.clientOf(second)
	if err != nil {
		return err
	}
	return c.Do(ctx, c.B().Ping().Build()).Error()
}

// lazyConnection is a connection that is made when it is needed, again when that failed: Redis may be away
// when a process starts.
type lazyConnection struct {
	options rueidis.ClientOption

	mu     sync.Mutex
	made   rueidis.Client
	closed bool
	failed error
	again  time.Time // when the next caller may try
}

func newLine(url string) (*lazyConnection, error) {
	o, err := rueidis.ParseURL(url)
	if err != nil {
		return nil, errors.New("the address of Redis cannot be read: want redis://host:port") // its text has the password
	}
	// A script that may have run is not sent again: its caller first finds out.
	o.DisableCache, o.DisableRetry = true, true
	o.ConnWriteTimeout, o.Dialer.Timeout = answerWithin, answerWithin
	return &lazyConnection{options: o}, nil
}

func (l *lazyConnection) client() (rueidis.Client, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made != nil {
		return l.made, nil
	}
	if l.closed {
		return nil, errors.New("the connection to Redis is closed")
	}
	if l.failed != nil && time.Now().Before(l.again) { // callers that came meanwhile do not wait one after the other
		return nil, l.failed
	}
	c, err := rueidis.NewClient(l.options)
	if err != nil {
		l.failed, l.again = fmt.Errorf("connect to Redis: %w", err), time.Now().Add(answerWithin)
		return nil, l.failed
	}
	l.made = c
	return c, nil
}

func (l *lazyConnection) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed = true; l.made != nil {
		l.made.Close()
	}
}
