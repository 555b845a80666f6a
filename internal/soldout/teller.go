package soldout

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Door is the way to the books (intake.Door).
type Door interface {
	// Submit carries out the asks, each by itself, in their order.
	Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error)
}

// Books reads the books (ledger.Ledger).
type Books interface {
	Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error)
	Product(ctx context.Context, p engine.ProductKey) ([]ledger.Level, stock.Time, error)
}

// Directory says what locations serve (catalog.Catalog).
type Directory interface {
	// CatchUp makes Places show every write acknowledged before the call.
	CatchUp(ctx context.Context) error
	Places(ctx context.Context, tenant string) ([]catalog.Place, error)
	// PlacesDue are the places whose changed channels are to be processed, PlaceSeen
	// notes that this is done.
	PlacesDue(ctx context.Context, limit int) ([]catalog.Place, error)
	PlaceSeen(ctx context.Context, p catalog.Place) error
}

// Teller announces what turned. It is safe for concurrent use.
type Teller struct {
	door      Door
	books     Books
	directory Directory
	levels    Levels
}

// New returns the teller of the books behind the door.
func New(door Door, books Books, directory Directory, levels Levels) *Teller {
	return &Teller{door: door, books: books, directory: directory, levels: levels}
}

// question asks what must be announced of a product, including for the channels
// that its locations served before.
type question struct {
	engine.ProductKey
	before []string
}

// tries bounds how often a product is looked at again because somebody else has
// announced something about it meanwhile.
const tries = 10

var errOvertaken = errors.New("other processes announced first in every attempt; the next round tries again")

// look announces for each product the differences from the last announcement.
func (t *Teller) look(ctx context.Context, of []question) error {
	for range tries {
		found, err := t.differences(ctx, of)
		if err != nil {
			return err
		}
		var again []question
		for tenant, d := range found {
			overtaken, err := t.announce(ctx, tenant, d)
			if err != nil {
				return err
			}
			again = append(again, overtaken...)
		}
		if of = again; len(of) == 0 {
			return nil
		}
	}
	return errOvertaken
}

// difference is the announcements that are due for a product.
type difference struct {
	question question
	asks     []intake.Ask
}

// differences returns what is to be announced, by tenant. The last announcements are
// read first: a process may announce something only if its view of the books is
// newer than them.
func (t *Teller) differences(ctx context.Context, of []question) (map[string][]difference, error) {
	keys := make([]stock.ItemKey, len(of))
	for i, q := range of {
		keys[i] = stock.Everywhere(q.Tenant, q.Product)
	}
	announced, _, err := t.books.Items(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read what was announced: %w", err)
	}
	if err := t.directory.CatchUp(ctx); err != nil {
		return nil, err
	}
	all := make([][]intake.Ask, len(of))
	var reads errgroup.Group
	reads.SetLimit(readers)
	for i, q := range of {
		reads.Go(func() error {
			places, err := t.directory.Places(ctx, q.Tenant)
			if err != nil {
				return err
			}
			levels, _, err := t.books.Product(ctx, q.ProductKey)
			if err != nil {
				return fmt.Errorf("read product %q: %w", q.Product, err)
			}
			all[i] = asksOf(q, announced[i].Item, offersOf(levels, places))
			return nil
		})
	}
	if err := reads.Wait(); err != nil {
		return nil, err
	}
	found := map[string][]difference{}
	for i, q := range of {
		if len(all[i]) > 0 {
			found[q.Tenant] = append(found[q.Tenant], difference{q, all[i]})
		}
	}
	return found, nil
}

// readers is how many products are read at once.
const readers = 8

// asksOf are the announcements about a product, in the order of the channels.
func asksOf(q question, announced *stock.Item, offers []offer) (asks []intake.Ask) {
	if len(offers) == 0 {
		return nil // nobody keeps it
	}
	var version uint64
	channels := append([]string{""}, q.before...)
	if announced != nil {
		version = announced.Version
		channels = append(channels, announced.Off...)
	}
	for i := range offers {
		channels = offers[i].appendChannels(channels)
	}
	for _, channel := range slices.Compact(slices.Sorted(slices.Values(channels))) {
		is, soldOut := stock.OpBackInStock, !slices.ContainsFunc(offers, func(o offer) bool { return o.sells(channel) })
		if soldOut {
			is = stock.OpSoldOut
		}
		if announced.SoldOutOn(channel) == soldOut {
			continue
		}
		asks = append(asks, intake.Ask{Command: &stock.Announce{
			Tenant: q.Tenant, Product: q.Product, Channel: channel, Is: is, Version: version + uint64(len(asks)),
		}})
	}
	return asks
}

// announce books the differences of a tenant. It returns the products of which somebody
// else has announced something meanwhile.
func (t *Teller) announce(ctx context.Context, tenant string, all []difference) (again []question, err error) {
	var asks []intake.Ask
	for _, d := range all {
		asks = append(asks, d.asks...)
	}
	outcomes, err := t.door.Submit(ctx, tenant, asks)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		overtaken := false
		for i := range d.asks {
			if err := outcomes[i].Err; err != nil {
				return nil, fmt.Errorf("announce product %q: %w", d.question.Product, err)
			}
			overtaken = overtaken || !outcomes[i].Event.Changed()
		}
		if outcomes = outcomes[len(d.asks):]; overtaken {
			again = append(again, d.question)
		}
	}
	return again, nil
}
