package server

import (
	"maps"

	"holdfast.dev/holdfast/internal/server/accounts"
	"holdfast.dev/holdfast/internal/server/alerts"
	"holdfast.dev/holdfast/internal/server/campaigns"
	"holdfast.dev/holdfast/internal/server/cases"
	"holdfast.dev/holdfast/internal/server/details"
	"holdfast.dev/holdfast/internal/server/figures"
	"holdfast.dev/holdfast/internal/server/fleet"
	"holdfast.dev/holdfast/internal/server/items"
	"holdfast.dev/holdfast/internal/server/journal"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/kits"
	"holdfast.dev/holdfast/internal/server/live"
	"holdfast.dev/holdfast/internal/server/lots"
	"holdfast.dev/holdfast/internal/server/orders"
	"holdfast.dev/holdfast/internal/server/people"
	"holdfast.dev/holdfast/internal/server/places"
	"holdfast.dev/holdfast/internal/server/promises"
	"holdfast.dev/holdfast/internal/server/quotas"
	"holdfast.dev/holdfast/internal/server/redis"
	"holdfast.dev/holdfast/internal/server/relays"
	"holdfast.dev/holdfast/internal/server/replenishments"
	"holdfast.dev/holdfast/internal/server/retire"
	"holdfast.dev/holdfast/internal/server/screens"
	"holdfast.dev/holdfast/internal/server/search"
	"holdfast.dev/holdfast/internal/server/sinks"
	"holdfast.dev/holdfast/internal/server/sources"
	"holdfast.dev/holdfast/internal/server/tenants"
	"holdfast.dev/holdfast/internal/server/tills"
	"holdfast.dev/holdfast/internal/server/transfers"
)

// chaptersOf are the chapters of the API.
func chaptersOf(s *Server, rooms *Rooms, o *options) []kit.Chapter {
	facts, sealer := &rooms.Facts, o.sealer
	changes := sinks.NewCatalog(s.core, facts.Changes, s.watches.watching.ending)
	sinkChapter := sinks.New(s.core, facts.Sinks, rooms.Feed, changes, sealer, o.reach)
	s.sinks = sinkChapter
	list := items.NewList(s.core, rooms.Items, rooms.Transfers, s.may)
	return []kit.Chapter{
		items.NewInventory(s.core), retire.New(s.core, rooms.Transfers, facts.Tills, rooms.Tills), orders.New(s.core, facts.Sources), accounts.New(s.core),
		quotas.New(s.core, facts.QuotaSchedules), campaigns.New(s.core, facts.Campaigns, rooms.Campaigns), promises.New(s.core), lots.New(s.core, rooms.Recalls, rooms.Transfers),
		transfers.New(s.core, rooms.Transfers), replenishments.New(s.core, facts.Replenishments), places.New(s.core, facts.Places),
		kits.New(s.core, facts.Kits), tenants.New(s.core, facts.Tenants, facts.ReasonLists), cases.New(s.core), s.batches, &whoChapter{s}, people.New(s.core, rooms.Sessions), screens.NewDisplays(s.core, rooms.Sessions),
		s.watches, sinkChapter, sinks.NewParked(sinkChapter), relays.New(s.core, facts.Relays, facts.Sinks, facts.Sources, sealer, s.fenced),
		changes, details.New(s.core, facts.Details), search.New(s.core, rooms.Search), list, &live.Chapter{Core: s.core, Feed: rooms.Feed, Items: list.RenderItems, Beat: o.beat, Most: o.deadline, Ending: s.watches.watching.ending, Build: o.version}, figures.New(s.core, rooms.Figures, facts.Replenishments, sinkChapter.ListSinks, s.traffic), journal.New(s.core, rooms.Records),
		sources.New(s.core, facts.Sources, sealer), alerts.New(s.core, rooms.Alerts, &facts.Documents, sealer), tills.New(s.core, facts.Tills, facts.TillPolicies, rooms.Tills, rooms.Feed, rooms.Online), screens.NewDevices(s.core, rooms.Sessions, o.storePages != nil), fleet.New(s.core, rooms.Fleet, s.health.describe),
		redis.New(s.core, facts.RedisRules),
	}
}

// functionsOf are the functions of all chapters.
func functionsOf(chapters []kit.Chapter) map[string]kit.Method {
	all := map[string]kit.Method{}
	for _, c := range chapters {
		maps.Copy(all, c.Functions())
	}
	return all
}
