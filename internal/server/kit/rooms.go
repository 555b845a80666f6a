package kit

import (
	"context"
	"time"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
	"holdfast.dev/holdfast/internal/view"
)

// Feed delivers commits.
type Feed interface {
	// Watch starts after the cursors, or without any at the present heads.
	// It returns feed.ErrCursor, *feed.LostError or *feed.GoneError when it cannot.
	Watch(ctx context.Context, f feed.Filter, after feed.Cursors) (*feed.Watch, error)
	// Before is the position before everything booked at a time or later.
	Before(ctx context.Context, at stock.Time) (feed.Cursors, error)
}

// Sessions keeps the sessions of the console (Sessions of catalog.Catalog).
type Sessions interface {
	Displays
	Devices
	// SignIn begins a session with a valid key, or returns catalog.ErrBadKey. It returns the
	// token that the browser sends from then on.
	SignIn(ctx context.Context, keyID string) (string, catalog.Session, error)
	// SignInPerson begins a session of a person, or returns catalog.ErrUnknown for an unknown tenant.
	SignInPerson(ctx context.Context, p catalog.Person) (string, catalog.Session, error)
	// Session returns the session of a browser's token, or catalog.ErrNoSession. using marks
	// the session as not idle.
	Session(ctx context.Context, token string, using bool) (catalog.Session, error)
	// Remembers reports whether Session answers from memory.
	Remembers(token string) bool
	EndSession(ctx context.Context, token string) error
	// RereadSessions makes Session know which of the sessions have ended elsewhere.
	RereadSessions(ctx context.Context, tokens []string) error
	// Sessions are those of a tenant, by when they began and their id.
	Sessions(ctx context.Context, tenant string) ([]catalog.SignedIn, error)
	// EndSessionOf ends a session of the tenant, or catalog.ErrUnknown.
	EndSessionOf(ctx context.Context, tenant, id string) (catalog.SignedIn, error)
}

// Replenishments is what the catalog keeps of rules of replenishment.
type Replenishments interface {
	Documents[catalog.Replenishment]
	// List returns the rules that follow after, by id.
	List(ctx context.Context, tenant, after string, limit int) ([]catalog.Replenishment, error)
}

// Cases opens cases, and carries out decisions about them (cases.Desk).
type Cases interface {
	// Open stores the case that an event opens; "" when it opens none.
	Open(ctx context.Context, e *stock.Event) (id string, err error)
	// Get returns catalog.ErrUnknown for a case that never existed.
	Get(ctx context.Context, tenant, id string) (catalog.Case, error)
	// List returns a page, and the number of its last case when others may follow.
	List(ctx context.Context, q catalog.CaseQuery) (page []catalog.Case, last int64, err error)
	Assign(ctx context.Context, tenant, id, assignee string) (catalog.Case, error)
	Comment(ctx context.Context, tenant, id, operator, text string) (catalog.CaseComment, error)
	// Decide also returns the outcomes in the books, even with an error.
	Decide(ctx context.Context, by cases.Decision) (catalog.Case, []intake.Outcome, error)
	// BookLost books cases of entries that a till has lost.
	BookLost(ctx context.Context, by cases.LostBooking) (cases.BookedLost, error)
}

// Orders previews the choice of locations. A *fulfil.Orders is one.
type Orders interface {
	// Parts are the components of one unit of a kit, nil for a plain product.
	Parts(ctx context.Context, tenant, product string) ([]planning.Line, error)
	// Confirm reports whether a reserve of a cart would succeed.
	Confirm(ctx context.Context, cart fulfil.Cart) ([]fulfil.Verdict, *fulfil.Plan, error)
}

// Transfers moves stock between locations.
type Transfers interface {
	// Create requests a transfer.
	Create(ctx context.Context, r transfer.Request) (*transfer.Outcome, error)
	// Act approves, ships, receives or cancels a transfer.
	Act(ctx context.Context, a transfer.Act) (*transfer.Outcome, error)
	// Straight requests a transfer and ships and receives it at once; Finish completes
	// one that was interrupted.
	Straight(ctx context.Context, r transfer.Request) (*transfer.Outcome, error)
	Finish(ctx context.Context, tenant, id string) (*transfer.Outcome, error)
	// Takes refuses requests that their destinations would not take now.
	Takes(ctx context.Context, all []transfer.Request) error
	// Replenish requests the transfers that rules call for.
	Replenish(ctx context.Context, r transfer.ReplenishRequest) (*transfer.ReplenishOutcome, error)
	// Transfer returns a transfer, or catalog.ErrUnknown.
	Transfer(ctx context.Context, tenant, id string) (*transfer.Transfer, error)
	// List returns transfers in the order that the query names.
	List(ctx context.Context, q catalog.TransferQuery) ([]*transfer.Transfer, error)
}

// Redis sells items through Redis.
type Redis interface {
	// Standings lists the items of a tenant that sell through Redis, or did: those that follow after, by product and
	// location. Fewer than limit: there are no more.
	Standings(ctx context.Context, tenant string, after stock.ItemKey, limit int) ([]front.Standing, error)
	// Rebuild rebuilds the data of an item in Redis. With the zero key it rebuilds all items of the tenant. It returns how
	// many items it rebuilt. An item that does not sell through Redis is a catalog.UnknownError.
	Rebuild(ctx context.Context, tenant string, k stock.ItemKey) (int, error)
	// RebuildPage rebuilds up to limit items of the tenant: those that follow after, by product and location.
	RebuildPage(ctx context.Context, tenant string, after stock.ItemKey, limit int) (front.RebuiltPage, error)
	// Compare compares the data in Redis with the books, for the same items as Rebuild.
	Compare(ctx context.Context, tenant string, k stock.ItemKey) (compared int, differences []hot.Difference, err error)
	// Figures returns the figures of each rule by which items of the tenant sell through Redis.
	Figures(tenant string) []front.Figures
	// RoadOf are the items of an order that Redis took; nil: none.
	RoadOf(ctx context.Context, tenant, order string) (map[stock.ItemKey]bool, error)
}

// Tills is the centre's side of the tills (outpost.Desk). Its callers have checked that the caller
// may act for the till.
type Tills interface {
	// Pair uses up a pairing code. Its refusals are those of catalog.Tills.UseCode.
	Pair(ctx context.Context, code, file string) (outpost.Paired, error)
	Hello(ctx context.Context, tenant, till string, h outpost.Hello) (outpost.Greeting, error)
	Report(ctx context.Context, tenant, till string, r outpost.Report) (outpost.Applied, error)
	// Ask gives the till the units that it wants, as far as there are any, and returns what it then has of
	// those products.
	Ask(ctx context.Context, tenant, till string, wanted []outpost.Wanted) ([]outpost.Units, error)
	// Units lists the units of the products that follow after, by product. Fewer than limit: there are no more.
	Units(ctx context.Context, tenant, till, after string, limit int) ([]outpost.Units, error)
	// WriteOff closes the epoch of a till whose file is lost. A repeated call changes nothing.
	WriteOff(ctx context.Context, tenant, till, operator, reason string, withhold bool) error
	// Standings returns the states of tills, in their order.
	Standings(ctx context.Context, tills []catalog.Till) ([]outpost.Standing, error)
	// Glance is the state of a till as far as it is known without reading the books.
	Glance(t *catalog.Till) outpost.Standing
	// Holdings lists the products of which the till has units: those that follow after, by product. Fewer than
	// limit: there are no more.
	Holdings(ctx context.Context, tenant, till, after string, limit int) ([]outpost.Holding, error)
	TillTerms
	// Offer opens a case for each thing in a stale file that is not in the books. A repeated call opens
	// none.
	Offer(ctx context.Context, tenant, till string, o outpost.Offer) (outpost.Unknown, error)
	// Orders lists the orders that the till may accept or keeps: those that follow after, by id. Fewer than limit:
	// there are no more. Order is one of them.
	Orders(ctx context.Context, tenant, till, after string, limit int) ([]outpost.OnlineOrder, error)
	Order(ctx context.Context, tenant, till, order string) (outpost.OnlineOrder, bool, error)
}

// LateTills knows which tills may have sold what the books do not know (outpost.Granter).
type LateTills interface {
	// Late lists the paired tills of a location that may not have reported all that they did.
	Late(ctx context.Context, tenant, location string) ([]outpost.Late, error)
}

// TillDocuments is the part of the catalog about tills.
type TillDocuments interface {
	Documents[catalog.Till]
	// List returns the tills that follow after, by id.
	List(ctx context.Context, tenant, after string, limit int) ([]catalog.Till, error)
	// Resolve returns tills with the policies that apply to them.
	Resolve(ctx context.Context, tills []catalog.Till) ([]catalog.Till, error)
	// MakeCode returns a new pairing code and when it ends.
	MakeCode(ctx context.Context, tenant, id string) (string, time.Time, error)
}

// MaxTransfersRead is how many transfers are read at once.
const MaxTransfersRead = 100

// Reservations lists what orders hold.
type Reservations interface {
	// Page returns one page. It returns view.ErrPageToken for a token it did not make.
	Page(ctx context.Context, q view.ReservationQuery) (*view.ReservationPage, error)
	// Scan calls fn for every reservation in the order of a page.
	Scan(ctx context.Context, q view.ReservationQuery, fn func(*view.Reservation) error) (view.Snapshot, error)
	// Orders returns one page of orders. It returns view.ErrPageToken for a token it did not make.
	Orders(ctx context.Context, q view.OrderQuery) (*view.OrderPage, error)
}

// TillTerms knows the policies of tills (outpost.Desk); nil: there are no tills.
type TillTerms interface {
	// Terms returns the policy of a paired till, nil while it is not known, and what is closed when there is another one.
	Terms(tenant, till string) (*catalog.TillTerms, <-chan struct{})
}

// Displays keeps the screens that show the wall (Sessions of catalog.Catalog).
type Displays interface {
	// Pair returns the outcome of the pairing that a screen shows, or a new pairing;
	// catalog.ErrTooManyPairings when there can be none now.
	Pair(ctx context.Context, secret string) (catalog.Pairing, error)
	// AddDisplay makes the screen with the code a display, or catalog.ErrUnknown.
	AddDisplay(ctx context.Context, tenant, code, name string) (catalog.Display, error)
	// Displays are those of a tenant, by when they were confirmed and their id.
	Displays(ctx context.Context, tenant string) ([]catalog.Display, error)
	// EndDisplay ends the session of a display of the tenant, or catalog.ErrUnknown.
	EndDisplay(ctx context.Context, tenant, id string) (catalog.Display, error)
}

// Devices keeps the screens that show the pages of a store (Sessions of catalog.Catalog).
type Devices interface {
	// PairDevice returns the outcome of the pairing that a screen shows, or a new pairing;
	// catalog.ErrTooManyPairings when there can be none now.
	PairDevice(ctx context.Context, secret string) (catalog.Pairing, error)
	// AddDevice makes the screen with the code a device, or catalog.ErrUnknown.
	AddDevice(ctx context.Context, tenant, code string, spec catalog.DeviceSpec) (catalog.Device, error)
	// Devices are those of a tenant, by when they were confirmed and their id.
	Devices(ctx context.Context, tenant string) ([]catalog.Device, error)
	// EndDevice ends a device of the tenant and its key, or catalog.ErrUnknown.
	EndDevice(ctx context.Context, tenant, id string) (catalog.Device, error)
}
