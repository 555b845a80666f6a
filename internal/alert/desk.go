package alert

import (
	"context"
	"time"

	"holdfast.dev/holdfast/internal/alert/notice"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/figures"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// Books reads items in the books (ledger.Ledger).
type Books interface {
	Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error)
	Product(ctx context.Context, p engine.ProductKey) ([]ledger.Level, stock.Time, error)
}

// Items lists items from memory (itemlist.List).
type Items interface {
	Each(ctx context.Context, q *itemlist.Query, fn func(*itemlist.Standing)) error
}

// Figures says how much was booked (figures.Figures).
type Figures interface {
	Rows(ctx context.Context, q *figures.Query) (rows []figures.Row, asOf time.Time, err error)
}

// Journal lists what happened to items (view.Journal).
type Journal interface {
	Entries(ctx context.Context, q view.EntryQuery) (*view.EntryPage, error)
}

// Rooms are the rooms that alerts use.
type Rooms struct {
	Kept    catalog.Documents
	Books   Books
	Items   Items
	Figures Figures
	Journal Journal
	// Lag is how far a sink is behind; false: that is not known.
	Lag func(ctx context.Context, tenant string, sink *catalog.Sink) (time.Duration, bool)
	// Nodes are the present servers, with the last report of each about itself.
	Nodes func(ctx context.Context) ([]catalog.Node, error)
	// Tills calls see for each till that has reported, with its location and for how long it has not
	// been in step.
	Tills func(ctx context.Context, tenant string, see func(till, location string, gap time.Duration)) error
	// Redis calls see for each item of which Redis and the books differ, or that any server mended in the last
	// hour: for how long they have differed, 0 when they do no longer, and how often it was mended. nil: this
	// server sells nothing through Redis.
	Redis func(ctx context.Context, tenant string, see func(k stock.ItemKey, age time.Duration, found int)) error
	// Settings are all settings of a receiver, its secrets in clear.
	Settings func(*catalog.AlertReceiver) (map[string]string, error)
}

// Desk evaluates rules, and sends what they find. It is safe for concurrent use, by any number
// of processes.
type Desk struct {
	rooms   Rooms
	now     func() time.Time
	senders func(kind string, settings map[string]string) (notice.Sender, error)
	link    func(alert string) string
	hours   hourCache
}

// Option changes what New makes.
type Option func(*Desk)

// WithClock sets the clock. The default is time.Now.
func WithClock(now func() time.Time) Option { return func(d *Desk) { d.now = now } }

// WithSenders sets what sends notices. The default is notice.New.
func WithSenders(open func(kind string, settings map[string]string) (notice.Sender, error)) Option {
	return func(d *Desk) { d.senders = open }
}

// WithLink sets the page where an alert is shown. The default is none.
func WithLink(link func(alert string) string) Option { return func(d *Desk) { d.link = link } }

// New returns the desk of alerts in the rooms.
func New(rooms Rooms, opts ...Option) *Desk {
	d := &Desk{
		rooms: rooms, now: time.Now, senders: notice.New,
		link: func(string) string { return "" },
	}
	for _, set := range opts {
		set(d)
	}
	return d
}
