package view

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

const (
	// A batch ends with the record that takes it to this many rows, some 5 MB.
	defaultBatchRows = 1 << 16
	// A batch is stored in slices of this many rows. Appends wait for one
	// slice at most, and rows of one item still lie side by side.
	sliceRows = 2000
	// readAhead is how many records are read at a time.
	readAhead = 64
	// While records keep coming, batches start this far apart when nobody
	// waits for them. Fewer and bigger batches cost less: the rows of an item
	// share its page, and a page is written once per slice.
	defaultPace = 600 * time.Millisecond
	// Other processes append too, and cannot notify this one.
	defaultPoll = 200 * time.Millisecond
	// A question waits this long for the journal to catch up.
	defaultPatience = 2 * time.Second

	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// Journal tells what happened to products and orders. Run keeps it: it reads
// the log behind the journal's cursor and stores which records touched which
// item. Any number of processes may run it on one slot; one of them gets
// ahead and the others follow.
type Journal struct {
	engine engine.Engine
	store  engine.Journal
	log    *slog.Logger
	slot   uint16

	batchRows int
	pace      time.Duration
	poll      time.Duration
	patience  time.Duration
	random    func(n time.Duration) time.Duration
	decoded   *decodedRecords

	appended chan struct{} // the log has grown
	urgent   chan struct{} // somebody waits for the journal

	mu       sync.Mutex
	progress chan struct{} // closed when the cursor moves
}

// Option changes what NewJournal makes.
type Option func(*Journal)

// WithBatchRows bounds the rows of one batch; the record that reaches the
// bound is still stored whole. The default is 65,536.
func WithBatchRows(n int) Option { return func(j *Journal) { j.batchRows = n } }

// WithPace sets how far apart batches start while nobody waits. The default
// is 600 ms.
func WithPace(d time.Duration) Option { return func(j *Journal) { j.pace = d } }

// WithPoll sets how often the log is looked at without a notification. The
// default is 200 ms.
func WithPoll(d time.Duration) Option { return func(j *Journal) { j.poll = d } }

// WithPatience sets how long a question waits for the journal to catch up
// with the log before it is answered stale. The default is 2 s.
func WithPatience(d time.Duration) Option { return func(j *Journal) { j.patience = d } }

// WithRandom sets where the spread of pauses comes from: a duration of 0 to
// less than n. The default is math/rand.
func WithRandom(random func(n time.Duration) time.Duration) Option {
	return func(j *Journal) { j.random = random }
}

// WithSlot sets the number of the slot, which is part of entry ids. The
// default is 0.
func WithSlot(n uint16) Option { return func(j *Journal) { j.slot = n } }

// NewJournal returns the journal of the slot in e, an error when e cannot
// keep one.
func NewJournal(e engine.Engine, log *slog.Logger, opts ...Option) (*Journal, error) {
	store, ok := e.(engine.Journal)
	if !ok {
		return nil, errors.New("the engine keeps no journal")
	}
	j := &Journal{
		engine: e, store: store, log: log,
		batchRows: defaultBatchRows, pace: defaultPace, poll: defaultPoll, patience: defaultPatience, random: rand.N[time.Duration],
		decoded:  newDecodedRecords(decodedBytes),
		appended: make(chan struct{}, 1),
		urgent:   make(chan struct{}, 1),
		progress: make(chan struct{}),
	}
	for _, o := range opts {
		o(j)
	}
	return j, nil
}

// Notify tells the journal that the log has grown. It never blocks.
func (j *Journal) Notify() { signal(j.appended) }

// Run keeps the journal up to date until ctx ends, and returns ctx's error.
// What goes wrong meanwhile is logged once and tried again.
func (j *Journal) Run(ctx context.Context) error {
	retry := firstRetry
	failing := false
	for ctx.Err() == nil {
		err := j.follow(ctx, func() {
			if failing {
				j.log.InfoContext(ctx, "journal goes on")
			}
			retry, failing = firstRetry, false
		})
		if ctx.Err() != nil {
			break
		}
		if !failing {
			j.log.ErrorContext(ctx, "journal fails, trying again", "err", err)
			failing = true
		}
		pause(ctx, j.jitter(retry))
		retry = min(2*retry, lastRetry)
	}
	return ctx.Err()
}

// follow projects batch after batch until something goes wrong. It calls done
// after each batch, empty ones too.
func (j *Journal) follow(ctx context.Context, done func()) error {
	cursor, err := j.store.JournalCursor(ctx)
	if err != nil {
		return fmt.Errorf("read the journal's cursor: %w", err)
	}
	for {
		started := time.Now()
		to, full, err := j.project(ctx, cursor)
		switch {
		case errors.Is(err, engine.ErrMoved):
			// Another process keeps this journal. Both trying would only
			// waste work: look again in a while.
			if cursor, err = j.store.JournalCursor(ctx); err != nil {
				return fmt.Errorf("read the journal's cursor: %w", err)
			}
			j.moved()
			done()
			j.rest(ctx, j.jitter(j.poll), nil)
		case err != nil:
			return err
		case to == cursor:
			done()
			j.rest(ctx, j.poll, j.appended)
		default:
			cursor = to
			j.moved()
			done()
			if !full {
				j.rest(ctx, j.pace-time.Since(started), nil)
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// project stores one batch of rows for the records behind from. full says
// that there is probably more to do at once.
func (j *Journal) project(ctx context.Context, from engine.Seq) (to engine.Seq, full bool, err error) {
	to = from
	b := newBatch()
	for b.n < j.batchRows {
		recs, err := j.engine.Read(ctx, to, readAhead)
		if err != nil {
			return 0, false, fmt.Errorf("read the log behind %d: %w", to, err)
		}
		for i := range recs {
			if b.n >= j.batchRows {
				break
			}
			if err := b.add(&recs[i]); err != nil {
				return 0, false, err
			}
			to = recs[i].Seq
		}
		if len(recs) < readAhead {
			break
		}
	}
	if to == from {
		return from, false, nil
	}
	if err := j.add(ctx, from, to, b.rows()); err != nil {
		return 0, false, fmt.Errorf("store the journal from %d to %d: %w", from, to, err)
	}
	return to, b.n >= j.batchRows, nil
}

// add stores the rows. Only the last slice moves the cursor: rows beyond the
// cursor are not looked at, and storing them again changes nothing.
func (j *Journal) add(ctx context.Context, from, to engine.Seq, rows []engine.JournalRow) error {
	for len(rows) > sliceRows {
		if err := j.store.AddJournal(ctx, from, from, rows[:sliceRows]); err != nil {
			return err
		}
		rows = rows[sliceRows:]
	}
	return j.store.AddJournal(ctx, from, to, rows)
}

// rest waits for d, for something on wake, or for somebody who waits for the
// journal.
func (j *Journal) rest(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-wake:
	case <-j.urgent:
	case <-ctx.Done():
	}
	// The look that follows is for all who have called so far.
	heed(j.urgent)
	heed(wake)
}

// heed takes a signal that is there.
func heed(c <-chan struct{}) {
	select {
	case <-c:
	default:
	}
}

// moved tells those who wait that the cursor has moved.
func (j *Journal) moved() {
	j.mu.Lock()
	defer j.mu.Unlock()
	close(j.progress)
	j.progress = make(chan struct{})
}

func (j *Journal) moves() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.progress
}

// await waits until the journal is complete up to seq, or its patience ends,
// and returns how far it is complete.
func (j *Journal) await(ctx context.Context, seq engine.Seq) (engine.Seq, error) {
	var patience, other *time.Timer
	for {
		moves := j.moves()
		cursor, err := j.store.JournalCursor(ctx)
		if err != nil {
			return 0, fmt.Errorf("read the journal's cursor: %w", err)
		}
		if cursor >= seq {
			return cursor, nil
		}
		signal(j.urgent)
		if patience == nil {
			patience, other = time.NewTimer(j.patience), time.NewTimer(0)
			defer patience.Stop()
			defer other.Stop()
		}
		// Another process may be the one that moves the cursor.
		other.Reset(20 * time.Millisecond)
		select {
		case <-moves:
		case <-other.C:
		case <-patience.C:
			return cursor, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// jitter spreads what several processes do after the same event.
func (j *Journal) jitter(d time.Duration) time.Duration { return d/2 + j.random(d/2+1) }
