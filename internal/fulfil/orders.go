package fulfil

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Ledger is the books as orders that need a choice use them. A *ledger.Ledger is
// one.
type Ledger interface {
	ledger.Submitter
	// Items and Order are strong reads, as of one moment each.
	Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error)
	Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error)
}

// Directory is what the catalog knows of products and locations. *catalog.Catalog
// implements it.
type Directory interface {
	// KnownAll says what is known of each ref.
	KnownAll(ctx context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error)
	// Places are the known locations of a tenant, Lanes the costs of sending from them.
	// Both are shared and must not be changed.
	Places(ctx context.Context, tenant string) ([]catalog.Place, error)
	Lanes(ctx context.Context, tenant string) ([]catalog.Lane, error)
	// Kits are those of the products that are kits; kits among their parts are
	// not taken apart.
	Kits(ctx context.Context, tenant string, products []string) (map[string]catalog.Kit, error)
	// HadKit reports whether one of the products is a kit or has been one.
	HadKit(ctx context.Context, tenant string, products []string) (bool, error)
}

// Choices keeps what was chosen. *catalog.Catalog implements it.
type Choices interface {
	// Choices returns what was chosen for the calls of an order, by number,
	// and what is known of the key, if one is asked about.
	Choices(ctx context.Context, tenant, order string, key *[16]byte) ([]catalog.Choice, *catalog.ChoiceKey, error)
	// Choose stores a choice and a key together. The error is catalog.ErrStale when another
	// call was faster, catalog.ErrKeyTaken for the key of another request; then nothing is
	// stored.
	Choose(ctx context.Context, choice *catalog.Choice, key *catalog.ChoiceKey) error
}

// Orders carries out calls about orders that need a choice. It keeps nothing
// itself and is safe for concurrent use.
type Orders struct {
	books     Ledger
	directory Directory
	choices   Choices
	channel   func() string // of calls that name none
}

// Option changes how Orders work.
type Option func(*Orders)

// WithChannel sets what tells the channel of calls that name none, as the books have it (stock.Place.Default).
// The default is no channel.
func WithChannel(channel func() string) Option { return func(o *Orders) { o.channel = channel } }

// New returns orders over the books, the catalog and where choices are kept.
func New(books Ledger, directory Directory, choices Choices, opts ...Option) *Orders {
	o := &Orders{books: books, directory: directory, choices: choices, channel: func() string { return "" }}
	for _, set := range opts {
		set(o)
	}
	return o
}

const (
	// maxAttempts is how often one call chooses. When the stock went away after each of
	// these choices, the call is short.
	maxAttempts = 5
	// maxRounds bounds how often one call looks again at what others chose for
	// its order meanwhile.
	maxRounds = 32
)

// ErrContended says that others kept choosing for the same order. Nothing is held that was
// not held before; the same call again continues.
var ErrContended = errors.New("other calls are choosing for the same order: send it again")

// refuseInvalid returns a refusal of the call's form.
func refuseInvalid(field, reason string) *stock.Refusal {
	return &stock.Refusal{Code: stock.Invalid, Field: field, Detail: field + ": " + reason}
}
