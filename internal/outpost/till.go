package outpost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Uplink is the way of a till to its centre. Its calls fail while the line is down.
type Uplink interface {
	Hello(ctx context.Context, h Hello) (Greeting, error)
	Report(ctx context.Context, r Report) (Applied, error)
	// Ask asks for units of products at once, or, for none, only what the till has.
	Ask(ctx context.Context, wanted []Wanted) ([]Units, error)
	// AllUnits calls fn for all products at the till's location, and returns the position
	// from which a watch continues.
	AllUnits(ctx context.Context, fn func([]Units) error) (position string, err error)
	// AllDetails calls fn for the details of all products that have some, at least one of
	// them at a time.
	AllDetails(ctx context.Context, fn func([]catalog.Details) error) error
	// AllKits calls fn for all kits, at least one of them at a time.
	AllKits(ctx context.Context, fn func([]catalog.Kit) error) error
	// Orders calls fn for all orders of the centre that the till may take on or keeps, Order asks
	// for one of them.
	Orders(ctx context.Context, fn func([]OnlineOrder) error) error
	Order(ctx context.Context, id string) (OnlineOrder, bool, error)
	// Watch calls fn for each change at the till's location behind the position until ctx
	// ends or the line is lost. ErrGone: the changes behind the position are no longer
	// kept.
	Watch(ctx context.Context, after string, fn func(Change) error) error
}

// ErrGone says that the changes behind a position are no longer kept.
var ErrGone = errors.New("what followed the position is not kept any more")

// Change is a change at the centre, at the till's location.
type Change struct {
	Position string // from which a watch continues behind it
	// Product is the one that changed, "" when nothing did.
	Product string
	// Given says what the till has been given; nil when that did not change.
	Given *Units
	// Order is the one that it was about, "" for none; Offered says that the till may have to
	// receive it.
	Order   string
	Offered bool
	// Switched says that the product's switches, rules, or more, changed: the till asks for it.
	Switched bool
	// Terms is the till's policy, when there is another one; nil: there is none.
	Terms *catalog.TillTerms
}

// Till is a till at work: whenever there is a connection, the entries of its log go up to
// the centre, and the units that the centre gives it come down.
type Till struct {
	books     Ledger
	records   engine.Engine // whose log is the till's
	directory TillDirectory
	details   TillDetails
	line      Uplink
	file      string
	log       *slog.Logger
	wake      chan struct{} // there are new records
	online    *onlineBook
	ruled     ruled
	counting  *semaphore.Weighted // one for each call of the counter, all to hand units back
	pause     func(time.Duration) time.Duration

	mu        sync.Mutex
	state     CentreState
	connected bool
	applied   bool               // a change of the centre that was not yet acknowledged
	told      *catalog.TillTerms // the policy that the centre knows the till to work by
	drop      context.CancelFunc // ends the line, which is begun anew
	known     map[string]bool    // products of its catalog
	switched  map[string]uint64  // products that were switched here, by the record that the centre has to have heard of
	sure      string             // the position up to which none of them waits
	saved     time.Time
	unsaved   bool // the state has changes that the file does not have
}

// localTenant is the one tenant of a till's own books.
const localTenant = catalog.DefaultTenant

// TillOption changes how a Till works.
type TillOption func(*Till)

// WithPause sets how long a till waits before it tries again, of about the time given. The
// default is at random, so that tills do not come back all at once.
func WithPause(pause func(time.Duration) time.Duration) TillOption {
	return func(t *Till) { t.pause = pause }
}

// NewTill returns the till whose state is in the file. If its log lacks records that it knows
// to be at the centre, the file was restored from an old copy: the till is stale from the
// start.
func NewTill(ctx context.Context, books Ledger, records engine.Engine, directory TillDirectory, details TillDetails, line Uplink, file string, log *slog.Logger, opts ...TillOption) (*Till, error) {
	s, err := ReadState(file)
	if err != nil {
		return nil, err
	}
	t := &Till{
		books: books, records: records, directory: directory, details: details, line: line, file: file, log: log,
		state: s, sure: s.Position, known: map[string]bool{}, switched: map[string]uint64{}, wake: make(chan struct{}, 1), online: newOnlineBook(), ruled: newRuled(),
		counting: semaphore.NewWeighted(maxCounting),
		pause:    func(most time.Duration) time.Duration { return most/2 + rand.N(most) },
	}
	for _, set := range opts {
		set(t)
	}
	switch err := t.checkLog(ctx, s.Seq, s.Hash); {
	case errors.Is(err, errStaleFile):
		t.state.Stale = true
	case err != nil:
		return nil, err
	}
	return t, t.Online().findMine(ctx)
}

// Wake says that there are new records. It never waits.
func (t *Till) Wake() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Status is what a till says of itself.
type Status struct {
	CentreState
	Connected bool
}

// Status returns how things stand.
func (t *Till) Status() Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Status{t.state, t.connected}
}

// Records is how many records the till's log has.
func (t *Till) Records(ctx context.Context) (uint64, error) {
	head, err := t.records.Head(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the head of the till's log: %w", err)
	}
	return uint64(head), nil
}

// errStaleFile ends the line for good: a person has to pair the till anew.
var errStaleFile = errors.New("the centre does not take this file any more: another copy of it went on, or the till was written off; pair it anew")

// errLater says that the line has to begin anew.
var errLater = errors.New("the centre asks for another hello")

const (
	retryLeast = 200 * time.Millisecond
	retryMost  = 5 * time.Second
)

// Run keeps the line until ctx ends. The till continues to sell while the line
// is down.
func (t *Till) Run(ctx context.Context) error {
	defer t.save()
	pause := retryLeast
	for ctx.Err() == nil {
		began := time.Now()
		err := t.connect(ctx)
		t.lose()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errStaleFile):
			t.log.ErrorContext(ctx, "the till sells nothing from escrow", "err", err)
			t.update(func(s *CentreState) { s.Stale = true }, true)
			t.offerFile(ctx)
			<-ctx.Done()
			return nil
		case errors.Is(err, errLater):
			pause = retryLeast
		}
		if time.Since(began) > retryMost {
			pause = retryLeast
		}
		t.log.DebugContext(ctx, "the line to the centre is down", "err", err, "again_in", pause)
		select {
		case <-ctx.Done():
		case <-time.After(t.pause(pause)):
		}
		pause = min(2*pause, retryMost)
	}
	return nil
}

// lose says that the line is down.
func (t *Till) lose() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.connected = false
	if t.drop != nil {
		t.drop()
	}
}

// saveEvery is how often progress is stored that a restart would find out by
// itself.
const saveEvery = time.Second

// update changes the state. If now is true, it is on the disk when update returns;
// otherwise it is written from time to time.
func (t *Till) update(change func(*CentreState), now bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.state)
	if len(t.switched) == 0 {
		t.sure = t.state.Position
	}
	t.unsaved = true
	if now || time.Since(t.saved) >= saveEvery {
		t.write()
	}
}

// save brings the state to the disk, where it is not there yet.
func (t *Till) save() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.unsaved {
		t.write()
	}
}

// write needs the lock. After a restart, the till asks again for the products that wait.
func (t *Till) write() {
	s := t.state
	if len(t.switched) > 0 {
		s.Position = t.sure
	}
	err := WriteState(t.file, &s)
	t.saved, t.unsaved = time.Now(), err != nil
	if err != nil {
		t.log.Error("the till cannot note what it knows", "err", err)
	}
}

// errUnsaved says that the state could not be written.
var errUnsaved = errors.New("the file that says whose till this is cannot be written")

func (t *Till) isUnsaved() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.unsaved
}

func (t *Till) get() CentreState {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

// connect says hello, and then works in both directions until the line is lost.
func (t *Till) connect(ctx context.Context) error {
	g, err := t.hello(ctx)
	if err != nil {
		return err
	}
	if err := t.findSwitched(ctx, t.get().Seq); err != nil {
		return err
	}
	if s := t.get(); s.Era != g.Era || s.Position == "" {
		if err := t.resync(ctx, g.Era); err != nil {
			return err
		}
	}
	ctx, drop := context.WithCancel(ctx)
	defer drop()
	t.mu.Lock()
	t.connected, t.drop = true, drop
	t.mu.Unlock()
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return t.send(ctx) })
	both.Go(func() error { return t.receive(ctx) })
	both.Go(func() error { return t.mirror(ctx, detailsEvery, t.mirrorDetails) })
	both.Go(func() error { return t.mirror(ctx, kitsEvery, t.mirrorKits) })
	both.Go(func() error { return t.Online().follow(ctx) })
	return both.Wait()
}

const (
	// sureHello is how long a hello may take for its offset to be believed. A slower one is enough when
	// it confirms the offset that is known; otherwise the till says hello again, helloTries times at
	// most, and the quickest counts.
	sureHello  = 200 * time.Millisecond
	helloTries = 3
)

// hello says hello until the centre and the till agree how far the till's log is in the
// centre's books.
func (t *Till) hello(ctx context.Context) (Greeting, error) {
	head, err := t.records.Head(ctx)
	if err != nil {
		return Greeting{}, fmt.Errorf("read the head of the till's log: %w", err)
	}
	last := uint64(head)
	known := t.get()
	if err := t.checkLog(ctx, known.Seq, known.Hash); err != nil {
		return Greeting{}, err
	}
	quickest, drawn := time.Duration(-1), ""
	for try := range helloTries {
		if t.get().Next == "" {
			drawn = nameOf(draw())
			t.update(func(s *CentreState) { s.Next = drawn }, true)
		}
		if t.save(); t.isUnsaved() { // a ticket that a restart forgets makes the file stale
			return Greeting{}, errUnsaved
		}
		asked := time.Now()
		at, err := t.time(ctx)
		if err != nil {
			return Greeting{}, err
		}
		s := t.get()
		g, err := t.line.Hello(ctx, Hello{Epoch: s.Epoch, Have: s.Ticket, Next: s.Next, Era: s.Era, Seq: s.Seq, Hash: s.Hash, Last: last, At: at})
		switch {
		case err != nil:
			return Greeting{}, err
		case g.Reply == ReplyStale:
			return Greeting{}, errStaleFile
		case g.Reply == ReplyLook:
			if err := t.checkLog(ctx, g.Seq, g.Hash); err != nil {
				return Greeting{}, err
			}
			t.update(func(s *CentreState) { s.Seq, s.Hash = g.Seq, g.Hash }, true)
		case g.Next == s.Next:
			took := time.Since(asked)
			offset := g.Now.Sub(at.Add(took / 2))
			confirms := took > sureHello && s.Ticket != "" && (offset-time.Duration(s.Offset)*time.Millisecond).Abs() <= took/2
			surer := !confirms && (quickest < 0 || took < quickest)
			if surer {
				quickest = took
			}
			t.update(func(s *CentreState) {
				if surer {
					s.noteOffset(offset.Milliseconds(), g.Now.UnixMilli(), last)
				}
				s.Ticket, s.Next, s.Seq, s.Hash, s.Stale = s.Next, "", g.Seq, g.Hash, false
				s.AtRisk, s.Terms = g.AtRisk, g.Terms
			}, true)
			if s.Next != drawn {
				continue // a copy of the file may have this ticket too: the next one is of this process alone
			}
			if took > sureHello && !confirms && try < helloTries-1 {
				continue // the call waited for the line: the offset is wrong by up to half of that
			}
			if offset := time.Duration(t.get().Offset) * time.Millisecond; Skewed(offset) {
				t.log.WarnContext(ctx, "the till's clock and that of the centre are far apart", "centre_ahead", offset)
			}
			return g, nil
		}
	}
	return Greeting{}, errLater
}

// checkLog finds out whether the till's log has the record that is the last in the centre's
// books: errStaleFile if it does not.
func (t *Till) checkLog(ctx context.Context, seq uint64, hash string) error {
	if seq == 0 {
		return nil
	}
	records, err := t.records.Read(ctx, engine.Seq(seq-1), 1)
	switch {
	case errors.Is(err, engine.ErrGone):
		return fmt.Errorf("record %d is not kept any more: %w", seq, errStaleFile)
	case err != nil:
		return fmt.Errorf("read record %d of the till's log: %w", seq, err)
	case len(records) == 0:
		return fmt.Errorf("its log ends before record %d, which the centre has: %w", seq, errStaleFile)
	}
	r, err := stock.ParseRecord(records[0].Body)
	if err != nil {
		return fmt.Errorf("read record %d of the till's log: %w", seq, err)
	}
	if hexOf(r.Hash()) != hash {
		return fmt.Errorf("record %d is not the one that the centre has: %w", seq, errStaleFile)
	}
	return nil
}
