// Package engine stores a slot: its ordered log and the tables that belong to
// it. There is one interface, which every database implements and
// enginetest.Run tests. Engines keep bytes and know no features. Package stock
// defines the meaning of commands, package ledger their order.
package engine

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// Seq numbers the records of a slot, dense from 1. 0 is before the first.
type Seq uint64

// Engine keeps one slot. Implementations are safe for concurrent use. Every
// engine has every part; a wrapper embeds an Engine and overrides what it
// changes.
type Engine interface {
	Store
	Scanner
	Locker
	Journal
	Pruner
	Auditor
	Archiver
	Rewriter
	Dropper
	Cursors
	Mover
}

// Store is the log and the rows that go with it.
type Store interface {
	// Append stores the group as one record, seq after+1, if the head is
	// still at after: the record, its rows, keys and texts, all or nothing.
	// When Append returns nil the record survives a crash of the machine.
	//
	// ErrMoved: the head is elsewhere; nothing was stored. ErrLost: the record at
	// after is not the one that Group.Prev names; nothing was stored, and nothing
	// is stored by this Engine from now on. *ExistsError: keys
	// or fresh holds of the group exist already; nothing was stored, and the
	// error names every one of them. ErrUnknown: the outcome is not known;
	// read the log behind after to find out. ErrFull: there is no room;
	// nothing was stored. ErrBroken: this process must no longer write the slot;
	// when the error is ErrUnknown as well, the record may be found after a
	// restart. A context that ends stores nothing or is ErrUnknown. Any other
	// error is a mistake of the caller (Group.Check, an ItemRow whose Fresh is
	// wrong); nothing was stored. When the head is elsewhere and something
	// exists, either error may come.
	Append(ctx context.Context, after Seq, g *Group) error

	// Load returns the wanted rows and the head they were read at, from one
	// snapshot. Rows that do not exist are left out, and rows that are wanted
	// twice come once. The rows are in no particular order and belong to the
	// caller.
	Load(ctx context.Context, w Want) (*Loaded, error)

	// Read returns up to limit records behind after, ascending and dense. It
	// returns none when there are none yet, ErrGone when records behind after
	// have been dropped. It may return fewer than there are, but at least one,
	// which is returned whole however big it is.
	Read(ctx context.Context, after Seq, limit int) ([]Record, error)

	// Head returns the seq of the newest record.
	Head(ctx context.Context) (Seq, error)

	// Close releases what the engine holds; it may be called again. Calls under
	// way are done or end with an error, later ones end with ErrClosed.
	Close() error
}

// Group is what one commit stores. The caller keeps no part of it while
// Append runs.
type Group struct {
	Record Record
	// Prev is the hash of the record at after, as the caller knows it: a log
	// that has another record there was restored or failed over behind the
	// caller's back. Zero: the caller does not know it, and only the number is
	// compared.
	Prev  [32]byte
	Items []ItemRow
	Holds []HoldRow
	Keys  []KeyRow
	// Buckets is empty but for the records that hand a bucket over between slots.
	Buckets []BucketRow
	// Text is the free text of the record, nil when there is none.
	Text []byte
	// Ask makes Append look for the keys and fresh holds of the group before
	// it writes, because some are likely to exist.
	Ask bool
}

// Record is one packed record of the log. The engine stores and returns Body
// as it is; the other fields repeat what Body says.
type Record struct {
	Seq Seq
	// At is the slot time of the record, never less than that of the record before.
	At stock.Time
	// Writer is unique per process start; Nonce per group of that writer.
	Writer [16]byte
	Nonce  uint64
	// Hash is the chained hash of the record.
	Hash [32]byte
	Body []byte
	// Text is the side text that went with the record; Read fills it.
	Text []byte
}

// ItemRow is the row of an item: plain columns for SQL users and reports, and
// the packed state.
type ItemRow struct {
	Key       stock.ItemKey
	Bucket    stock.Bucket
	Fresh     bool // the row does not exist yet; it must not be wrong
	Available stock.Qty
	Held      stock.Qty
	OnHand    stock.Qty
	Threshold stock.Qty
	Tracked   bool
	OnSale    bool
	// Low says that the row is on the low-stock list.
	Low       bool
	Version   uint64
	UpdatedAt stock.Time
	// LapsesAt is when the item next changes by itself, 0 when it does not.
	LapsesAt stock.Time
	Packed   []byte
}

// HoldRow is the row of one order's hold in one bucket.
type HoldRow struct {
	Key stock.HoldKey
	// Fresh says that the caller believes that the row does not exist; storing
	// it is the proof. A row that is not fresh is stored whether it exists or
	// not: it may have been dropped (Pruner) while somebody remembered it.
	Fresh bool
	// Open says that something is still held; Deadline is the earliest
	// deadline of its open lines, 0 when none has one.
	Open     bool
	Deadline stock.Time
	// Seq is the record that last changed the hold.
	Seq    Seq
	Packed []byte
}

// KeyID is the hash of an idempotency key with its scope.
type KeyID [16]byte

// KeyRow remembers that a command with this key was decided.
type KeyRow struct {
	ID     KeyID
	Bucket stock.Bucket
	// Print is the fingerprint of the request, to tell a repeat from another
	// request under the same key.
	Print [16]byte
	// Seq and Index are the record and the entry in it that hold the outcome.
	Seq   Seq
	Index uint32
}

// Want names rows to be loaded.
type Want struct {
	Items []stock.ItemKey
	// Products wants all items of these products.
	Products []ProductKey
	// Orders wants all holds of these orders.
	Orders []stock.OrderKey
	Keys   []KeyID
}

// ProductKey names a product of a tenant.
type ProductKey struct {
	Tenant, Product string
}

// Loaded is what Load found and the head it was read at.
type Loaded struct {
	Head Seq
	// At is the time of the store's clock, set when nothing was wanted. It is 0
	// for an engine that has no clock other than that of the process.
	At    stock.Time
	Items []ItemRow
	Holds []HoldRow
	Keys  []KeyRow
}

var (
	// ErrMoved says the slot's head was not where the caller thought: another
	// writer got there first. Nothing was stored; read the log and decide again.
	ErrMoved = errors.New("head has moved")
	// ErrUnknown says that the outcome of an Append is not known. Read the log
	// behind the old head: the record is there or it never will be.
	ErrUnknown = errors.New("outcome unknown")
	// ErrFull says there is no room to store the group. Nothing was stored;
	// reads still work.
	ErrFull = errors.New("no room left on the device")
	// ErrBroken says that storing failed in a way that must not be tried
	// again (a failed fsync, a damaged file). The slot stops.
	ErrBroken = errors.New("storage is broken")
	// ErrLost says that the log lacks a record that this process has seen: the
	// database was restored to an older state, or failed over to a server that
	// did not have it. Nothing was stored, and the memory of the slot may contain
	// records that are lost: open it anew. It is an ErrBroken.
	ErrLost = fmt.Errorf("%w: the database has lost a record that this process has seen, by a failover or a restore", ErrBroken)
	// ErrGone says that the records asked for have been dropped.
	ErrGone = errors.New("records are gone")
	// ErrAway says that nobody answers at the database's address, or that the
	// database is starting or stopping. Nothing of this call is stored. The
	// database may come back.
	ErrAway = errors.New("the database cannot be reached")
	// ErrClosed says the engine was closed.
	ErrClosed = errors.New("engine is closed")
	// ErrSchema says the schema is not the one this program works with. The
	// text says which command to run.
	ErrSchema = errors.New("schema does not fit")
)

// ExistsError names what a group wanted to create and exists already. Nothing
// was stored: load the rows and decide again.
type ExistsError struct {
	Keys  []KeyID
	Holds []stock.HoldKey
}

// Error says how many there are.
func (e *ExistsError) Error() string {
	return fmt.Sprintf("%d keys and %d holds of the group exist", len(e.Keys), len(e.Holds))
}
