package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// newestLooked is how many records are checked: as many as a server checks when it
// starts.
const newestLooked = 1000

// newestRecords checks the newest records of a slot, oldest first.
type newestRecords struct {
	n      int
	before [32]byte
	last   stock.Time // of the newest
}

func (c *newestRecords) add(r *engine.Record) error {
	v, err := stock.ParseRecord(r.Body)
	switch {
	case err != nil:
		return fmt.Errorf("record %d: %w", r.Seq, err)
	case v.Header().Seq != uint64(r.Seq) || v.Hash() != r.Hash:
		return fmt.Errorf("record %d: its columns and its body differ", r.Seq)
	case c.n > 0 && v.Header().Prev != c.before:
		return fmt.Errorf("record %d: it does not continue the chain", r.Seq)
	}
	c.before, c.last = r.Hash, r.At
	c.n++
	return nil
}

// slotSeen is what was found in one slot.
type slotSeen struct {
	name string // "" when there is one only
	// have is the version of its schema, 0 when there is none. want is the version of this
	// program. The fields below are only set when the two are equal.
	have, want    int
	head, journal engine.Seq
	newest        newestRecords
	ahead         time.Duration // of the store's clock; 0 also when it has none
	err           error
}

// readable reports whether the slot could be read and is of this program's schema.
func (s *slotSeen) readable() bool { return s.err == nil && s.have == s.want }

// label is the prefix of a finding about the slot.
func (s *slotSeen) label() string {
	if s.name == "" {
		return ""
	}
	return s.name + ": "
}

// misfit reports why the slot could not be read, if so.
func (s *slotSeen) misfit(d *doctor) (f finding, bad bool) {
	at := redacted(d.books.db)
	switch {
	case s.err != nil:
		return found(wrong, "%s%v", s.label(), s.err), true
	case s.have == 0:
		return found(wrong, "%sthere are no books in %s", s.label(), at).remedy("is it the right database? a new one gets them from: %s", d.migrate()), true
	case s.have < s.want:
		return found(wrong, "%sthe books have schema %d, this program works with %d", s.label(), s.have, s.want).
			remedy("stop the servers, make a back-up, then: %s", d.migrate()), true
	case s.have > s.want:
		return found(wrong, "%sthe books have schema %d, this program knows %d", s.label(), s.have, s.want).remedy("use the newer holdfast that wrote them"), true
	}
	return f, false
}

// clock compares the slot's times with this clock.
func (s *slotSeen) clock(now time.Time) (all []finding) {
	if !s.readable() {
		return nil
	}
	if last := time.UnixMilli(int64(s.newest.last)); s.newest.n > 0 {
		switch ahead := last.Sub(now); {
		case ahead > time.Minute:
			all = append(all, found(wrong, "%sthe newest record is from %s, %s ahead of this clock", s.label(), last.UTC().Format(time.RFC3339), ahead.Round(time.Second)).
				remedy("set the clock right before a server starts; otherwise its time continues from that record, up to 5 %% slower than the clock until the two meet"))
		case ahead > aheadToWorry:
			all = append(all, found(warning, "%sthe newest record is %s ahead of this clock", s.label(), ahead.Round(time.Second)).
				remedy("is the clock of every machine kept by NTP?"))
		}
	}
	if s.ahead.Abs() > aheadToWorry {
		all = append(all, found(warning, "%sthe database's clock is %s ahead of this one (-: behind)", s.label(), s.ahead.Round(time.Second)).
			remedy("deadlines go by the database's clock: is that of every machine kept by NTP?"))
	}
	return all
}

// lookAtSlots examines all slots of books on a database server, or in several
// databases.
func (d *doctor) lookAtSlots(ctx context.Context) []slotSeen {
	directory, err := catalog.Open(ctx, d.books.db, catalog.WithExisting())
	if err != nil {
		return []slotSeen{{err: err}}
	}
	_, places, err := d.books.layOut(ctx, directory, false)
	if err = errors.Join(err, directory.Close()); err != nil {
		return []slotSeen{{err: err}}
	}
	all := make([]slotSeen, len(places))
	for i, p := range places {
		if len(places) > 1 {
			all[i].name = p.called(len(places))
		}
		all[i].err = d.lookAt(ctx, p, &all[i])
	}
	return all
}

func (d *doctor) lookAt(ctx context.Context, p slotTables, seen *slotSeen) (err error) {
	dsn, err := d.books.dsn(p.Database)
	if err != nil {
		return err
	}
	if seen.have, seen.want, err = schemaOf(ctx, inSet(dsn, p.Set)); err != nil || seen.have != seen.want {
		return err
	}
	var s slotSet
	defer func() { err = errors.Join(err, s.Close()) }()
	open, err := s.dial(ctx, dsn)
	if err != nil {
		return err
	}
	eng, err := open(ctx, p.Set)
	if err != nil {
		return err
	}
	s.close = append(s.close, eng.Close)
	return seen.look(ctx, eng)
}

// look examines the slot.
func (s *slotSeen) look(ctx context.Context, eng engine.Engine) (err error) {
	asked := time.Now()
	now, err := eng.Load(ctx, engine.Want{})
	if err != nil {
		return err
	}
	if now.At != 0 {
		s.ahead = time.UnixMilli(int64(now.At)).Sub(asked.Add(time.Since(asked) / 2))
	}
	s.head = now.Head
	if s.journal, err = eng.JournalCursor(ctx); err != nil {
		return err
	}
	after := s.head - min(s.head, newestLooked)
	for after < s.head {
		records, err := eng.Read(ctx, after, newestLooked)
		switch {
		case errors.Is(err, engine.ErrGone) && after < s.head-1:
			after = s.head - 1 // older ones were archived; the newest never is
			continue
		case err != nil:
			return err
		case len(records) == 0:
			return fmt.Errorf("record %d is missing", after+1)
		}
		for i := range records {
			if err := s.newest.add(&records[i]); err != nil {
				return err
			}
		}
		after = records[len(records)-1].Seq
	}
	s.head = after // servers may continue meanwhile
	return nil
}
