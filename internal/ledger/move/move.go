package move

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// Relocation is a bucket's move to another slot, as the main database keeps it.
type Relocation struct {
	Bucket   stock.Bucket
	From, To uint16
	// Step and Detail are the mover's.
	Step, Detail string
	At           time.Time // of the step, by the clock of the node that took it: for display only
}

// Moves is where moves are kept, so that another mover can continue a move whose
// mover has died.
type Moves interface {
	// Start notes that a bucket is to move, and returns the move. When a move of
	// the bucket is already under way, to any slot, it returns that one.
	Start(ctx context.Context, m Relocation) (Relocation, error)
	// Step brings a move from one step and detail to the next. It returns
	// slot.ErrOvertaken when the move is at another step: another mover continues
	// it.
	Step(ctx context.Context, was, next Relocation) (Relocation, error)
	// End forgets a move.
	End(ctx context.Context, b stock.Bucket) error
	// List returns the moves under way.
	List(ctx context.Context) ([]Relocation, error)
	// Place says that the bucket lives in the slot from now on. A copy of the slot
	// knows the bucket once it has read up to the record since.
	Place(ctx context.Context, b stock.Bucket, to uint16, since engine.Seq) error
}

// The steps of a move, as people read them.
const (
	moveBegun     = "begun"
	moveCopying   = "copying"
	moveFollowing = "following"
	moveMoved     = "moved"    // only the stale rows are left
	moveDropping  = "dropping" // they are being dropped
)

const (
	// moverDead is how long another mover must have seen no heartbeat before it
	// takes the move over.
	moverDead = 5 * time.Second
	// moverSays is the time between two heartbeats of a mover.
	moverSays = time.Second
	// moveKeep is how long stale rows are kept: copies of the database, and
	// nodes with an old map, may still read them.
	moveKeep = 30 * time.Second
	// moveBatch is how many rows arrive with one call.
	moveBatch = 256
	// moveClose is how few changed rows are left when the old slot is sealed: the
	// rows that nobody can write meanwhile.
	moveClose = 64
	// sealFor is how long a mover continues after its stop signal while the bucket
	// is sealed: writers wait for it.
	sealFor = 10 * time.Second
	// movePatience is how often the mover follows the log before it seals anyway.
	movePatience = 50
)

// ErrUnderway says that another process is moving the bucket.
var ErrUnderway = errors.New("the bucket is being moved by another process")

// Progress is how far a move has come.
type Progress struct {
	Bucket   stock.Bucket
	From, To uint16
	Step     string
	// Rows is how many items, holds and keys were brought so far.
	Rows int
	// Pause is how long nothing of the bucket could be written, once it is over.
	Pause time.Duration
}

// Atlas says where buckets live. What it answers may be out of date.
type Atlas interface {
	// Slot is the number of the slot that the bucket lives in.
	Slot(b stock.Bucket) uint16
	// Renew looks at once whether buckets have moved.
	Renew(ctx context.Context) error
}

// Slots are the slots of one ledger, by number, between which buckets move.
type Slots struct {
	slots  []*slot.Slot
	atlas  Atlas
	random func([]byte)
	log    *slog.Logger
	// settle carries all that the slot has decided of the order to its legs in
	// other slots.
	settle func(ctx context.Context, s *slot.Slot, order stock.OrderKey) error
	apart  func(ctx context.Context, kind string, n int) context.Context
	sleep  func(context.Context, time.Duration) error
	heard  heard
}

// NewSlots returns the slots with what moving needs of their ledger.
func NewSlots(
	slots []*slot.Slot, atlas Atlas, o *slot.Options, settle func(ctx context.Context, s *slot.Slot, order stock.OrderKey) error,
) *Slots {
	return &Slots{slots: slots, atlas: atlas, random: o.Random, log: o.Log, settle: settle, apart: o.Apart, sleep: o.Sleep}
}

// Option changes how a bucket is moved.
type Option func(*mover)

// Report calls fn now and then.
func Report(fn func(Progress)) Option { return func(v *mover) { v.tell = fn } }

// Rate bounds the rows that are brought in a second; 0 is no bound.
func Rate(rows int) Option { return func(v *mover) { v.rate = rows } }

// Keep sets how long stale rows are kept. Without it the mover keeps the value of
// the mover that it takes over from; the first one uses 30 s.
func Keep(d time.Duration) Option { return func(v *mover) { v.keep = d } }

// Silence sets how long another mover must have been silent before it counts as
// dead. The default is 5 s; with 0 nothing is waited for.
func Silence(d time.Duration) Option {
	return func(v *mover) { v.silence, v.pause = d, min(v.pause, d) }
}

// Mortal lets the move be cut off anywhere without a word, as a kill does. It is for
// tests and simulation.
func Mortal() Option { return func(v *mover) { v.mortal = true } }

// mover moves one bucket. All that it needs to continue where another mover has
// stopped is in the two slots. The main database only says which mover is at work.
type mover struct {
	*Slots
	moves    Moves
	from, to *slot.Slot
	id       [16]byte
	at       Relocation
	tried    Relocation // the step sent to the main database last, stored or not
	note     moveNote
	epoch    uint64
	tell     func(Progress)
	rate     int
	keep     time.Duration // stale rows; below 0: as the move has it
	silence  time.Duration // of another mover, before it is taken for dead
	pause    time.Duration // before this node retries a move that it failed to continue
	said     time.Duration // Clock.Elapsed
	sealing  bool          // writers wait: this is not the time for a heartbeat
	progress Progress
	mortal   bool // it may be cut off while nobody can write
}

// Bucket moves the bucket to the slot, or continues a move to it that was
// interrupted. It returns when nothing of the bucket is left in the old slot.
// Requests for the bucket are served meanwhile; for some milliseconds they wait.
func (t *Slots) Bucket(ctx context.Context, moves Moves, b stock.Bucket, to uint16, opts ...Option) error {
	if b >= stock.Buckets || int(to) >= len(t.slots) {
		return fmt.Errorf("move bucket %d to slot %d: there is no such bucket or slot", b, to)
	}
	if err := t.atlas.Renew(ctx); err != nil {
		return fmt.Errorf("move bucket %d: %w", b, err)
	}
	from := t.atlas.Slot(b)
	if from == to {
		// The bucket is there already: finish an interrupted move to it.
		under, err := currentMove(ctx, moves, b)
		if err != nil || under == nil {
			return err
		}
		from = under.From
	}
	v := t.mover(moves, opts)
	err := v.claim(ctx, Relocation{Bucket: b, From: from, To: to, Step: moveBegun})
	if err == nil {
		err = v.run(ctx)
	}
	if err != nil {
		return fmt.Errorf("move bucket %d from slot %d to slot %d: %w", b, from, to, err)
	}
	return nil
}

// currentMove returns the bucket's move, nil when there is none.
func currentMove(ctx context.Context, moves Moves, b stock.Bucket) (*Relocation, error) {
	all, err := moves.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list moves: %w", err)
	}
	for i := range all {
		if all[i].Bucket == b {
			return &all[i], nil
		}
	}
	return nil, nil
}

// step notes how far the move is.
func (v *mover) step(ctx context.Context, step string) error {
	v.note.Beats++
	next := v.at
	next.Step, next.Detail = step, v.note.String()
	v.tried = next
	at, err := v.moves.Step(ctx, v.at, next)
	if err != nil {
		return err
	}
	v.at, v.said = at, v.now()
	v.progress.Step = step
	v.tell(v.progress)
	return nil
}

// alive writes a heartbeat when the last one is old enough.
func (v *mover) alive(ctx context.Context) error {
	v.tell(v.progress)
	if v.now()-v.said < moverSays {
		return nil
	}
	return v.step(ctx, v.at.Step)
}

func (v *mover) now() time.Duration { return v.from.Elapsed() }

// run takes the move from its current step to its end. When it cannot, it gives the
// move up.
func (v *mover) run(ctx context.Context) (err error) {
	defer func() {
		if err != nil && !errors.Is(err, slot.ErrOvertaken) {
			v.giveUp(ctx)
		}
	}()
	if v.at.Step != moveMoved && v.at.Step != moveDropping {
		if err := v.carry(ctx); err != nil {
			return err
		}
	}
	return v.drop(ctx)
}

// drop drops the stale rows when nobody can still be reading them.
func (v *mover) drop(ctx context.Context) error {
	for end := v.now() + v.note.Keep; v.at.Step == moveMoved && v.now() < end; {
		if err := v.sleep(ctx, min(end-v.now(), moverSays)); err != nil {
			return err
		}
		if err := v.alive(ctx); err != nil {
			return err
		}
	}
	// Read the row before the step: a mover that may still take the step has read
	// the row of this move, and not that of a bucket that has come back.
	rows, _, err := v.from.Engine().Buckets(ctx)
	if err != nil {
		return err
	}
	row := slices.IndexFunc(rows, func(r engine.BucketRow) bool { return r.Bucket == v.at.Bucket })
	if row < 0 {
		return fmt.Errorf("slot %d has no row of the bucket that left it: %w", v.at.From, engine.ErrBroken)
	}
	if err := v.step(ctx, moveDropping); err != nil {
		return err
	}
	for more := true; more; {
		if err := v.alive(ctx); err != nil {
			return err
		}
		// No other mover continues the move before this call has ended or given up.
		within, cancel := context.WithTimeout(ctx, moverDead/2)
		n, err := v.from.Engine().DropBucket(within, v.at.Bucket, rows[row].Seq, dropRows)
		cancel()
		switch {
		case errors.Is(err, engine.ErrMoved):
			return slot.ErrOvertaken // another mover continues
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
			continue // the store is slow: renew the mover's mark, then try again
		case err != nil:
			return err
		}
		more = n > 0
		if err := v.keepRate(ctx, n); err != nil {
			return err
		}
	}
	return v.moves.End(ctx, v.at.Bucket)
}

// dropRows is how many stale rows are dropped at a time.
const dropRows = 1000

// keepRate keeps the rate after n rows.
func (v *mover) keepRate(ctx context.Context, n int) error {
	if v.rate <= 0 || n == 0 {
		return ctx.Err()
	}
	return v.sleep(ctx, time.Duration(n)*time.Second/time.Duration(v.rate))
}

// slotOf is the slot that the bucket lives in.
func (t *Slots) slotOf(b stock.Bucket) (*slot.Slot, error) {
	n := t.atlas.Slot(b)
	if int(n) >= len(t.slots) {
		return nil, fmt.Errorf("bucket %d lives in slot %d, which this node does not know: %w", b, n, slot.ErrBusy)
	}
	return t.slots[n], nil
}
