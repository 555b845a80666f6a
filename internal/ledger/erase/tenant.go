package erase

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// rowsAtOnce bounds the rows that one transaction drops.
const rowsAtOnce = 10_000

// Gone counts what a slot has of a tenant that is dropped, or would be.
type Gone struct {
	// Records counts the records with entries of the tenant, Entries these entries.
	Records, Entries int
	// Items and Holds count rows.
	Items, Holds int
}

// Tenant drops all that the slot keeps of the tenant: its entries in the log, its rows, and the
// keys that lead to the entries. Nobody may write to the slot meanwhile. It may be broken off and
// run again; with dry nothing is dropped.
func Tenant(ctx context.Context, e engine.Engine, tenant string, dry bool) (gone Gone, err error) {
	if _, err := e.ScanItems(ctx, engine.ItemScan{Tenant: tenant}, func(*engine.ItemRow) error { gone.Items++; return nil }); err != nil {
		return gone, err
	}
	if _, err := e.ScanHolds(ctx, engine.HoldScan{}, func(r *engine.HoldRow) error {
		if r.Key.Tenant == tenant {
			gone.Holds++
		}
		return nil
	}); err != nil {
		return gone, err
	}
	err = walk(ctx, e, func(recs []engine.Record) error {
		return dropEntries(ctx, e, recs, tenant, dry, &gone)
	})
	for n := 1; err == nil && n > 0 && !dry; {
		n, err = e.DropTenant(ctx, tenant, rowsAtOnce)
	}
	return gone, err
}

// dropEntries drops the tenant from records. Its keys are dropped before the
// entries that they lead to: only the entries show to which tenant the keys belong.
func dropEntries(ctx context.Context, e engine.Engine, recs []engine.Record, tenant string, dry bool, gone *Gone) error {
	var keys []engine.EntryRange
	var with []*engine.Record
	for i := range recs {
		first, count, err := gone.count(&recs[i], tenant)
		if err != nil {
			return err
		}
		if count == 0 {
			continue
		}
		keys = append(keys, engine.EntryRange{Seq: recs[i].Seq, First: uint32(first), Last: uint32(first + count - 1)})
		with = append(with, &recs[i])
	}
	if dry || len(with) == 0 {
		return nil
	}
	if _, err := e.DropKeys(ctx, keys); err != nil {
		return err
	}
	for _, rec := range with {
		if err := rewrite(ctx, e, rec, WithoutTenant(tenant), false); err != nil {
			return fmt.Errorf("record %d: %w", rec.Seq, err)
		}
	}
	return nil
}

// Count adds what a record has of the tenant.
func (g *Gone) Count(rec *engine.Record, tenant string) error {
	_, _, err := g.count(rec, tenant)
	return err
}

func (g *Gone) count(rec *engine.Record, tenant string) (first, count int, err error) {
	r, err := stock.ParseRecord(rec.Body)
	if err != nil {
		return 0, 0, fmt.Errorf("record %d: %w", rec.Seq, err)
	}
	if first, count = r.EntriesOf(tenant); count > 0 {
		g.Records++
		g.Entries += count
	}
	return first, count, nil
}

// WithoutTenant is the change that drops the tenant from a record.
func WithoutTenant(tenant string) Change {
	return func(rec *engine.Record) (engine.Record, error) {
		now := *rec
		var err error
		now.Body, now.Text, err = stock.DropTenant(rec.Body, rec.Text, tenant)
		return now, err
	}
}

// SpreadError says that a tenant cannot be dropped because of a location of it. Nothing
// was changed.
type SpreadError struct{ Tenant, Location string }

func (e *SpreadError) Error() string {
	return fmt.Sprintf("location %q of the tenant is, or was, spread over the slots: every bucket remembers that, and it cannot be deleted", e.Location)
}

// Droppable returns why a tenant cannot be dropped from the slot now; nil: it can.
func Droppable(ctx context.Context, e engine.Engine, tenant string) error {
	rows, _, err := e.Buckets(ctx)
	if err != nil {
		return err
	}
	for i := range rows {
		h, err := stock.DecodeHandover(rows[i].Packed)
		if err != nil {
			return fmt.Errorf("bucket %d: %w", rows[i].Bucket, err)
		}
		if h.Stage == stock.Leaving || h.Stage == stock.Coming {
			return fmt.Errorf("bucket %d is on its way to another slot: let holdfast shards move end first", h.Bucket)
		}
		h.Placements.Each(func(p *stock.Placement) {
			if p.Tenant == tenant && err == nil {
				err = &SpreadError{Tenant: tenant, Location: p.Location}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
