package sheet

import (
	"context"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// Door is the way to the books (intake.Door).
type Door interface {
	// LookUp returns what is known of each ref.
	LookUp(ctx context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error)
	// Declare makes products and locations known, each independently.
	Declare(ctx context.Context, ins []catalog.Introduction) []catalog.Answer
	// RefuseKits refuses when one of the products is a kit.
	RefuseKits(ctx context.Context, tenant string, products ...string) error
	// Submit carries out the asks, each independently.
	Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error)
}

// Books is the ledger's interface for files.
type Books interface {
	// Items is a strong read, as of one moment.
	Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error)
}

// Directory is the catalog's interface for files.
type Directory interface {
	// Tenant returns the tenant, or catalog.ErrUnknown.
	Tenant(ctx context.Context, id string) (catalog.Tenant, error)
	// WasDeleted reports whether a tenant of that id was deleted.
	WasDeleted(ctx context.Context, id string) (bool, error)
	// Products lists the products that follow after, by id.
	Products(ctx context.Context, tenant, after string, limit int) ([]catalog.Product, error)
}

// Facts is the catalog's interface for locations and kits in files.
type Facts interface {
	// CatchUp makes later reads show every write before it.
	CatchUp(ctx context.Context) error
	// Places are the known locations, by id.
	Places(ctx context.Context, tenant string) ([]catalog.Place, error)
	SetPlaces(ctx context.Context, tenant string, set []catalog.Place) ([]catalog.Place, error)
	// Kits returns those of the products that are kits, AllKits all kits, by product.
	Kits(ctx context.Context, tenant string, products []string) (map[string]catalog.Kit, error)
	AllKits(ctx context.Context, tenant string) ([]catalog.Kit, error)
	// TryKits returns what SetKits would return, and sets nothing.
	TryKits(ctx context.Context, tenant string, set []catalog.Kit) error
	SetKits(ctx context.Context, tenant string, set []catalog.Kit) ([]catalog.Kit, error)
}

// Levels is the list of items for files.
type Levels interface {
	// Scan calls fn for each item, by product and location; with one slot all
	// from one snapshot.
	Scan(ctx context.Context, q view.LevelQuery, fn func(*stock.Item) error) (view.Snapshot, error)
}

// Journal is the journal for files.
type Journal interface {
	// Walk calls fn for each entry, oldest first.
	Walk(ctx context.Context, q view.WalkQuery, fn func(*view.Entry) error) (view.Snapshot, error)
}

// Reservations is the list of what orders hold, for files.
type Reservations interface {
	// Scan calls fn for each, by deadline.
	Scan(ctx context.Context, q view.ReservationQuery, fn func(*view.Reservation) error) (view.Snapshot, error)
}

// Transfers is the interface for transfers between locations in files.
type Transfers interface {
	// Transfer returns a transfer, or catalog.ErrUnknown.
	Transfer(ctx context.Context, tenant, id string) (Transfer, error)
	// Request makes a transfer to which nothing has happened yet. It returns ledger.ErrKeyReused
	// for an existing id with another request.
	Request(ctx context.Context, tenant, operator string, t Transfer) error
	// EachTransfer calls fn for each, the oldest first.
	EachTransfer(ctx context.Context, tenant string, fn func(Transfer) error) error
}

// Rooms are the parts that files need.
type Rooms struct {
	Door      Door
	Books     Books
	Directory Directory
	Facts     Facts
	Levels    Levels
	Journal   Journal
	Transfers Transfers

	Reservations Reservations
}
