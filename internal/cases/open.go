package cases

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// opens are the operations after which more may be promised than there is.
var opens = []stock.Op{stock.OpObserve, stock.OpSoldElsewhere, stock.OpAdvance, stock.OpServeLate, stock.OpReturn}

// Oversold is how many more units are owed after the change of an item than before.
func Oversold(c *stock.ItemChange) (n stock.Qty) {
	for _, p := range c.Postings {
		switch stock.Oversold {
		case p.From:
			n += p.Qty
		case p.To:
			n -= p.Qty
		}
	}
	return max(n, 0)
}

// Of is the case that an event opens, nil when it opens none.
func Of(e *stock.Event) *catalog.Case {
	if e == nil || !slices.Contains(opens, e.Op) || e.Op == stock.OpServeLate {
		return nil
	}
	item := findOnlyItem(e.Items)
	if item == nil {
		return nil
	}
	n := Oversold(item)
	if e.Op == stock.OpReturn {
		n = overReturned(e)
	}
	if n == 0 {
		return nil
	}
	c := &catalog.Case{
		Tenant: e.Tenant, ID: id(item), Kind: catalog.CaseShortage, Product: item.Key.Product, Location: item.Key.Location, Qty: int64(n),
		Order: e.Order, Channel: e.Channel, Reason: e.Note.Reason, Reference: e.Note.Reference, Operator: e.Note.Operator,
	}
	happened := item.UpdatedAt
	if sold, ok := soldAt(e.Note.Reason); e.Op == stock.OpReturn {
		c.Kind, c.ByHand = catalog.CaseOverReturn, true
	} else if e.Op != stock.OpObserve {
		c.Kind = catalog.CaseOversell
		if ok {
			c.Reason, happened = "", min(sold, happened)
		}
	} else if item.Seen.AsOf != 0 {
		happened = min(item.Seen.AsOf, happened)
	}
	c.Happened.Time = time.UnixMilli(int64(happened)).UTC()
	return c
}

// overReturned is how many units more came back than had left with the order, if nobody said that
// this was known.
func overReturned(e *stock.Event) stock.Qty {
	if e.Back == nil || e.Back.Unchecked {
		return 0
	}
	return e.Back.Beyond
}

// servedAfterEnd is the reason of the case of an order that a till served though it was not its own.
const servedAfterEnd = "served after the order had ended, or by a second till"

// late are the cases of an order that a till served after its end: one for each product, whatever the
// pools covered.
func late(e *stock.Event) (all []*catalog.Case) {
	if e.Op != stock.OpServeLate {
		return nil
	}
	for i := range e.Items {
		item, n := &e.Items[i], stock.Qty(0)
		for _, p := range item.Postings {
			if p.To == stock.Customer {
				n += p.Qty
			}
		}
		if item.Key.Hidden() || n == 0 {
			continue
		}
		c := &catalog.Case{
			Tenant: e.Tenant, ID: id(item), Kind: catalog.CaseOversell, Product: item.Key.Product, Location: item.Key.Location, Qty: int64(n),
			Order: e.Order, Channel: e.Channel, Reason: servedAfterEnd, Reference: e.Note.Reference, Operator: e.Note.Operator,
		}
		c.Happened.Time = time.UnixMilli(int64(item.UpdatedAt)).UTC()
		all = append(all, c)
	}
	return all
}

// findOnlyItem returns the one item of an event that people see, nil if there is none or are several.
func findOnlyItem(items []stock.ItemChange) (item *stock.ItemChange) {
	for i := range items {
		switch {
		case items[i].Key.Hidden():
		case item != nil:
			return nil
		default:
			item = &items[i]
		}
	}
	return item
}

// id names the case that a change of an item opens: each version of an item has one
// at most.
func id(c *stock.ItemChange) string {
	h := sha256.New()
	for _, part := range [...]string{c.Key.Location, c.Key.Product} {
		_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(part)))) // a hash takes everything
		_, _ = h.Write([]byte(part))
	}
	_, _ = h.Write(binary.AppendUvarint(nil, c.Version))
	return "case-" + strings.ToLower(base32.StdEncoding.EncodeToString(h.Sum(nil)[:10]))
}

// soldWords begin the reason of a sale elsewhere: it says when that was.
const soldWords = "sold at "

// SoldAt is the reason in the journal for a sale elsewhere at that moment.
func SoldAt(at time.Time) string {
	return soldWords + at.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

func soldAt(reason string) (stock.Time, bool) {
	text, ok := strings.CutPrefix(reason, soldWords)
	at, err := time.Parse(time.RFC3339, text)
	return stock.Time(at.UnixMilli()), ok && err == nil
}

// Open stores the case that an event opens, and returns its id, "" when it
// opens none.
func (d *Desk) Open(ctx context.Context, e *stock.Event) (string, error) {
	c := Of(e)
	if c == nil {
		return "", nil
	}
	kept, err := d.kept.Open(ctx, *c)
	return kept.ID, err
}

// openPace is how often the position in the log is stored.
const openPace = time.Second

// Project opens the cases of the logs that nobody has opened, also of logs that are
// added later.
func (d *Desk) Project(r *feed.Runner, logs *feed.Logs) {
	r.ProjectEach(logs, func(*feed.Log) feed.Projection {
		return feed.Projection{Name: "cases", Pace: openPace, Apply: d.apply}
	})
}

func (d *Desk) apply(ctx context.Context, r *feed.Record) error {
	if has, err := r.Has(opens...); !has || err != nil {
		return err
	}
	entries, err := r.Entries()
	if err != nil {
		return fmt.Errorf("read what opens cases: %w", err)
	}
	for _, e := range entries {
		// Nobody decides on cases of a tenant that is gone.
		if _, err := d.Open(ctx, e); err != nil && !errors.Is(err, catalog.ErrUnknown) {
			return err
		}
		for _, c := range late(e) {
			if _, err := d.kept.Open(ctx, *c); err != nil && !errors.Is(err, catalog.ErrUnknown) {
				return err
			}
		}
	}
	return nil
}
