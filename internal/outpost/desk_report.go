package outpost

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// Report carries out the entries of a till's log, each once and in order, and answers
// how far the log is in the books. At a record that cannot be carried out it stops:
// the refusal says why. A report without records only says how far the till is.
func (d *Desk) Report(ctx context.Context, tenant, till string, r Report) (Applied, error) {
	if r.Lost {
		return Applied{}, d.offered(ctx, tenant, till, r)
	}
	if len(r.Records) > MaxRecords {
		return Applied{}, invalid("records", "records must be at most %d, there are %d", MaxRecords, len(r.Records))
	}
	t, epoch, err := d.reporter(ctx, tenant, till, r.Epoch)
	if errors.Is(err, errStale) {
		return Applied{Hello: true}, nil
	}
	if err != nil {
		return Applied{}, err
	}
	// Each command names where it continues the log, so the books refuse a report that
	// continues the remembered state if the log has another one. Only such reports
	// need the read.
	if s, ok := d.spoken.find(tenant, till); ok && s.till.Epoch == r.Epoch {
		a, err := r.take(ctx, d, t, epoch, &s.known, true)
		if !errors.Is(err, errOutdated) {
			return a, err
		}
	}
	known, err := d.holder(ctx, t)
	if err != nil {
		return Applied{}, err
	}
	return r.take(ctx, d, t, epoch, known, false)
}

// take carries out a report of a till, given how far the till's log is known to be in the books. If that is only
// remembered, take answers when the whole report was booked, and otherwise with errOutdated.
func (r *Report) take(ctx context.Context, d *Desk, t *catalog.Till, epoch uint64, known *stock.Holder, remembered bool) (a Applied, err error) {
	m := mirroring{till: t, epoch: epoch, offset: r.Offset}
	if m.ticket, err = numberOf("ticket", r.Ticket); err != nil {
		return Applied{}, err
	}
	era, err := d.era(ctx, false)
	if err != nil {
		return Applied{}, err
	}
	if !known.Open || known.Epoch != epoch || known.Ticket != m.ticket || known.Era != era {
		if remembered {
			return Applied{}, errOutdated
		}
		return Applied{Hello: true}, nil
	}
	m.start, m.at = *known, *known
	bad := m.read(r.Records)
	if remembered && (bad != nil || len(m.commands) == 0) {
		return Applied{}, errOutdated
	}
	if errors.Is(bad, errCopy) {
		return Applied{Hello: true}, nil
	}
	if err := m.introduce(ctx, d); err != nil {
		return Applied{}, err
	}
	if err := d.carryOut(ctx, &m); err != nil {
		bad = err
	}
	var refused *stock.Refusal
	if remembered && (m.repeated || errors.As(bad, &refused)) {
		return Applied{}, errOutdated
	}
	if bad == nil {
		d.storeReport(ctx, t, selfReport{last: r.Last, done: m.at.Seq, position: r.Position, terms: r.Terms})
		d.spoken.remember(t, &m.at)
		return Applied{Seq: m.at.Seq, Hash: hexOf(m.at.Hash), Era: nameOf(era)}, nil
	}
	return d.applied(ctx, t, bad)
}

// offered takes the records of a file that has found itself to be stale; none: it only says so. Its key is still valid:
// another file continues with it.
func (d *Desk) offered(ctx context.Context, tenant, till string, r Report) error {
	if len(r.Records) > 0 {
		if _, err := d.Offer(ctx, tenant, till, Offer{Epoch: r.Epoch, Records: r.Records, Offset: r.Offset}); err != nil {
			return err
		}
	}
	t, _, err := d.till(ctx, tenant, till, r.Epoch)
	if errors.Is(err, errStale) {
		return nil // it was written off meanwhile
	}
	if err != nil {
		return err
	}
	return d.refuseCopy(ctx, t, r.Epoch, "its log is not the one in the books: it is a copy, or was restored")
}

// applied says how far the log of the till is in the books when not all of the report was booked. A refusal is
// the answer only if none of the report was booked.
func (d *Desk) applied(ctx context.Context, t *catalog.Till, bad error) (Applied, error) {
	var refused *stock.Refusal
	switch {
	case errors.As(bad, &refused) && refused.Code == stock.InvalidState:
		bad = nil // another report, or hello, was faster
	case bad != nil && !errors.As(bad, &refused):
		return Applied{}, bad
	}
	known, err := d.holder(ctx, t)
	if err != nil {
		return Applied{}, err
	}
	if bad != nil {
		if err := d.openMalformed(ctx, t, known, bad); err != nil {
			return Applied{}, err
		}
		d.log.ErrorContext(ctx, "a till's log cannot be carried out", "tenant", t.Tenant, "till", t.ID, "behind_record", known.Seq, "err", bad)
		return Applied{}, bad
	}
	return Applied{Seq: known.Seq, Hash: hexOf(known.Hash), Era: nameOf(known.Era)}, nil
}

// carryOut carries the commands out, up to one that is refused: those behind it would be
// refused because of the gap. When somebody looked at the shelf, the books' state at that
// moment is known only after everything that the till did before is in them.
func (d *Desk) carryOut(ctx context.Context, m *mirroring) error {
	var commands []stock.Command
	looked := map[string]stock.Time{} // when the till's own people looked at the shelf of a product
	for i, cmd := range m.commands {
		if cmd.Event != nil {
			cmd.Event.Happened = m.corrected(d, m.times[i])
			for j := range cmd.Event.Items { // it is of the same log, and behind that
				cmd.Event.Happened = max(cmd.Event.Happened, looked[cmd.Event.Items[j].Key.Product])
			}
		}
		if cmd.Event != nil && cmd.Event.Op == stock.OpSaleStatus {
			counts, err := m.timeSwitch(ctx, d, &cmd, m.corrected(d, m.times[i]))
			if err != nil {
				return err
			}
			if !counts {
				cmd.Event = nil // the log continues after it
			}
		}
		if k, asOf, looks := cmd.Looks(); looks {
			if err := d.send(ctx, m, commands); err != nil {
				return err
			}
			commands = nil
			asOf = m.corrected(d, asOf)
			cmd.LookAsOf(asOf)
			looked[k.Product] = asOf
			var err error
			if cmd.Booked, err = d.booked(ctx, m.till, k, asOf); err != nil {
				return err
			}
		}
		commands = append(commands, cmd)
	}
	return d.send(ctx, m, commands)
}

// corrected converts a moment of the till's clock to the centre's clock. It is never later than now,
// because the event has already been reported.
func (m *mirroring) corrected(d *Desk, at stock.Time) stock.Time {
	return min(at+stock.Time(m.offset.Milliseconds()), stock.Time(d.now().UnixMilli()))
}

func (d *Desk) send(ctx context.Context, m *mirroring, commands []stock.Command) error {
	for _, res := range ledger.SubmitEscrow(ctx, d.books, commands...) {
		if res.Err != nil {
			return res.Err
		}
		m.repeated = m.repeated || !res.Event.Changed()
	}
	return nil
}

// booked is what the books said of the item at the moment, with all that the till had done
// by then, whenever it was carried out here. If too much has happened since, it is what the
// books say now.
func (d *Desk) booked(ctx context.Context, t *catalog.Till, k stock.ItemKey, at stock.Time) (stock.Qty, error) {
	levels, _, err := d.books.Items(ctx, []stock.ItemKey{k})
	if err != nil || levels[0].Item == nil {
		return 0, err
	}
	it := levels[0].Item
	booked, err := view.Booked(ctx, d.journal, it, at, func(e *view.Entry) bool {
		last := e.Event.Items[len(e.Event.Items)-1].Key
		holder, ok := last.OfHolder()
		return ok && holder == t.ID
	})
	if errors.Is(err, view.ErrTooFarBack) {
		d.log.WarnContext(ctx, "a till reported a count that is too old to compare with the books of that time", "till", t.ID, "product", k.Product)
		return it.Figures().OnHand + it.Of(stock.Oversold), nil
	}
	if err != nil {
		return 0, fmt.Errorf("find out what the books said of product %q: %w", k.Product, err)
	}
	return booked, nil
}

// introduce makes products known that the till was the first to open.
func (m *mirroring) introduce(ctx context.Context, d *Desk) error {
	var ins []catalog.Introduction
	for _, c := range m.opened {
		ins = append(ins, catalog.Introduction{
			Ref:  catalog.Ref{Tenant: m.till.Tenant, Location: m.till.Location, Product: c.Key.Product},
			Unit: catalog.Unit{Name: c.Unit, Scale: int(c.Scale)},
		})
	}
	if len(ins) == 0 {
		return nil
	}
	for _, a := range d.directory.KnowAll(ctx, ins) {
		if a.Err != nil {
			return a.Err
		}
	}
	return nil
}

// errCopy says that the log is not the one whose records are in the books.
var errCopy = errors.New("the till's log is another one")

// mirroring is a report on its way to the books.
type mirroring struct {
	till          *catalog.Till
	epoch, ticket uint64
	start         stock.Holder // how far the log is in the books
	at            stock.Holder // how far it was read

	offset   time.Duration // of the centre's clock before the till's
	commands []stock.Mirror
	times    []stock.Time // of the commands, by the till's clock
	opened   []*stock.ItemChange
	repeated bool // some of it was in the books already
}

// read makes the commands from the records that are not yet in the books.
func (m *mirroring) read(records []LogRecord) error {
	for i := range records {
		r, err := stock.ParseRecord(records[i].Body)
		if err == nil && len(records[i].Text) > 0 {
			err = r.Attach(records[i].Text)
		}
		if err != nil {
			return invalid("records", "record %d of the report is damaged: %v", i, err)
		}
		head, hash := r.Header(), r.Hash()
		switch {
		case head.Seq < m.at.Seq:
			continue
		case head.Seq == m.at.Seq && hash == m.at.Hash:
			continue
		case head.Seq == m.at.Seq || head.Seq == m.at.Seq+1 && head.Prev != m.at.Hash && m.at.Seq > 0:
			return errCopy
		case head.Seq > m.at.Seq+1:
			return nil // a gap: it is sent again from where the books are
		}
		if err := m.readRecord(r, hash); err != nil {
			return err
		}
	}
	m.flush()
	return nil
}

// readRecord makes the commands from one record.
func (m *mirroring) readRecord(r *stock.Record, hash [32]byte) error {
	var told []*stock.Event
	var ends []uint32
	if err := r.Events(func(i int, e *stock.Event) error {
		if m.concerns(e) {
			told, ends = append(told, e), append(ends, uint32(i)+1) //nolint:gosec // a record has fewer entries
		}
		return nil
	}); err != nil {
		return invalid("records", "record %d cannot be read: %v", r.Header().Seq, err)
	}
	for i, e := range told {
		if ends[i] <= m.at.Done {
			continue
		}
		cmd := m.command()
		cmd.Event = e
		if i == len(told)-1 {
			cmd.Seq, cmd.Hash, cmd.Upto = r.Header().Seq, hash, 0
		} else {
			cmd.Seq, cmd.Hash, cmd.Upto = m.at.Seq, m.at.Hash, ends[i]
		}
		m.add(cmd, r.Header().At)
	}
	if m.at.Seq != r.Header().Seq { // nothing of it was for the books
		m.at.Seq, m.at.Hash, m.at.Done = r.Header().Seq, hash, 0
	}
	return nil
}

// concerns reports whether the entry is booked at the centre, and notes what it opens.
func (m *mirroring) concerns(e *stock.Event) bool {
	if e.Refusal != nil || e.Note.Reference == FromCentre || e.Op == stock.OpGrant && !settles(e) {
		return false
	}
	some := false
	for i := range e.Items {
		c := &e.Items[i]
		if !c.Changed || c.Key.Hidden() || c.Key.Location != m.till.Location {
			continue
		}
		some = some || len(c.Postings) > 0 || e.Op == stock.OpSaleStatus || c.Shelf != nil
		if c.Version == 1 {
			m.opened = append(m.opened, c)
		}
	}
	for i := range e.Lines {
		some = some || e.Lines[i].Changed && e.Lines[i].Line.Item.Location == m.till.Location
	}
	return some
}

// settles reports whether units that were given to the till covered what it had oversold,
// or were taken back from what it has sold.
func settles(e *stock.Event) bool {
	for i := range e.Items {
		for _, p := range e.Items[i].Postings {
			if p.To == stock.Oversold || p.From == stock.Oversold {
				return true
			}
		}
	}
	return false
}

// command is one that follows those so far. It also skips the records that were
// skipped since the last one.
func (m *mirroring) command() stock.Mirror {
	after := m.holderNow()
	return stock.Mirror{
		Holder: stock.HolderItem(m.till.Tenant, m.till.Location, m.till.ID), Bucket: bucketOf(m.till),
		Epoch: m.epoch, Ticket: m.ticket, After: after.Seq, Done: after.Done, Channel: m.till.Channel,
	}
}

// holderNow is where the books are after the commands so far.
func (m *mirroring) holderNow() stock.Holder {
	if n := len(m.commands); n > 0 {
		c := &m.commands[n-1]
		return stock.Holder{Seq: c.Seq, Done: c.Upto}
	}
	return m.start
}

func (m *mirroring) add(cmd stock.Mirror, at stock.Time) {
	m.commands, m.times = append(m.commands, cmd), append(m.times, at)
	m.at.Seq, m.at.Hash, m.at.Done = cmd.Seq, cmd.Hash, cmd.Upto
}

// flush moves the position in the books past records that have nothing for
// them.
func (m *mirroring) flush() {
	after := m.holderNow()
	if after.Seq == m.at.Seq && after.Done == m.at.Done {
		return
	}
	cmd := m.command()
	cmd.Seq, cmd.Hash = m.at.Seq, m.at.Hash
	m.add(cmd, 0)
}

func hexOf(hash [32]byte) string { return hex.EncodeToString(hash[:]) }

// hashOf reads a hash, "" as one of zeros.
func hashOf(text string) (hash [32]byte, err error) {
	if text == "" {
		return hash, nil
	}
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(hash) {
		return hash, invalid("hash", "hash must be 64 hexadecimal digits")
	}
	return [32]byte(b), nil
}
