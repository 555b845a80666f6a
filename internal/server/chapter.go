package server

import (
	"context"
	"log/slog"
	"maps"

	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/intake"
)

// chapter is a part of the contract: a service of the definition, or some
// methods of one.
type chapter interface {
	// functions are the plain functions behind the chapter's methods.
	functions() map[string]method
}

// core is what all chapters use: the rooms, and the ways in which calls read
// and write them.
type core struct {
	books     Books
	directory Directory
	lists     Levels
	journal   Journal
	orders    Orders // nil: nothing is chosen, and no product is a kit
	door      *intake.Door
	answers   Answers // nil: no facts are kept
	replicas  Replicas
	histories *feed.Histories
	eventual  eventualStats
	log       *slog.Logger
}

// Facts is what the catalog keeps beside the books, each chapter its own.
type Facts interface {
	Answers
	Places
	Kits
	Replenishments
	QuotaSchedules
	CampaignFacts
}

// knowing carries a call out where facts are kept.
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
