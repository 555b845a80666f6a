package transfer

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// Door is the way to the books (intake.Door).
type Door interface {
	// LookUp says what is known of each ref.
	LookUp(ctx context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error)
	// MustKnow refuses when something of the refs is not known.
	MustKnow(ctx context.Context, refs []catalog.Ref) error
	// Submit carries out the asks, each by itself.
	Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error)
}

// Books is the ledger as transfers read it.
type Books interface {
	// Items is a strong read.
	Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error)
	// Order is a strong read of an order.
	Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error)
	// TryAll judges commands one after another, and stores nothing.
	TryAll(ctx context.Context, commands ...stock.Command) ([]error, error)
}

// Documents keeps transfers (catalog.Transfers).
type Documents interface {
	Get(ctx context.Context, tenant, id string) (catalog.StockTransfer, error)
	Create(ctx context.Context, newest int64, made ...catalog.StockTransfer) ([]catalog.StockTransfer, error)
	Update(ctx context.Context, t catalog.StockTransfer) (catalog.StockTransfer, error)
	List(ctx context.Context, q catalog.TransferQuery) ([]catalog.StockTransfer, error)
	Due(ctx context.Context, since time.Time, limit int) ([]catalog.StockTransfer, error)
}

// Rules are the stored rules of replenishment (catalog.Replenishments).
type Rules interface {
	Due(ctx context.Context, at time.Time, limit int) ([]catalog.Replenishment, error)
	Done(ctx context.Context, p catalog.Replenishment, at time.Time, newest int64, made ...catalog.StockTransfer) error
}

// Transfers moves stock between locations by documents: requested, approved, shipped,
// received, or cancelled. The document is the catalog's, the units are the books'. A step
// is written into the document before the books are asked and after they have answered, so
// that the next process can complete a step that was cut off. It is safe for concurrent
// use, by any number of processes.
type Transfers struct {
	door      Door
	books     Books
	documents Documents
	rules     Rules
	levels    Levels // nil: a location's products are not listed
	log       *slog.Logger
	now       func() time.Time
	random    io.Reader
	patience  time.Duration
}

// Option changes how Transfers works.
type Option func(*Transfers)

// WithLog sets where trouble is reported. The default is nowhere.
func WithLog(log *slog.Logger) Option { return func(x *Transfers) { x.log = log } }

// Levels lists what a location has (view.Levels).
type Levels interface {
	Page(ctx context.Context, q view.LevelQuery) (*view.LevelPage, error)
}

// WithLevels sets where rules about all products of a location find
// them. Without it such rules are not carried out.
func WithLevels(l Levels) Option { return func(x *Transfers) { x.levels = l } }

// WithClock sets the clock. The default is time.Now.
func WithClock(now func() time.Time) Option {
	return func(x *Transfers) { x.now = now }
}

// WithPatience sets how long a transfer must have been unwritten before others complete a
// step of it that was cut off. The default is 15 s: more than a call may take.
func WithPatience(patience time.Duration) Option {
	return func(x *Transfers) { x.patience = patience }
}

// New returns the transfers of the books behind the door.
func New(door Door, books Books, documents Documents, rules Rules, opts ...Option) *Transfers {
	x := &Transfers{
		door: door, books: books, documents: documents, rules: rules, log: slog.New(slog.DiscardHandler), now: time.Now, random: rand.Reader,
		patience: 15 * time.Second,
	}
	for _, opt := range opts {
		opt(x)
	}
	return x
}

const (
	// MaxLines is how many lines a transfer may have.
	MaxLines = stock.MaxShift
	// maxSteps bounds the history of a transfer, refusals included: it is kept
	// in one row.
	maxSteps = 200
	// maxTries bounds how often a call begins anew because another call has written the
	// transfer meanwhile.
	maxTries = 64
)

// Outcome is the result of a call.
type Outcome struct {
	// Transfer is the document after the call; after the first one with the
	// same key when Replayed.
	Transfer *Transfer
	Replayed bool
	// Positions are the places in the books that show it.
	Positions []ledger.Position
}

// Transfer returns a transfer, or catalog.ErrUnknown.
func (x *Transfers) Transfer(ctx context.Context, tenant, id string) (*Transfer, error) {
	row, err := x.documents.Get(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return unpack(&row)
}

// List returns transfers in the order that the query names.
func (x *Transfers) List(ctx context.Context, q catalog.TransferQuery) ([]*Transfer, error) {
	rows, err := x.documents.List(ctx, q)
	if err != nil {
		return nil, err
	}
	all := make([]*Transfer, len(rows))
	for i := range rows {
		if all[i], err = unpack(&rows[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Create makes a transfer that is requested: nothing of the books changes. The
// locations must be known and two, the products known, and no lot of one named twice.
func (x *Transfers) Create(ctx context.Context, r Request) (*Outcome, error) {
	if refusal := r.check(); refusal != nil {
		return nil, refusal
	}
	if err := x.door.MustKnow(ctx, r.refs()); err != nil {
		return nil, err
	}
	t, err := x.draft(&r)
	if err != nil {
		return nil, err
	}
	named := r.Key != "" || r.ID != ""
	if named {
		was, err := x.made(ctx, t)
		if was != nil || err != nil {
			return was, err
		}
	}
	var row catalog.StockTransfer
	if err := t.pack(&row); err != nil {
		return nil, err
	}
	rows, err := x.documents.Create(ctx, catalog.Whenever, row)
	if errors.Is(err, catalog.ErrStale) && named { // the same call came at the same time
		return x.made(ctx, t)
	}
	if err != nil {
		return nil, err
	}
	t.Number = rows[0].Number
	return &Outcome{Transfer: t}, nil
}

// made is the outcome of an earlier call with the same key, nil when there was none.
func (x *Transfers) made(ctx context.Context, t *Transfer) (*Outcome, error) {
	was, err := x.requested(ctx, t.Tenant, t.ID, t.Steps[0].Print)
	if was == nil || err != nil {
		return nil, err
	}
	return &Outcome{Transfer: was, Replayed: true}, nil
}

// requested is a transfer as it was requested, nil when there is none. request is the print
// of the request; if the transfer has another, the error is ledger.ErrKeyReused.
func (x *Transfers) requested(ctx context.Context, tenant, id, request string) (*Transfer, error) {
	t, err := x.Transfer(ctx, tenant, id)
	switch {
	case errors.Is(err, catalog.ErrUnknown):
		return nil, nil
	case err != nil:
		return nil, err
	case t.Steps[0].Print != request:
		return nil, ledger.ErrKeyReused
	}
	return t.afterStep(0), nil
}

// draft is a transfer that is not stored yet. Its id is the one it was given, or follows
// from the key.
func (x *Transfers) draft(r *Request) (*Transfer, error) {
	t := &Transfer{Tenant: r.Tenant, ID: r.id(), From: r.From, To: r.To, Channel: r.Channel, Straight: r.straight}
	if r.Key == "" && r.ID == "" {
		var b [idBytes]byte
		if _, err := io.ReadFull(x.random, b[:]); err != nil {
			return nil, fmt.Errorf("draw the id of a transfer: %w", err)
		}
		t.ID = hex.EncodeToString(b[:])
	}
	for _, l := range r.Lines {
		t.Lines = append(t.Lines, Line{Product: l.Product, Lot: l.Lot, Requested: l.Qty})
	}
	t.Steps = []Step{{
		Action: ActionRequest, At: timeOf(x.now()), Outcome: StepDone, Key: keyHash(r.Key), Print: r.print(), Expected: r.Expected,
		Reason: r.Reason, Reference: r.Reference, Operator: r.Operator,
	}}
	t.apply(&t.Steps[0])
	return t, nil
}

// refs are what a request names.
func (r *Request) refs() []catalog.Ref {
	refs := []catalog.Ref{{Tenant: r.Tenant, Location: r.From}, {Tenant: r.Tenant, Location: r.To}}
	for _, l := range r.Lines {
		refs = append(refs, catalog.Ref{Tenant: r.Tenant, Product: l.Product})
	}
	return refs
}
