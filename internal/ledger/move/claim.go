package move

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// A mover writes a heartbeat for its move to the main database, every second.
// Another mover takes the move over when the first one has given it up, or when it
// has itself seen no new heartbeat for moverDead, by its own clock: clock readings
// of two machines are never compared. When two movers both continue, the step in
// the main database and the slots tell them apart.

// moveNote is a move's Detail.
type moveNote struct {
	Mover [16]byte   `json:"mover"`
	Epoch uint64     `json:"epoch,omitempty"`
	Upto  engine.Seq `json:"upto,omitempty"` // of the old slot's log: all up to here was brought
	Rows  int        `json:"rows,omitempty"`
	// Keep is how long stale rows are kept.
	Keep time.Duration `json:"keep"`
	// Free says that the mover has given the move up: any other mover may take it
	// over at once.
	Free bool `json:"free,omitempty"`
	// Beats makes each note different from the one before, so that others see that
	// a mover is at work.
	Beats int `json:"beats,omitempty"`
}

// String is the note as it is kept.
func (n moveNote) String() string {
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // it has nothing that cannot be written
	}
	return string(b)
}

// readNote reads a note. A note without the time for which rows are kept was
// written before that time could be chosen.
func readNote(detail string) (moveNote, error) {
	n := moveNote{Keep: moveKeep}
	if err := json.Unmarshal([]byte(detail), &n); err != nil {
		return n, fmt.Errorf("read how far the move is: %w", err)
	}
	return n, nil
}

// heard is what this node has read of the movers of other nodes.
type heard struct {
	mu   sync.Mutex
	last map[stock.Bucket]moverNote
	rest map[stock.Bucket]time.Duration // when it may be tried again here
}

// moverNote is the last note of a mover, and since when it has not changed.
type moverNote struct {
	step, detail string
	since        time.Duration // Clock.Elapsed
}

// silent returns for how long the move is known to be unchanged: from when it was
// first seen in this state to asked, a moment before it was read again.
func (h *heard) silent(m *Relocation, asked, now time.Duration) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	w, known := h.last[m.Bucket]
	if !known || w.step != m.Step || w.detail != m.Detail {
		if h.last == nil {
			h.last = map[stock.Bucket]moverNote{}
		}
		w = moverNote{m.Step, m.Detail, now}
		h.last[m.Bucket] = w
	}
	return max(0, asked-w.since)
}

// keepOnly forgets all moves but these.
func (h *heard) keepOnly(under []Relocation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for b := range h.last {
		if !slices.ContainsFunc(under, func(m Relocation) bool { return m.Bucket == b }) {
			delete(h.last, b)
			delete(h.rest, b)
		}
	}
}

// moverRest is how long a node leaves a move alone after it failed to continue it.
const moverRest = 2 * time.Second

// backOff leaves the move alone for a while. rests reports whether that time is still
// running.
func (h *heard) backOff(b stock.Bucket, until time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rest == nil {
		h.rest = map[stock.Bucket]time.Duration{}
	}
	h.rest[b] = until
}

func (h *heard) rests(b stock.Bucket, now time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return now < h.rest[b]
}

// free reports whether another mover may take over a move that was read after the
// moment asked.
func (v *mover) free(m *Relocation, asked time.Duration) bool {
	silent := v.heard.silent(m, asked, v.elapsed())
	n, err := readNote(m.Detail)
	return err == nil && n.Free || silent >= v.silence
}

func (v *mover) elapsed() time.Duration { return v.slots[0].Elapsed() }

func (t *Slots) mover(moves Moves, opts []Option) *mover {
	v := &mover{Slots: t, moves: moves, keep: -1, silence: moverDead, pause: moverRest, tell: func(Progress) {}}
	for _, set := range opts {
		set(v)
	}
	return v
}

// TakeOver continues the moves that were given up or whose movers are silent, all
// at the same time, and returns when they have ended. Call it again and again, also
// while an earlier call runs: a silent mover is known only from several looks.
func (t *Slots) TakeOver(ctx context.Context, moves Moves, opts ...Option) error {
	asked := t.slots[0].Elapsed()
	under, err := moves.List(ctx)
	if err != nil {
		return fmt.Errorf("list moves: %w", err)
	}
	t.heard.keepOnly(under)
	errs := make([]error, len(under))
	var all sync.WaitGroup
	for i, m := range under {
		v := t.mover(moves, opts)
		if !v.free(&m, asked) || t.heard.rests(m.Bucket, v.elapsed()) {
			continue
		}
		all.Go(func() {
			ctx := t.apart(ctx, "move", int(m.Bucket))
			err := v.claim(ctx, m)
			if err == nil {
				v.log.Info("resuming a bucket's move", "bucket", m.Bucket, "from", m.From, "to", m.To, "step", m.Step)
				err = v.run(ctx)
			}
			if err != nil && !errors.Is(err, ErrUnderway) && !errors.Is(err, slot.ErrOvertaken) {
				t.heard.backOff(m.Bucket, v.elapsed()+v.pause)
				errs[i] = fmt.Errorf("go on moving bucket %d: %w", m.Bucket, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// claim makes the move this mover's own.
func (v *mover) claim(ctx context.Context, m Relocation) error {
	v.random(v.id[:])
	v.note = moveNote{Mover: v.id, Keep: moveKeep}
	v.setKeep()
	mine := m
	mine.Detail = v.note.String()
	asked := v.elapsed()
	at, err := v.moves.Start(ctx, mine)
	if err != nil {
		return err
	}
	if at.To != m.To {
		return fmt.Errorf("%w: it is on its way to slot %d", ErrUnderway, at.To)
	}
	slots := v.slots
	if int(at.From) >= len(slots) || int(at.To) >= len(slots) {
		return fmt.Errorf("this node does not know slot %d or %d", at.From, at.To)
	}
	v.at, v.tried, v.from, v.to = at, at, slots[at.From], slots[at.To]
	if at.Detail != mine.Detail {
		if !v.free(&at, asked) {
			return ErrUnderway
		}
		if v.note, err = readNote(at.Detail); err != nil {
			return err
		}
		v.note.Mover, v.note.Free = v.id, false
		v.setKeep()
		if err := v.step(ctx, at.Step); err != nil {
			return err
		}
	}
	v.progress = Progress{Bucket: at.Bucket, From: at.From, To: at.To, Step: at.Step, Rows: v.note.Rows}
	return nil
}

// setKeep notes for how long rows are kept, if this mover has such an option.
func (v *mover) setKeep() {
	if v.keep >= 0 {
		v.note.Keep = v.keep
	}
}

// giveUpWait bounds the write which says that a move was given up. Without it the
// others find out by themselves.
const giveUpWait = time.Second

// giveUp lets other movers continue at once. While rows are dropped it does not:
// requests that were sent to the slot may still be under way.
func (v *mover) giveUp(ctx context.Context) {
	if v.mortal || v.at.Step == moveDropping || v.tried.Step == moveDropping {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveUpWait)
	defer cancel()
	v.note.Free = true
	// The last step may have been stored although its answer was lost.
	for _, was := range []Relocation{v.at, v.tried} {
		next := was
		next.Detail = v.note.String()
		if _, err := v.moves.Step(ctx, was, next); err == nil {
			return
		}
	}
}
