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

// Who is at a move says so in the main database, every second. Somebody else
// goes on with it when its mover has given it up, or when he has himself heard
// nothing new of it for moverDead, by his own clock: what the clocks of two
// machines say is never compared. Two who both go on are told apart by the step
// in the main database, and by the slots.

// moveNote is a move's Detail.
type moveNote struct {
	Mover [16]byte   `json:"mover"`
	Epoch uint64     `json:"epoch,omitempty"`
	Upto  engine.Seq `json:"upto,omitempty"` // of the old slot's log: all up to here was brought
	Rows  int        `json:"rows,omitempty"`
	// Keep is how long stale rows are kept.
	Keep time.Duration `json:"keep"`
	// Free says that the mover has given the move up: anybody may go on at once.
	Free bool `json:"free,omitempty"`
	// Beats makes what is said different each time, so that others hear that
	// somebody is at work.
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

// readNote reads a note. One that does not say for how long rows are kept was
// written before there was a choice.
func readNote(detail string) (moveNote, error) {
	n := moveNote{Keep: moveKeep}
	if err := json.Unmarshal([]byte(detail), &n); err != nil {
		return n, fmt.Errorf("read how far the move is: %w", err)
	}
	return n, nil
}

// heard is what this node has heard of the movers of others.
type heard struct {
	mu   sync.Mutex
	last map[stock.Bucket]word
	rest map[stock.Bucket]time.Duration // when it may be tried again here
}

// word is what a mover has said, and since when it says nothing else.
type word struct {
	step, detail string
	since        time.Duration // Clock.Elapsed
}

// silent reports for how long the move is known to be as it was seen: from when
// it was first seen so to asked, a moment before it was looked at again.
func (h *heard) silent(m *Relocation, asked, now time.Duration) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	w, known := h.last[m.Bucket]
	if !known || w.step != m.Step || w.detail != m.Detail {
		if h.last == nil {
			h.last = map[stock.Bucket]word{}
		}
		w = word{m.Step, m.Detail, now}
		h.last[m.Bucket] = w
	}
	return max(0, asked-w.since)
}

// only forgets all moves but these.
func (h *heard) only(under []Relocation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for b := range h.last {
		if !slices.ContainsFunc(under, func(m Relocation) bool { return m.Bucket == b }) {
			delete(h.last, b)
			delete(h.rest, b)
		}
	}
}

// moverRest is how long a node leaves a move alone that it could not go on with.
const moverRest = 2 * time.Second

// tire leaves the move alone for a while, rests reports whether it is.
func (h *heard) tire(b stock.Bucket, until time.Duration) {
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

// free reports whether somebody else may go on with a move that was looked at
// after the moment asked.
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

// TakeOver goes on with the moves that were given up or whose movers say nothing
// any more, beside each other, and returns when that has ended. It is to be called
// again and again, also meanwhile: only so is it known who says nothing.
func (t *Slots) TakeOver(ctx context.Context, moves Moves, opts ...Option) error {
	asked := t.slots[0].Elapsed()
	under, err := moves.List(ctx)
	if err != nil {
		return fmt.Errorf("list moves: %w", err)
	}
	t.heard.only(under)
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
				v.log.Info("going on with a bucket's move", "bucket", m.Bucket, "from", m.From, "to", m.To, "step", m.Step)
				err = v.run(ctx)
			}
			if err != nil && !errors.Is(err, ErrUnderway) && !errors.Is(err, slot.ErrOvertaken) {
				t.heard.tire(m.Bucket, v.elapsed()+v.pause)
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

// setKeep notes for how long rows are to be kept, if this mover was told.
func (v *mover) setKeep() {
	if v.keep >= 0 {
		v.note.Keep = v.keep
	}
}

// giveUpWait bounds the word that a move was given up. Without it the others
// find out by themselves.
const giveUpWait = time.Second

// giveUp lets others go on at once. While rows are dropped it does not: what was
// sent to the slot may still be under way.
func (v *mover) giveUp(ctx context.Context) {
	if v.mortal || v.at.Step == moveDropping || v.tried.Step == moveDropping {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveUpWait)
	defer cancel()
	v.note.Free = true
	// The last step may have been taken without an answer.
	for _, was := range []Relocation{v.at, v.tried} {
		next := was
		next.Detail = v.note.String()
		if _, err := v.moves.Step(ctx, was, next); err == nil {
			return
		}
	}
}
