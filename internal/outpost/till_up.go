package outpost

import (
	"context"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

const (
	// upPoll is how often it is looked for records of which nobody told.
	upPoll = time.Second
	// acknowledgeEvery is how often a till says at least that it is there.
	acknowledgeEvery = 15 * time.Second
	// acknowledgeSoon is how soon after its last word it says that it has applied a change.
	acknowledgeSoon = 2 * time.Second
)

// up sends what the centre does not have, and then what is new.
func (t *Till) up(ctx context.Context) error {
	for said := time.Now(); ; {
		s := t.get()
		records, err := t.records.Read(ctx, engine.Seq(s.Seq), MaxRecords)
		if err != nil {
			return fmt.Errorf("read the till's log: %w", err)
		}
		if len(records) == 0 && !t.owesWord(time.Since(said)) {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-t.wake:
			case <-time.After(upPoll):
				t.save()
			}
			continue
		}
		r := Report{Epoch: s.Epoch, Ticket: s.Ticket, Last: s.Seq, Position: t.get().Position}
		switch n := len(records); {
		case n == MaxRecords: // there may be more
			if r.Last, err = t.Records(ctx); err != nil {
				return err
			}
		case n > 0:
			r.Last = uint64(records[n-1].Seq)
		}
		size := 0
		for i := range records {
			if size += len(records[i].Body) + len(records[i].Text); i > 0 && size > maxReport {
				break
			}
			r.Records = append(r.Records, LogRecord{records[i].Body, records[i].Text})
		}
		a, err := t.line.Report(ctx, r)
		switch {
		case err != nil:
			return err
		case a.Hello, a.Era != s.Era, a.Seq < s.Seq, a.Seq == s.Seq && len(records) > 0:
			return errLater
		}
		said = time.Now()
		t.update(func(s *State) { s.Seq, s.Hash = a.Seq, a.Hash }, false)
		t.online.noteMine(a.Seq)
	}
}

// owesWord reports whether the till has to say how far it is, so long after its last word, and
// takes it that it does.
func (t *Till) owesWord(silent time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	owes := silent >= acknowledgeEvery || t.applied && silent >= acknowledgeSoon
	if owes {
		t.applied = false
	}
	return owes
}

// maxReport bounds the bytes of a report's records, but for the first.
const maxReport = 1 << 20
