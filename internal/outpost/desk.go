package outpost

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// Ledger is that of the centre, or of a till (ledger.Ledger).
type Ledger interface {
	ledger.Submitter
	// Items are as of a moment behind the call.
	Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error)
	// Order is one order's holds, nil for none.
	Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error)
}

// Tills are the tills of tenants (catalog.Tills).
type Tills interface {
	Get(ctx context.Context, tenant, id string) (catalog.Till, error)
	// All are those of all tenants, List those of one behind after, by id.
	All(ctx context.Context) ([]catalog.Till, error)
	List(ctx context.Context, tenant, after string, limit int) ([]catalog.Till, error)
	// Resolve returns tills with the policies that count for them.
	Resolve(ctx context.Context, tills []catalog.Till) ([]catalog.Till, error)
	Since(ctx context.Context, revision int64) (changed []catalog.Till, next int64, err error)
	PoliciesSince(ctx context.Context, revision int64) (changed []catalog.TillPolicy, next int64, err error)
	NoteHeard(ctx context.Context, news []catalog.TillNews) (elsewhere []catalog.TillNews, err error)
	ByCode(ctx context.Context, code string) (catalog.Till, error)
	UseCode(ctx context.Context, code, file, epoch, instead string) (catalog.Till, error)
	SetEpoch(ctx context.Context, tenant, id, epoch string) (catalog.Till, error)
	SetOffset(ctx context.Context, tenant, id string, offset time.Duration) (catalog.Till, error)
}

// Directory is the catalog as the desk uses it (catalog.Catalog).
type Directory interface {
	CreateKey(ctx context.Context, spec catalog.KeySpec) (catalog.Key, string, error)
	RevokeTill(ctx context.Context, tenant, till string) error
	KnowAll(ctx context.Context, ins []catalog.Introduction) []catalog.Answer
}

// Levels are the stock at a location (view.Levels).
type Levels interface {
	Scan(ctx context.Context, q view.LevelQuery, fn func(*stock.Item) error) (view.Snapshot, error)
}

// Slots are the databases of the books, by the number of the slot.
type Slots func() []engine.Engine

// Desk is the centre's side of the protocol. It is safe for concurrent use, and any
// number of processes may have one.
type Desk struct {
	books     Ledger
	tills     Tills
	directory Directory
	epochs    feed.Epochs
	levels    Levels
	journal   view.Entries
	slots     Slots
	cases     Cases // nil: none are opened
	log       *slog.Logger
	now       func() time.Time

	spoken spokenTills
	roll   roll
	terms  termsBoard
	notes  orderNotes

	looking sync.Mutex
	ended   feed.Cursors // where the logs ended at endedAt
	endedAt time.Time
}

// Option changes how a Desk works.
type Option func(*Desk)

// WithClock sets what tells the time. The default is time.Now.
func WithClock(now func() time.Time) Option { return func(d *Desk) { d.now = now } }

// WithLog sets the log for what an operator must know. The default drops it.
func WithLog(l *slog.Logger) Option { return func(d *Desk) { d.log = l } }

// NewDesk returns the desk of the books.
func NewDesk(books Ledger, tills Tills, directory Directory, epochs feed.Epochs, levels Levels, journal view.Entries, slots Slots, opts ...Option) *Desk {
	d := &Desk{books: books, tills: tills, directory: directory, epochs: epochs, levels: levels, journal: journal, slots: slots, log: slog.New(slog.DiscardHandler), now: time.Now, spoken: spokenTills{all: map[tillKey]spoken{}}, roll: roll{heard: map[tillKey]*heard{}}, terms: termsBoard{all: map[tillKey]*posted{}}, notes: orderNotes{all: map[noteKey]string{}}}
	for _, set := range opts {
		set(d)
	}
	return d
}

// Pair makes the file of a machine the till that a person made the code for, and returns
// the till's key. The file calls itself by a word that it chose; "" for one that does not. The file that was the till's before is closed: what it had in escrow
// comes back. Refusals are those of catalog.Tills.UseCode.
func (d *Desk) Pair(ctx context.Context, code, file string) (Paired, error) {
	t, err := d.tills.ByCode(ctx, code)
	if err != nil {
		return Paired{}, err
	}
	known, err := d.holder(ctx, &t)
	if err != nil {
		return Paired{}, err
	}
	// If the answer was lost, nobody has the key. So the code is valid for this file until a
	// hello.
	instead := ""
	if file != "" && t.Code.File == file && t.Code.Epoch != "" && t.Code.Epoch == t.Epoch && (known.Ticket == 0 || nameOf(known.Epoch) != t.Epoch) {
		instead = t.Epoch
	}
	epoch := stock.NextEpoch(known.Epoch, draw())
	// If two machines use the same code, only one gets past this call.
	if t, err = d.tills.UseCode(ctx, code, file, nameOf(epoch), instead); err != nil {
		return Paired{}, err
	}
	note := stock.Note{Reason: "paired anew", Operator: "till:" + t.ID}
	if err := d.close(ctx, &t, note, false); err != nil {
		return Paired{}, err
	}
	item := stock.HolderItem(t.Tenant, t.Location, t.ID)
	begin := stock.BeginHolder{Item: item, Bucket: bucketOf(&t), Epoch: epoch, Note: stock.Note{Operator: "till:" + t.ID}}
	if err := d.submit(ctx, begin); err != nil {
		return Paired{}, fmt.Errorf("begin the epoch of till %q: %w", t.ID, err)
	}
	_, key, err := d.directory.CreateKey(ctx, catalog.KeySpec{
		Tenant: t.Tenant, Name: "till:" + t.ID, Scopes: catalog.ScopeTill, Till: t.ID, Bounds: &stock.Bounds{Locations: []string{t.Location}},
	})
	if err != nil {
		return Paired{}, fmt.Errorf("make the key of till %q: %w", t.ID, err)
	}
	d.log.InfoContext(ctx, "a till was paired", "tenant", t.Tenant, "till", t.ID, "location", t.Location, "epoch", t.Epoch)
	return Paired{Tenant: t.Tenant, Till: t.ID, Location: t.Location, Key: key, Epoch: t.Epoch}, nil
}

// Hello answers a till that has connected.
func (d *Desk) Hello(ctx context.Context, tenant, till string, h Hello) (Greeting, error) {
	began := d.now()
	g, err := d.greet(ctx, tenant, till, h)
	g.Now = began.Add(d.now().Sub(began) / 2) // the till takes it for the middle of the round trip
	return g, err
}

func (d *Desk) greet(ctx context.Context, tenant, till string, h Hello) (Greeting, error) {
	t, epoch, err := d.till(ctx, tenant, till, h.Epoch)
	if errors.Is(err, errStale) {
		return Greeting{Reply: ReplyStale, Next: h.Next}, nil
	}
	if err != nil {
		return Greeting{}, err
	}
	era, err := d.era(ctx, true)
	if err != nil {
		return Greeting{}, err
	}
	cmd := stock.GreetHolder{Item: stock.HolderItem(t.Tenant, t.Location, t.ID), Bucket: bucketOf(t), Epoch: epoch, Era: era, Seq: h.Seq}
	if cmd.Have, err = numberOf("have", h.Have); err != nil {
		return Greeting{}, err
	}
	if cmd.Next, err = numberOf("next", h.Next); err != nil {
		return Greeting{}, err
	}
	if cmd.Hash, err = hashOf(h.Hash); err != nil {
		return Greeting{}, err
	}
	counts, err := d.tills.Resolve(ctx, []catalog.Till{*t})
	if err != nil {
		return Greeting{}, err
	}
	g := Greeting{Reply: ReplyOK, Next: h.Next, Era: nameOf(era), AtRisk: counts[0].AtRisk, Terms: new(counts[0].Terms())}
	err = d.submit(ctx, cmd)
	var r *stock.Refusal
	switch {
	case err == nil:
	case errors.As(err, &r) && r.Field == stock.HolderLook:
		g.Reply = ReplyLook
	case errors.As(err, &r) && r.Field == stock.HolderStale:
		g.Reply = ReplyStale
		return g, d.refuseCopy(ctx, t, h.Epoch, r.Detail)
	default:
		return Greeting{}, err
	}
	known, err := d.holder(ctx, t)
	if err == nil {
		err = d.noteClock(ctx, t, h.At)
	}
	if err != nil {
		return Greeting{}, err
	}
	g.Seq, g.Hash = known.Seq, hexOf(known.Hash)
	if g.Reply == ReplyLook {
		if h.Last > 0 && h.Last < known.Seq {
			g.Reply = ReplyStale
			return g, d.refuseCopy(ctx, t, h.Epoch, fmt.Sprintf("its log ends with record %d, and the books have %d: it was restored from a back-up", h.Last, known.Seq))
		}
		return g, nil // it is not known yet whether the file is the till's
	}
	d.storeReport(ctx, t, selfReport{last: h.Last, done: known.Seq})
	d.spoken.remember(t, known)
	if d.cases != nil {
		err = d.cases.LookAgain(ctx, t.Tenant, t.ID)
	}
	return g, err
}

// skewMost is how far clocks may be apart before it is reported.
const skewMost = 5 * time.Minute

// noteClock stores how far the till's clock is behind, and logs it when that is
// far.
func (d *Desk) noteClock(ctx context.Context, t *catalog.Till, at time.Time) error {
	if at.IsZero() {
		return nil // it has not said
	}
	offset := d.now().Sub(at)
	if offset.Abs() > skewMost {
		d.log.WarnContext(ctx, "a till's clock and that of the centre are far apart", "tenant", t.Tenant, "till", t.ID, "centre_ahead", offset)
	}
	if (offset - time.Duration(t.Offset)).Abs() < time.Minute {
		return nil
	}
	_, err := d.tills.SetOffset(ctx, t.Tenant, t.ID, offset)
	return err
}

// reporter is the till that reports. A till that said hello here is not looked up again: its
// location stays while it is paired, and the books know whether its epoch is open.
func (d *Desk) reporter(ctx context.Context, tenant, id, epoch string) (*catalog.Till, uint64, error) {
	s, ok := d.spoken.find(tenant, id)
	if !ok || s.till.Epoch != epoch {
		return d.till(ctx, tenant, id, epoch)
	}
	n, err := numberOf("epoch", epoch)
	return &s.till, n, err
}

// errStale says that the epoch is not the till's, or is closed.
var errStale = errors.New("the till's file is stale")

// till is the one that the epoch is of.
func (d *Desk) till(ctx context.Context, tenant, id, epoch string) (*catalog.Till, uint64, error) {
	t, err := d.tills.Get(ctx, tenant, id)
	if err != nil {
		return nil, 0, err
	}
	n, err := numberOf("epoch", epoch)
	if err != nil {
		return nil, 0, err
	}
	if t.Epoch == "" || t.Epoch != epoch {
		return nil, 0, fmt.Errorf("till %q: %w", id, errStale)
	}
	return &t, n, nil
}

// holder is the till's state in the books.
func (d *Desk) holder(ctx context.Context, t *catalog.Till) (*stock.Holder, error) {
	levels, _, err := d.books.Items(ctx, []stock.ItemKey{stock.HolderItem(t.Tenant, t.Location, t.ID)})
	if err != nil {
		return nil, fmt.Errorf("read till %q: %w", t.ID, err)
	}
	if levels[0].Item == nil || levels[0].Item.Holder == nil {
		return &stock.Holder{}, nil
	}
	return levels[0].Item.Holder, nil
}

// submit carries out one command.
func (d *Desk) submit(ctx context.Context, cmd stock.Command) error {
	return ledger.SubmitEscrow(ctx, d.books, cmd)[0].Err
}

// era names the centre's books. It changes when they were restored from a back-up. With
// fresh it is read from the database, otherwise it is the one that this process knows.
func (d *Desk) era(ctx context.Context, fresh bool) (uint64, error) {
	sum := fnv.New64a()
	for n := range d.slots() {
		slot := uint16(n) //nolint:gosec // there are not that many slots
		h := d.epochs.History(slot)
		if fresh {
			var err error
			if h, err = d.epochs.FreshHistory(ctx, slot); err != nil {
				return 0, fmt.Errorf("read the history of slot %d: %w", slot, err)
			}
		}
		for _, e := range h {
			_, _ = sum.Write(binary.LittleEndian.AppendUint32(nil, e.ID)) // a hash takes everything
		}
		_, _ = sum.Write([]byte{0})
	}
	return sum.Sum64() | 1, nil
}

func bucketOf(t *catalog.Till) stock.Bucket { return stock.BucketOf(t.Tenant, t.Location) }

// draw returns a number that nobody can guess, never 0.
func draw() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return max(1, binary.LittleEndian.Uint64(b[:]))
}

// nameOf formats a number as epochs, tickets and eras are written.
func nameOf(n uint64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%016x", n)
}

// EpochName writes an epoch of a holder as the API has it.
func EpochName(epoch uint64) string { return nameOf(epoch) }

// numberOf reads what nameOf wrote.
func numberOf(field, name string) (uint64, error) {
	if name == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(name, 16, 64)
	if err != nil || n == 0 || len(name) != 16 {
		return 0, &stock.Refusal{Code: stock.Invalid, Field: field, Detail: field + " must be 16 hexadecimal digits"}
	}
	return n, nil
}
