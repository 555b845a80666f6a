package outpost

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

const (
	// upPoll is how often the till looks for records that nobody has announced.
	upPoll = time.Second
	// acknowledgeEvery is how often a till says at least that it is there.
	acknowledgeEvery = 15 * time.Second
	// acknowledgeSoon is how soon after its last word it says that it has applied a change.
	acknowledgeSoon = 2 * time.Second
	// refusedPause is how long a report that was refused is not sent again.
	refusedPause = time.Minute
	// offerPause is how long it takes until a stale file is offered again where the centre did not answer.
	offerPause = 5 * time.Second
	// maxReport bounds the bytes of a report's records, but for the first.
	maxReport = 1 << 20
)

// send sends the records that the centre does not have, and then new ones. Without news it
// reports from time to time how far the till is.
func (t *Till) send(ctx context.Context) error {
	for said := time.Now(); ; {
		if err := t.catchUp(ctx); err != nil {
			return err
		}
		s := t.get()
		records, err := ReadRecords(ctx, t.records, s.Seq)
		if err != nil {
			return err
		}
		pause := upPoll
		if len(records) > 0 || t.mustReport(time.Since(said)) {
			err := t.report(ctx, &s, records)
			switch {
			case errors.Is(err, ErrRefused):
				t.refuse(ctx, err)
				pause = refusedPause
			case err != nil:
				return err
			case len(records) > 0:
				said = time.Now()
				continue
			default:
				said = time.Now()
			}
		}
		if err := t.waitForRecord(ctx, pause); err != nil {
			return err
		}
	}
}

// report sends records, or only how far the till is, and notes what the centre answers.
func (t *Till) report(ctx context.Context, s *CentreState, records []LogRecord) error {
	r := Report{
		Epoch: s.Epoch, Ticket: s.Ticket, Records: records, Last: s.Seq + uint64(len(records)), Position: t.get().Position,
		Offset: time.Duration(s.Offset) * time.Millisecond, Terms: s.Terms,
	}
	if len(records) > 0 { // there may be more than a report has room for
		var err error
		if r.Records, r.Offset, err = s.splitAtOffset(records); err != nil {
			return err
		}
		if r.Last, err = t.Records(ctx); err != nil {
			return err
		}
	}
	a, err := t.line.Report(ctx, r)
	switch {
	case err != nil:
		return err
	case a.Hello, a.Era != s.Era, a.Seq < s.Seq, a.Seq == s.Seq && len(records) > 0:
		return errLater
	}
	t.update(func(s *CentreState) {
		s.Seq, s.Hash = a.Seq, a.Hash
		if len(records) > 0 {
			s.Refused = ""
		}
	}, false)
	t.online.noteMine(a.Seq)
	t.mu.Lock()
	t.told = s.Terms
	t.mu.Unlock()
	return nil
}

// mustReport reports whether the till has to say how far it is, so long after its last word, or by which policy it works,
// and takes it that it does.
func (t *Till) mustReport(silent time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	owes := silent >= acknowledgeEvery || t.applied && silent >= acknowledgeSoon || !sameTerms(t.told, t.state.Terms)
	if owes {
		t.applied = false
	}
	return owes
}

// waitForRecord waits for a record, or until it is time to look for one. After a refused report new records
// do not end the wait: they would not help.
func (t *Till) waitForRecord(ctx context.Context, pause time.Duration) error {
	wake := t.wake
	if pause > upPoll {
		wake = nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wake:
	case <-time.After(pause):
		t.save()
	}
	return nil
}

// refuse notes that the centre takes no more of the log. The till continues to sell; people have
// to look into it.
func (t *Till) refuse(ctx context.Context, err error) {
	if t.get().Refused == "" {
		t.log.WarnContext(ctx, "the centre takes no more of the till's log: it has a case about that", "err", err)
	}
	t.update(func(s *CentreState) { s.Refused = err.Error() }, true)
}

// ReadRecords returns the records of a till's log behind the one named, as many as a report may have.
func ReadRecords(ctx context.Context, log engine.Engine, after uint64) (records []LogRecord, err error) {
	stored, err := log.Read(ctx, engine.Seq(after), MaxRecords)
	if err != nil {
		return nil, fmt.Errorf("read the till's log: %w", err)
	}
	size := 0
	for i := range stored {
		if size += len(stored[i].Body) + len(stored[i].Text); i > 0 && size > maxReport {
			break
		}
		records = append(records, LogRecord{stored[i].Body, stored[i].Text})
	}
	return records, nil
}

// noTicket is what a stale file shows for a ticket: it has none that counts.
var noTicket = nameOf(1)

// offerFile tells the centre that this file is stale, and sends it what it has: people there decide what of it is
// booked. If its key is no longer valid, a person brings the file ("holdfast tills offer").
func (t *Till) offerFile(ctx context.Context) {
	s := t.get()
	offer := func(records []LogRecord) error {
		_, err := t.line.Report(ctx, Report{Epoch: s.Epoch, Ticket: noTicket, Records: records, Offset: time.Duration(s.Offset) * time.Millisecond, Lost: true})
		return err
	}
	// It is sent also where there is nothing to offer. A centre that refuses that may take records.
	for err := offer(nil); err != nil && !errors.Is(err, ErrRefused); err = offer(nil) {
		if !t.waitToOffer(ctx) {
			return
		}
	}
	after := s.Seq
	if t.checkLog(ctx, s.Seq, s.Hash) != nil {
		after = 0 // nobody knows from where on it is another log
	}
	for ctx.Err() == nil {
		records, err := ReadRecords(ctx, t.records, after)
		if err == nil && len(records) == 0 {
			_ = t.waitForRecord(ctx, upPoll) // it ends with ctx
			continue
		}
		if err == nil {
			err = offer(records)
		}
		switch {
		case err == nil:
			after += uint64(len(records))
		case errors.Is(err, ErrRefused):
			t.log.WarnContext(ctx, "the centre does not take what this file has: bring it the file with \"holdfast tills offer\"", "err", err)
			return
		default:
			t.waitToOffer(ctx)
		}
	}
}

// waitToOffer waits until the centre may answer again, and reports whether ctx has not ended.
func (t *Till) waitToOffer(ctx context.Context) bool {
	select {
	case <-ctx.Done():
	case <-time.After(t.pause(offerPause)):
	}
	return ctx.Err() == nil
}
