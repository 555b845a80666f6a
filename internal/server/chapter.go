package server

import (
	"context"
	"log/slog"
	"maps"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
)

// chapter is a part of the API: a service of the definition, or some methods of
// one.
type chapter interface {
	// functions are the plain functions behind the chapter's methods.
	functions() map[string]method
}

// core is shared by all chapters: the rooms, and the ways in which calls read and
// write them.
type core struct {
	books     Books
	directory Directory
	lists     Levels
	journal   Journal
	held      Reservations
	cases     Cases // nil: there are none
	late      LateTills
	orders    Orders // nil: nothing is chosen, and no product is a kit
	door      Door
	answers   Answers  // nil: no facts are kept
	reasons   Reasons  // nil: tenants have none
	memory    Memory   // nil: the books answer
	replicas  Replicas // nil: there are none
	road      Redis    // nil: nothing sells through Redis
	histories *feed.Histories
	eventual  eventualStats
	fenced    fencedReports
	log       *slog.Logger
}

// Facts is what the catalog keeps apart from the books, for each chapter its own.
type Facts struct {
	Answers Answers
	Places  Places
	Kits    Kits
	Tenants Tenants
	Reasons Reasons
	Changes Changes
	catalog.Documents
}

// FactsOf is what a catalog keeps.
func FactsOf(c *catalog.Catalog) Facts {
	return Facts{c, c, c, c, c, c, c.Documents}
}

// chaptersOf are the chapters of the API.
func chaptersOf(s *Server, rooms *Rooms, o *options) []chapter {
	facts, sealer := &rooms.Facts, o.sealer
	changes := &catalogChapter{s.core, facts.Changes, s.watches}
	sinks := &sinkChapter{s.core, facts.Sinks, rooms.Feed, changes, sealer}
	s.sinks = sinks
	items := &itemChapter{s, rooms.Items, rooms.Transfers}
	return []chapter{
		&inventoryChapter{s.core}, &retireChapter{s.core, rooms.Transfers, facts.Tills, rooms.Tills}, &orderChapter{s.core, facts.Sources}, &accountChapter{s.core},
		&quotaChapter{s.core, facts.QuotaSchedules}, &campaignChapter{s.core, facts.Campaigns, rooms.Campaigns}, &promiseChapter{s.core}, &lotChapter{s.core, rooms.Recalls, rooms.Transfers},
		&transferChapter{s.core, rooms.Transfers}, &replenishmentChapter{s.core, facts.Replenishments}, &locationChapter{s.core, facts.Places},
		&kitChapter{s.core, facts.Kits}, &tenantChapter{s.core, facts.Tenants, facts.ReasonLists}, &caseChapter{s.core}, s.batches, &whoChapter{s}, &signedInChapter{s.core, rooms.Sessions}, &displayChapter{s.core, rooms.Sessions},
		s.watches, sinks, &parkedChapter{sinks}, &relayChapter{s.core, facts.Relays, facts.Sinks, facts.Sources, sealer},
		changes, &detailChapter{s.core, facts.Details}, &searchChapter{s.core, rooms.Search}, items, &liveChapter{s.watches, items, o.version}, &figureChapter{s.core, rooms.Figures, facts.Replenishments, sinks, s.traffic}, &recordChapter{s.core, rooms.Records},
		&sourceChapter{s.core, facts.Sources, sealer}, &alertChapter{s.core, rooms.Alerts, &facts.Documents, sealer}, &tillChapter{s.core, facts.Tills, facts.TillPolicies, rooms.Tills, rooms.Feed, rooms.Online}, newDeviceChapter(s.core, rooms.Sessions, o.storePages != nil), &fleetChapter{s.core, rooms.Fleet, &s.health},
		&redisChapter{s.core, facts.RedisRules},
	}
}

// documents are the documents of one kind, as a chapter sets and shows them.
type documents[T any] interface {
	// Get returns catalog.ErrUnknown for a document that does not exist.
	Get(ctx context.Context, tenant, id string) (T, error)
	Set(ctx context.Context, t T) (T, error)
	Drop(ctx context.Context, tenant, id string) error
}

// knowing carries out a call where facts are kept.
func knowing[Q, R any](s *core, f func(context.Context, *call, Q) (R, error)) func(context.Context, *call, Q) (R, error) {
	return func(ctx context.Context, c *call, q Q) (R, error) {
		if s.answers == nil {
			var none R
			return none, unavailable("this server keeps no facts of locations and kits", nil)
		}
		return f(ctx, c, q)
	}
}

// functionsOf are the functions of all chapters.
func functionsOf(chapters []chapter) map[string]method {
	all := map[string]method{}
	for _, c := range chapters {
		maps.Copy(all, c.functions())
	}
	return all
}
