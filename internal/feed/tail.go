package feed

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// defaultPoll is how often the head is looked at while somebody watches:
	// other processes commit too, and cannot notify this one.
	defaultPoll = 20 * time.Millisecond
	// defaultQueue is how many events may wait for one watcher.
	defaultQueue = 4096

	firstRetry = 20 * time.Millisecond
	lastRetry  = 2 * time.Second
)

// Tail follows the logs of all slots and hands each event to its watchers. It is safe for
// concurrent use while Run runs; without watchers it does nothing.
type Tail struct {
	poll   time.Duration
	most   int // events may wait for one watcher
	logs   *Logs
	runner *Runner

	mu        sync.Mutex
	followers []*follower // by slot
	watches   map[*Watch]struct{}
}

// Option changes what NewTail makes.
type Option func(*Tail)

// WithPoll sets how often the tail looks for commits of other processes. The default is 20
// ms.
func WithPoll(d time.Duration) Option { return func(t *Tail) { t.poll = d } }

// WithQueue bounds the events that wait for one watcher when a record comes: a watcher with
// more is cut off. The default is 4096.
func WithQueue(n int) Option { return func(t *Tail) { t.most = n } }

// WithRandom sets where the spread of pauses after errors comes from, as
// Runner.SetRandom does.
func WithRandom(random func(time.Duration) time.Duration) Option {
	return func(t *Tail) { t.runner.SetRandom(random) }
}

// NewTail returns the tail of the logs.
func NewTail(logs *Logs, log *slog.Logger, opts ...Option) *Tail {
	t := &Tail{
		poll: defaultPoll, most: defaultQueue, logs: logs,
		runner: NewRunner(log, "feed", firstRetry, lastRetry), watches: map[*Watch]struct{}{},
	}
	for _, set := range opts {
		set(t)
	}
	for _, l := range logs.Each() {
		t.Add(l)
	}
	return t
}

// Add adds the log of the next slot, also while Run runs. Watchers receive it from its
// first record on.
func (t *Tail) Add(l *Log) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := newFollower(l, t.poll, t.most)
	t.followers = append(t.followers, f)
	t.runner.Add(f.follow)
	for w := range t.watches {
		w.add(f)
		signal(w.ready)
	}
}

// Run follows the logs until ctx ends, and returns ctx's error. An error meanwhile is
// logged once and tried again.
func (t *Tail) Run(ctx context.Context) error { return t.runner.Run(ctx) }

// enter gives the watch a strand for each slot, and for each slot that comes later.
func (t *Tail) enter(w *Watch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.followers {
		w.add(f)
	}
	t.watches[w] = struct{}{}
}

// leave forgets the watch.
func (t *Tail) leave(w *Watch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.watches, w)
}
