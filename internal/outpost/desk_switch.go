package outpost

import (
	"context"
	"fmt"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// switchWords begin the reference of a switch that a till set: it says when that was.
const switchWords = "switched at "

// switchedAt is the reference in the journal of a switch that was set at the moment.
func switchedAt(at stock.Time) string {
	return switchWords + time.UnixMilli(int64(at)).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// whenSwitched is when the switch of an entry was set: a till may have reported it
// later.
func whenSwitched(e *view.Entry) stock.Time {
	text, ok := strings.CutPrefix(e.Reference, switchWords)
	at, err := time.Parse(time.RFC3339, text)
	if !ok || err != nil {
		return e.At
	}
	return min(stock.Time(at.UnixMilli()), e.At)
}

// timeSwitch notes the time in a switch that a till set, and reports whether the switch still
// counts. The switch that was set last counts, wherever it was set. Of two at the same moment, the
// one of the till with the greater id counts.
func (m *mirroring) timeSwitch(ctx context.Context, d *Desk, cmd *stock.Mirror, at stock.Time) (counts bool, err error) {
	e := cmd.Event
	for i := range e.Items {
		k := e.Items[i].Key
		if !e.Items[i].Changed || k.Hidden() {
			continue
		}
		later, err := m.wasSwitchedLater(ctx, d, k.Product, e.Channel, at)
		if later || err != nil {
			return false, err
		}
	}
	if e.Note.Reference == "" {
		e.Note.Reference = switchedAt(at)
	}
	return true, nil
}

// wasSwitchedLater reports whether the product's switch for the channel was set after the moment.
func (m *mirroring) wasSwitchedLater(ctx context.Context, d *Desk, product, channel string, at stock.Time) (bool, error) {
	q := view.EntryQuery{
		Tenant: m.till.Tenant, Product: product, Location: m.till.Location, Operation: stock.OpSaleStatus.String(), Since: at, PageSize: view.MaxPageSize,
	}
	for range view.MaxReckoned / view.MaxPageSize {
		page, err := d.journal.Entries(ctx, q)
		if err == nil && page.Stale {
			err = view.ErrBehind
		}
		if err != nil {
			return false, fmt.Errorf("find out when product %q was switched: %w", product, err)
		}
		for i := range page.Entries {
			entry := &page.Entries[i]
			if entry.Event.Channel != channel {
				continue
			}
			by, _ := holderIn(entry.Event)
			was := whenSwitched(entry)
			if was > at || was == at && by > m.till.ID {
				return true, nil
			}
		}
		if q.PageToken = page.NextPageToken; q.PageToken == "" {
			return false, nil
		}
	}
	return true, nil // it was switched that often since
}

// holderIn is the till from whose log the event came, and how far that log was in the
// books then.
func holderIn(e *stock.Event) (till string, at *stock.Holder) {
	last := &e.Items[len(e.Items)-1]
	till, ok := last.Key.OfHolder()
	if !ok {
		return "", nil
	}
	return till, last.Holder
}
