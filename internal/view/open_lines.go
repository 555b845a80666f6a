package view

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// openLinesIdle is how long open lines are kept in memory while nobody asks.
	openLinesIdle = 10 * time.Minute
	// farBehind is the lag, in records, at which the rows are read again instead of the
	// records.
	farBehind = 100_000
)

// holdReader is a slotReader with its holds.
type holdReader interface {
	slotReader
	ScanHolds(ctx context.Context, s engine.HoldScan, fn func(*engine.HoldRow) error) (engine.Seq, error)
}

// openLines are the open lines of a slot. The first question reads the rows of the open
// holds; later ones read the log on from there. It costs nothing while nobody asks, and an
// answer has everything that was committed before the question.
type openLines struct {
	slot   uint16
	engine holdReader

	// turn is taken to use the fields below, also while the store is read. It is a channel,
	// so that nobody waits for it longer than the call's context lasts.
	turn  chan struct{}
	at    engine.Seq // up to which the log is known
	hash  [32]byte   // of the record at at
	known bool
	lines map[stock.HoldKey][]*stock.Line
	idle  *time.Timer
}

func newOpenLines(slot uint16, e holdReader) *openLines {
	return &openLines{slot: slot, engine: e, turn: make(chan struct{}, 1)}
}

// forEachLine calls fn for every open line, and returns where the slot was then.
func (o *openLines) forEachLine(ctx context.Context, fn func(stock.HoldKey, *stock.Line)) (engine.Seq, error) {
	if err := ctx.Err(); err != nil {
		return 0, err // select may choose either when both are ready
	}
	select {
	case o.turn <- struct{}{}:
		defer o.endTurn()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if err := o.follow(ctx); err != nil {
		o.forget()
		return 0, err
	}
	if o.idle == nil {
		o.idle = time.AfterFunc(openLinesIdle, func() {
			o.turn <- struct{}{}
			defer o.endTurn()
			o.forget()
		})
	}
	o.idle.Reset(openLinesIdle)
	for key, lines := range o.lines {
		for _, l := range lines {
			fn(key, l)
		}
	}
	return o.at, nil
}

func (o *openLines) endTurn() { <-o.turn }

func (o *openLines) forget() { o.known, o.lines = false, nil }

// follow brings the lines to the head of the log.
func (o *openLines) follow(ctx context.Context) error {
	head, err := o.engine.Head(ctx)
	if err != nil {
		return err
	}
	if !o.known || head < o.at || head-o.at > farBehind {
		return o.read(ctx)
	}
	// The record at at is read again: in a log that was restored it is another one.
	for after := max(o.at, 1) - 1; after < head; after = o.at {
		records, err := o.engine.Read(ctx, after, readAhead)
		if errors.Is(err, engine.ErrGone) {
			return o.read(ctx)
		}
		if err != nil {
			return err
		}
		for i := range records {
			r := &records[i]
			switch {
			case r.Seq == o.at && r.Hash != o.hash:
				return o.read(ctx)
			case r.Seq > o.at:
				if err := o.apply(r); err != nil {
					return fmt.Errorf("record %d: %w", r.Seq, err)
				}
			}
		}
		if o.at == after {
			return nil // the head is at at
		}
	}
	return nil
}

// read reads the rows of the open holds.
func (o *openLines) read(ctx context.Context) error {
	o.lines = map[stock.HoldKey][]*stock.Line{}
	var reader stock.HoldReader
	head, err := o.engine.ScanHolds(ctx, engine.HoldScan{Open: true}, func(r *engine.HoldRow) error {
		return reader.OpenLines(r.Key, r.Packed, func(l *stock.Line) {
			own := *l // the reader reuses its line
			own.Drawn = slices.Clone(l.Drawn)
			o.lines[r.Key] = append(o.lines[r.Key], &own)
		})
	})
	if err != nil {
		return err
	}
	o.at, o.hash, o.known = head, [32]byte{}, true
	if head == 0 {
		return nil
	}
	last, err := o.engine.Read(ctx, head-1, 1)
	if err == nil && len(last) == 0 {
		err = fmt.Errorf("record %d is not in the log", head)
	}
	if err != nil {
		return err
	}
	o.hash = last[0].Hash
	return nil
}

// apply takes in a record.
func (o *openLines) apply(r *engine.Record) error {
	rec, err := feed.ReadRecord(o.slot, nil, r)
	if err != nil {
		return err
	}
	events, err := rec.Entries()
	if err != nil {
		return err
	}
	for _, e := range events {
		if e == nil {
			continue
		}
		if h := e.Handover; h != nil && h.Stage == stock.Coming {
			o.drop(h.Bucket)
		}
		for i := range e.Lines {
			if l := &e.Lines[i]; l.Changed {
				key := stock.HoldKey{OrderKey: stock.OrderKey{Tenant: e.Tenant, Order: e.Order}, Bucket: l.Bucket}
				o.set(key, &l.Line, e.Leaves != nil && *e.Leaves == l.Bucket)
			}
		}
	}
	o.at, o.hash = r.Seq, r.Hash
	return nil
}

// drop forgets the lines of a bucket that comes again: it brings them. The lines of a
// bucket that has left count until the other slot opens it, and no longer then.
func (o *openLines) drop(b stock.Bucket) {
	for key := range o.lines {
		if key.Bucket == b {
			delete(o.lines, key)
		}
	}
}

// set keeps a line as it is now, if it is open and still in this hold.
func (o *openLines) set(key stock.HoldKey, line *stock.Line, gone bool) {
	lines := slices.DeleteFunc(o.lines[key], func(l *stock.Line) bool { return l.Item == line.Item })
	if line.End == stock.Open && !gone {
		own := *line
		lines = append(lines, &own)
	}
	if len(lines) == 0 {
		delete(o.lines, key)
		return
	}
	o.lines[key] = lines
}
