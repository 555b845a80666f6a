package view

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/feed"
)

const (
	// A batch ends with the record that takes it to this many rows, some 5 MB.
	defaultBatchRows = 1 << 16
	// It also ends with fewItems when most of the latest rows are about other items, or
	// with manyItems: Appends may have to wait while it is stored.
	fewItems, manyItems = 2000, 8000
	// readAhead is how many records a walk reads at a time.
	readAhead = 64
	// While records keep coming, batches start this far apart when nobody waits for them.
	// Fewer and bigger batches cost less: the records of an item are one row in the
	// database.
	defaultPace = 600 * time.Millisecond
	// Other processes append too, and cannot notify this one.
	defaultPoll = 200 * time.Millisecond
	// A question waits this long for the journal to catch up.
	defaultPatience = 2 * time.Second

	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second

	// maxLooks is some seconds of reading.
	maxLooks = 20_000
)

// Journal lists the events of products and orders, in all slots. Run keeps it up to date:
// it reads each log behind the journal's cursor there and stores which records touched
// which item.
type Journal struct {
	settings
	decoded *decodedRecords
	runner  *feed.Runner

	mu    sync.Mutex
	slots []*projection // by number
}

// settings is changed by options.
type settings struct {
	batchRows int
	pace      time.Duration
	poll      time.Duration
	patience  time.Duration
	random    func(n time.Duration) time.Duration
	history   *feed.Histories
	// most is how many records are read without a match before a page of everything ends.
	most int
}

// Option changes what NewJournal makes. NewLevels knows only WithHistories.
type Option func(*settings)

// WithBatchRows bounds the rows of one batch; the record that reaches the
// bound is still stored whole. The default is 65,536.
func WithBatchRows(n int) Option { return func(s *settings) { s.batchRows = n } }

// WithPace sets how far apart batches start while nobody waits. The default
// is 600 ms.
func WithPace(d time.Duration) Option { return func(s *settings) { s.pace = d } }

// WithPoll sets how often the log is looked at without a notification. The
// default is 200 ms.
func WithPoll(d time.Duration) Option { return func(s *settings) { s.poll = d } }

// WithPatience sets how long a question waits for the journal to catch up
// with the log before it is answered stale. The default is 2 s.
func WithPatience(d time.Duration) Option { return func(s *settings) { s.patience = d } }

// WithRandom sets where the spread of pauses comes from: a duration of 0 to
// less than n. The default is math/rand. With several slots it must be safe for
// concurrent use.
func WithRandom(random func(n time.Duration) time.Duration) Option {
	return func(s *settings) { s.random = random }
}

// WithHistories sets the epochs of the slots. The default are those of the journal's logs;
// for levels, books that were never restored.
func WithHistories(h *feed.Histories) Option { return func(s *settings) { s.history = h } }

// NewJournal returns the journal of the logs.
func NewJournal(logs *feed.Logs, log *slog.Logger, opts ...Option) *Journal {
	j := &Journal{
		settings: settings{
			batchRows: defaultBatchRows, pace: defaultPace, poll: defaultPoll, patience: defaultPatience, random: rand.N[time.Duration],
			history: logs.Histories(), most: maxLooks,
		},
		decoded: newDecodedRecords(decodedBytes),
		runner:  feed.NewRunner(log, "journal", firstRetry, lastRetry),
	}
	for _, set := range opts {
		set(&j.settings)
	}
	j.runner.SetRandom(j.random)
	for _, l := range logs.Each() {
		j.Add(l)
	}
	return j
}

// Add adds the log of the next slot, also while Run runs.
func (j *Journal) Add(l *feed.Log) {
	j.mu.Lock()
	defer j.mu.Unlock()
	p := &projection{
		settings: &j.settings, slot: l.Slot, engine: l.Engine, decoded: j.decoded,
		urgent: make(chan struct{}, 1), progress: make(chan struct{}),
	}
	j.slots = append(j.slots, p)
	j.runner.Project(l, feed.Projection{Name: "journal", Apply: p.apply, Output: p, Pace: j.pace, Poll: j.poll, Hurry: p.urgent})
}

// listSlots returns the slots there are now.
func (j *Journal) listSlots() []*projection {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.slots
}

// Run keeps the journal up to date until ctx ends, and returns ctx's error.
// An error meanwhile is logged once and tried again.
func (j *Journal) Run(ctx context.Context) error { return j.runner.Run(ctx) }

// Register registers how far the journal is behind.
func (j *Journal) Register(reg prometheus.Registerer) error { return j.runner.Register(reg) }
