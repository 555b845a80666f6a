package view

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// Records shows the logs as they are kept, so that the entries of a journal can be proven.
type Records struct{ logs *feed.Logs }

// NewRecords returns the records of the logs.
func NewRecords(logs *feed.Logs) *Records { return &Records{logs} }

// Record is what one tenant may see of a record.
type Record struct {
	Seq engine.Seq
	At  stock.Time
	// Hashed is the input of the record's hash.
	Hashed []byte
	// Block is the tenant's block, nil where there is none. Place is its index among the
	// blocks, from 0. Notes are those of its entries, empty where one was redacted.
	Block []byte
	Place int
	Notes [][]byte
}

// recordsAtOnce and recordBytes are how much is read at a time.
const (
	recordsAtOnce = 100
	recordBytes   = 4 << 20
)

// Page returns up to size records of the slot behind after, oldest first, and the newest
// seq there is. It returns fewer where they are big, but at least one where there is one.
// Records that are in named come with the tenant's block. ok is false where there is no
// such slot; engine.ErrGone says that the records have been dropped from the log.
func (r *Records) Page(ctx context.Context, tenant string, slot int, after engine.Seq, size int, named map[engine.Seq]bool) (page []Record, newest engine.Seq, ok bool, err error) {
	logs := r.logs.Each()
	if slot < 0 || slot >= len(logs) {
		return nil, 0, false, nil
	}
	log := logs[slot].Engine
	if newest, err = log.Head(ctx); err != nil {
		return nil, 0, true, fmt.Errorf("look where the log ends: %w", err)
	}
	for weight := 0; len(page) < size && after < newest && weight < recordBytes; {
		read, err := log.Read(ctx, after, min(size-len(page), recordsAtOnce))
		if err != nil {
			return nil, 0, true, fmt.Errorf("read the log: %w", err)
		}
		if len(read) == 0 {
			break
		}
		for i := range read {
			shown, err := shownRecord(&read[i], tenant, named[read[i].Seq])
			if err != nil {
				return nil, 0, true, err
			}
			page, after = append(page, shown), shown.Seq
			weight += len(read[i].Body)
		}
	}
	return page, newest, true, nil
}

func shownRecord(r *engine.Record, tenant string, whole bool) (Record, error) {
	parsed, err := stock.ParseRecord(r.Body)
	if err != nil {
		return Record{}, fmt.Errorf("record %d: %w", r.Seq, err)
	}
	shown := Record{Seq: r.Seq, At: r.At, Hashed: parsed.Hashed()}
	if !whole {
		return shown, nil
	}
	shown.Block, shown.Place = parsed.Block(tenant)
	if shown.Block != nil {
		if shown.Notes, err = stock.PackedNotes(r.Text, shown.Place); err != nil {
			return Record{}, fmt.Errorf("side text of record %d: %w", r.Seq, err)
		}
	}
	return shown, nil
}
