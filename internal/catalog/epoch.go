package catalog

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync/atomic"
)

// Epoch is a stretch of a slot's history: the records behind From, up to where
// the next epoch begins. A new one begins where the log of a slot continues
// after a restore. So a record that was written before and is lost differs from
// the record that has its number now.
type Epoch struct {
	ID   uint32 `json:"id"` // drawn at random, never 0
	From uint64 `json:"from"`
	// Lost is the newest record that is known to be lost where the epoch begins,
	// after a failover; 0: none is known.
	Lost uint64 `json:"lost,omitempty"`
}

// History is the epochs of a slot, in their order. Records before the first
// belong to epoch 0. In books that were never restored, all records do.
type History []Epoch

// Of returns the epoch of a record.
func (h History) Of(seq uint64) uint32 {
	for _, e := range slices.Backward(h) {
		if e.From < seq {
			return e.ID
		}
	}
	return 0
}

// End returns the last record that is left of the epoch. For an epoch that
// these books never had, or have lost completely, that is where the newest
// epoch begins. The newest has no end.
func (h History) End(id uint32) (seq uint64, ended bool) {
	if len(h) == 0 {
		return 0, false
	}
	if id == 0 {
		return h[0].From, true
	}
	for i, e := range h {
		if e.ID == id {
			if i+1 < len(h) {
				return h[i+1].From, true
			}
			return 0, false
		}
	}
	return h[len(h)-1].From, true
}

// begin adds an epoch. Epochs that began where it begins, or later, were lost
// with their records.
func (h History) begin(next Epoch) History {
	kept := slices.DeleteFunc(slices.Clone(h), func(e Epoch) bool { return e.From >= next.From })
	return append(kept, next)
}

// SlotHead is a record of a slot: its newest, or one that was the newest before.
// Hash is zero when there is none or it was archived.
type SlotHead struct {
	Slot uint16
	Seq  uint64
	Hash [32]byte
}

// epochs keeps the histories of slots.
type epochs struct {
	*core
	histories atomic.Pointer[map[uint16]History] // by slot
}

// History returns the history of a slot as this process knows it, nil when it
// was never restored. It answers from memory, as Layout does.
func (c *epochs) History(slot uint16) History {
	if all := c.histories.Load(); all != nil {
		return (*all)[slot]
	}
	return nil
}

// FreshHistory returns the history of a slot as the database has it.
func (c *epochs) FreshHistory(ctx context.Context, slot uint16) (History, error) {
	if err := c.follow(ctx, 0); err != nil {
		return nil, err
	}
	return c.History(slot), nil
}

// Loss is what a slot has lost by a failover.
type Loss struct {
	// Left is the newest record that is left of those that were seen.
	Left SlotHead
	// Lost is the newest record that is known to be lost; 0: none is known.
	Lost uint64
	// Known is the history as the caller knows it.
	Known History
	// Origin is what the slot's database says of itself now.
	Origin Origin
}

// BeginEpoch says that the logs of these slots continue behind these records.
// Later records were lost, also those that somebody has seen. All slots get the
// same epoch, which is returned.
func (c *epochs) BeginEpoch(ctx context.Context, heads []SlotHead) (uint32, error) {
	losses := make([]Loss, len(heads))
	for i, head := range heads {
		losses[i].Left = head
	}
	return c.beginEpoch(ctx, losses, func(historyBody, Loss) bool { return true })
}

// DeclareLost is BeginEpoch after a failover that nobody announced. ErrMoved:
// another process has begun an epoch that the caller does not know of, and may
// have declared the same; nothing was stored.
func (c *epochs) DeclareLost(ctx context.Context, losses []Loss) (uint32, error) {
	return c.beginEpoch(ctx, losses, func(is historyBody, l Loss) bool { return slices.Equal(is.Epochs, l.Known) })
}

// TakeOver is DeclareLost of one slot by the process that is the first to write to
// it on another origin. ErrMoved: another process was first.
func (c *epochs) TakeOver(ctx context.Context, loss Loss) (uint32, error) {
	return c.beginEpoch(ctx, []Loss{loss}, func(is historyBody, l Loss) bool {
		return slices.Equal(is.Epochs, l.Known) && is.Origin != l.Origin.Name
	})
}

func (c *epochs) beginEpoch(ctx context.Context, losses []Loss, fits func(historyBody, Loss) bool) (uint32, error) {
	var id uint32
	err := c.store.write(ctx, c.now, func(w *write) error {
		was, err := readHistories(&w.read)
		if err != nil {
			return err
		}
		if id, err = c.drawEpoch(was); err != nil {
			return err
		}
		for _, loss := range losses {
			head := loss.Left
			row, found, err := readHistory(&w.read, strconv.Itoa(int(head.Slot)))
			if err != nil {
				return err
			}
			if !fits(row, loss) {
				return fmt.Errorf("slot %d: %w", head.Slot, ErrMoved)
			}
			row.Slot, row.Epochs = head.Slot, row.Epochs.begin(Epoch{ID: id, From: head.Seq, Lost: loss.Lost})
			if loss.Origin.Name != "" {
				row.setOrigin(loss.Origin)
			}
			if err := row.put(w, KindEpochBegun, found); err != nil {
				return err
			}
			if err := w.exec(`DELETE FROM {slot_head} WHERE slot = ?`, int64(head.Slot)); err != nil {
				return err
			}
			if head.Hash != [32]byte{} {
				w.insert(`{slot_head} (slot, seq, hash, at)`, int64(head.Slot), int64(head.Seq), head.Hash[:], w.now)
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("begin an epoch: %w", err)
	}
	c.followOwn(ctx, "own epoch")
	return id, nil
}

// drawEpoch returns an epoch that none of the histories has.
func (c *epochs) drawEpoch(was map[uint16]History) (uint32, error) {
	c.drawing.Lock()
	defer c.drawing.Unlock()
	for {
		var b [4]byte
		if _, err := io.ReadFull(c.random, b[:]); err != nil {
			return 0, fmt.Errorf("draw an epoch: %w", err)
		}
		id, taken := binary.BigEndian.Uint32(b[:]), false
		for _, h := range was {
			taken = taken || slices.ContainsFunc(h, func(e Epoch) bool { return e.ID == id })
		}
		if id != 0 && !taken {
			return id, nil
		}
	}
}

// NoteHeads says that these records were seen. If a newer record of a slot is
// known, that stays. Nothing of this is in the log.
func (c *epochs) NoteHeads(ctx context.Context, heads []SlotHead) error {
	err := c.store.amend(ctx, func(w *write, _ func() error) error {
		at := millis(c.now())
		for _, head := range heads {
			n, err := w.affect(`UPDATE {slot_head} SET seq = ?, hash = ?, at = ? WHERE slot = ? AND seq < ?`,
				int64(head.Seq), head.Hash[:], at, int64(head.Slot), int64(head.Seq))
			if err == nil && n == 0 {
				err = w.exec(`INSERT INTO {slot_head} (slot, seq, hash, at) VALUES (?, ?, ?, ?) {on slot} slot = {new slot}`,
					int64(head.Slot), int64(head.Seq), head.Hash[:], at)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return during(err, "note the heads of slots")
}

// Heads returns what NoteHeads has noted, by slot.
func (c *epochs) Heads(ctx context.Context) ([]SlotHead, error) {
	heads, err := look(ctx, c.store, func(r *read) ([]SlotHead, error) {
		return list(r, func(scan func(...any) error, h *SlotHead) error {
			var hash []byte
			err := scan(&h.Slot, &h.Seq, &hash)
			copy(h.Hash[:], hash)
			return err
		}, `SELECT slot, seq, hash FROM {slot_head} ORDER BY slot`)
	})
	return result(heads, err, "read the heads of slots")
}

// historyBody is a history in the log and in its row.
type historyBody struct {
	Slot   uint16  `json:"slot"`
	Epochs History `json:"epochs"`
	// Origin is the Name of the origin that the slot was last written on, Replicated
	// what was last known of its commits.
	Origin     string `json:"origin,omitempty"`
	Replicated bool   `json:"replicated,omitempty"`
}

func (h *historyBody) setOrigin(o Origin) { h.Origin, h.Replicated = o.Name, o.Replicated }

// readHistories returns the histories of all slots that have one.
func readHistories(r *read) (map[uint16]History, error) {
	rows, err := list(r, func(scan func(...any) error, packed *[]byte) error { return scan(packed) }, `SELECT body FROM {epoch} ORDER BY id`)
	if err != nil {
		return nil, err
	}
	all := make(map[uint16]History, len(rows))
	for _, packed := range rows {
		var b historyBody
		if err := json.Unmarshal(packed, &b); err != nil {
			return nil, fmt.Errorf("unpack the epochs: %w", err)
		}
		all[b.Slot] = b.Epochs
	}
	return all, nil
}

// readHistory returns the row of a slot's history.
func readHistory(r *read, id string) (b historyBody, found bool, err error) {
	var packed []byte
	found, err = r.readRow(`SELECT body FROM {epoch} WHERE id = ?`, []any{id}, &packed)
	if err != nil || !found {
		return b, false, err
	}
	if err := json.Unmarshal(packed, &b); err != nil {
		return b, false, fmt.Errorf("unpack the epochs of slot %s: %w", id, err)
	}
	return b, true, nil
}

// put stores the row; found says that there is one.
func (h historyBody) put(w *write, kind string, found bool) error {
	id := strconv.Itoa(int(h.Slot))
	seq, err := w.log("", kind, id, h)
	if err != nil {
		return err
	}
	packed, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("pack the epochs: %w", err)
	}
	if !found {
		w.insert(`{epoch} (id, body, seq)`, id, string(packed), seq)
		return nil
	}
	return w.exec(`UPDATE {epoch} SET body = ?, seq = ? WHERE id = ?`, string(packed), seq, id)
}

// Origin is what the database of a slot says of its history (engine.Origin).
type Origin struct {
	Name       string // "": it says nothing
	Replicated bool
}

// Origin returns what was noted of a slot, the zero Origin when nothing was.
func (c *epochs) Origin(ctx context.Context, slot uint16) (Origin, error) {
	o, err := look(ctx, c.store, func(r *read) (Origin, error) {
		row, _, err := readHistory(r, strconv.Itoa(int(slot)))
		return Origin{row.Origin, row.Replicated}, err
	})
	return o, during(err, "read the origin of slot %d", slot)
}

// NoteOrigin notes on which origin a slot is written from now on.
func (c *epochs) NoteOrigin(ctx context.Context, slot uint16, o Origin) error {
	return c.noteOrigin(ctx, slot, o, func(Origin) bool { return true })
}

// NoteReplicated notes whether commits of a slot are replicated now, if it is
// still written on this origin.
func (c *epochs) NoteReplicated(ctx context.Context, slot uint16, o Origin) error {
	return c.noteOrigin(ctx, slot, o, func(was Origin) bool { return was.Name == o.Name })
}

func (c *epochs) noteOrigin(ctx context.Context, slot uint16, o Origin, fits func(was Origin) bool) error {
	err := c.store.write(ctx, c.now, func(w *write) error {
		row, found, err := readHistory(&w.read, strconv.Itoa(int(slot)))
		was := Origin{row.Origin, row.Replicated}
		if err != nil || was == o || !fits(was) {
			return err
		}
		row.Slot = slot
		row.setOrigin(o)
		return row.put(w, KindEpochOrigin, found)
	})
	return during(err, "note the origin of slot %d", slot)
}
