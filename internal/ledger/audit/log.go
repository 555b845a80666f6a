package audit

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// walkedRecord is a record that was read and checked by itself and against
// the one before it.
type walkedRecord struct {
	seq   engine.Seq
	at    stock.Time
	hash  [32]byte
	count int // entries, those of dropped tenants too
	// redacted is how many of its notes were redacted.
	redacted int
	events   []walkedEvent
	// faults are what is wrong with it, in words.
	faults []string
	// unreadable says that its entries are not known.
	unreadable bool
}

type walkedEvent struct {
	entry int
	*stock.Event
}

// walkLog calls fn for each record behind from up to and including to. It decodes
// ahead of fn. It ends with the first unreadable record, after fn has received it,
// and then returns false.
func walkLog(ctx context.Context, e engine.Engine, from Anchor, to engine.Seq, fn func(*walkedRecord) error) (whole bool, err error) {
	group, ctx := errgroup.WithContext(ctx)
	records := make(chan *walkedRecord, 16)
	group.Go(func() error {
		defer close(records)
		return readLog(ctx, e, from, to, func(r *walkedRecord) error {
			select {
			case records <- r:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	whole = true
	group.Go(func() error {
		for r := range records {
			if err := fn(r); err != nil {
				return err
			}
			whole = whole && !r.unreadable
		}
		return nil
	})
	err = group.Wait()
	return whole, err
}

// readLog reads and decodes the records.
func readLog(ctx context.Context, e engine.Engine, from Anchor, to engine.Seq, put func(*walkedRecord) error) error {
	last := walkedRecord{seq: from.Seq, hash: from.Hash}
	for last.seq < to {
		recs, err := e.Read(ctx, last.seq, 64)
		if errors.Is(err, engine.ErrGone) {
			return fmt.Errorf("the log does not begin with its first record any more: %w", err)
		}
		if errors.Is(err, engine.ErrBroken) {
			// One of them is damaged: approach it one record at a time.
			if recs, err = e.Read(ctx, last.seq, 1); errors.Is(err, engine.ErrBroken) {
				return put(&walkedRecord{seq: last.seq + 1, unreadable: true, faults: []string{err.Error()}})
			}
		}
		if err != nil {
			return err
		}
		if len(recs) == 0 {
			return put(&walkedRecord{
				seq: last.seq + 1, unreadable: true,
				faults: []string{fmt.Sprintf("it is missing, though the head is at %d", to)},
			})
		}
		for i := range recs {
			if last.seq >= to {
				break
			}
			r := walkRecord(&recs[i], &last)
			if err := put(r); err != nil {
				return err
			}
			if r.unreadable {
				return nil
			}
			last = walkedRecord{seq: r.seq, at: r.at, hash: r.hash}
		}
	}
	return nil
}

// walkRecord checks one record and decodes its entries.
func walkRecord(rec *engine.Record, last *walkedRecord) *walkedRecord {
	r := &walkedRecord{seq: last.seq + 1}
	fault := func(format string, args ...any) { r.faults = append(r.faults, fmt.Sprintf(format, args...)) }
	if rec.Seq != r.seq {
		fault("it is missing, record %d follows on %d", rec.Seq, last.seq)
		r.unreadable = true
		return r
	}
	p, err := stock.ParseRecord(rec.Body)
	if err != nil {
		fault("it cannot be read: %v", err)
		r.unreadable = true
		return r
	}
	h := p.Header()
	r.at, r.hash, r.count = h.At, p.Hash(), p.Len()
	if h.Seq != uint64(rec.Seq) {
		fault("it says that it is record %d", h.Seq)
	}
	if h.At != rec.At || h.Writer != rec.Writer || h.Nonce != rec.Nonce {
		fault("its columns for time, writer and nonce are %d, %x, %d, its body says %d, %x, %d",
			rec.At, rec.Writer, rec.Nonce, h.At, h.Writer, h.Nonce)
	}
	if r.hash != rec.Hash {
		fault("its hash is %x, its column says %x", r.hash[:8], rec.Hash[:8])
	}
	if h.Prev != last.hash {
		fault("it follows on a record with hash %x, the one before it has %x: the chain is broken", h.Prev[:8], last.hash[:8])
	}
	if h.At < last.at {
		fault("its time %d is before %d, that of the record before", h.At, last.at)
	}
	switch report, err := p.VerifyText(rec.Text); {
	case err != nil:
		fault("its text: %v", err)
	case len(report.Damaged) > 0:
		fault("its text: note %d of block %d is not what was written", report.Damaged[0].Note, report.Damaged[0].Block)
	default:
		r.redacted = len(report.Redacted)
	}
	r.events = make([]walkedEvent, 0, r.count)
	put := func(i int, e *stock.Event) { r.events = append(r.events, walkedEvent{i, e}) }
	if err := p.CheckEvents(put); err != nil {
		fault("%v", err)
		r.events = r.events[:0]
		if err := p.Events(func(i int, e *stock.Event) error { put(i, e); return nil }); err != nil {
			r.unreadable = true
		}
	}
	return r
}
