package server

import (
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/alerts"
	"holdfast.dev/holdfast/internal/server/campaigns"
	"holdfast.dev/holdfast/internal/server/figures"
	"holdfast.dev/holdfast/internal/server/fleet"
	"holdfast.dev/holdfast/internal/server/items"
	"holdfast.dev/holdfast/internal/server/journal"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/kits"
	"holdfast.dev/holdfast/internal/server/lots"
	"holdfast.dev/holdfast/internal/server/places"
	"holdfast.dev/holdfast/internal/server/search"
	"holdfast.dev/holdfast/internal/server/sinks"
	"holdfast.dev/holdfast/internal/server/tenants"
	"holdfast.dev/holdfast/internal/server/tills"
)

// Facts is what the catalog keeps apart from the books, for each chapter its own.
type Facts struct {
	Answers kit.Answers
	Places  places.Places
	Kits    kits.Kits
	Tenants tenants.Tenants
	Reasons kit.Reasons
	Changes sinks.Changes
	catalog.Documents
}

// FactsOf is what a catalog keeps.
func FactsOf(c *catalog.Catalog) Facts {
	return Facts{c, c, c, c, c, c, c.Documents}
}

// Rooms are the parts that the server needs.
type Rooms struct {
	Books     kit.Books
	Directory kit.Directory
	// Door is the way to the books for all writes.
	Door kit.Door
	Keys Keys
	// Sessions may be nil: then nobody signs in to the console.
	Sessions kit.Sessions
	Levels   kit.Levels
	Journal  kit.Journal
	// Reservations lists what orders hold.
	Reservations kit.Reservations
	// Transfers may be nil: then there are none.
	Transfers kit.Transfers
	// Campaigns may be nil: then another server applies them to the books.
	Campaigns campaigns.Campaigns
	// Cases may be nil: then none are opened, and none decided.
	Cases kit.Cases
	// Recalls may be nil: then no lots are recalled.
	Recalls lots.Recalls
	// Facts may be left out: then nothing is known of locations and kits.
	Facts Facts
	// Orders may be nil: then locations are not chosen, and no product is a kit.
	Orders kit.Orders
	// Search may be nil: then products are not found.
	Search search.Search
	// Items may be nil: then they are not listed by filters.
	Items items.Items
	// Figures may be nil: then nothing is counted.
	Figures figures.Figures
	// Records may be nil: then none are shown.
	Records journal.Records
	// Alerts may be nil: then no rules are evaluated.
	Alerts alerts.Alerts
	// Tills may be nil: then none is paired. Late may be nil: then no till is ever late.
	Tills kit.Tills
	Late  kit.LateTills
	// Online are the orders of the centre if this is a till; nil: it is not.
	Online tills.OnlineOrders
	// Redis may be nil: then nothing sells through it.
	Redis kit.Redis
	// Fleet may be nil: then the servers and databases of the installation are unknown.
	Fleet fleet.Fleet
	// Feed may be nil: then nobody can watch.
	Feed kit.Feed
	// Ready are the parts without which the node cannot serve.
	Ready []Dependency
}
