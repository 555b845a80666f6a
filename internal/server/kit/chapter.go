// Package kit is what the chapters of the API share: the call and its form, pages, writes, the words of the API and its errors.
package kit

import (
	"context"
	"log/slog"

	"holdfast.dev/holdfast/internal/feed"
)

// Chapter is a part of the API: a service of the definition, or some methods of
// one.
type Chapter interface {
	// Functions are the plain functions behind the chapter's methods.
	Functions() map[string]Method
}

// Core is shared by all chapters: the rooms, and the ways in which calls read and
// write them.
type Core struct {
	Books     Books
	Directory Directory
	Lists     Levels
	Journal   Journal
	Held      Reservations
	Cases     Cases // nil: there are none
	Late      LateTills
	Orders    Orders // nil: nothing is chosen, and no product is a kit
	Door      Door
	Answers   Answers  // nil: no facts are kept
	Reasons   Reasons  // nil: tenants have none
	Memory    Memory   // nil: the books answer
	Replicas  Replicas // nil: there are none
	Road      Redis    // nil: nothing sells through Redis
	Histories *feed.Histories
	Eventual  EventualStats
	Log       *slog.Logger
}

// Documents are the documents of one kind, as a chapter sets and shows them.
type Documents[T any] interface {
	// Get returns catalog.ErrUnknown for a document that does not exist.
	Get(ctx context.Context, tenant, id string) (T, error)
	Set(ctx context.Context, t T) (T, error)
	Drop(ctx context.Context, tenant, id string) error
}

// Knowing carries out a call where facts are kept.
func Knowing[Q, R any](s *Core, f func(context.Context, *Call, Q) (R, error)) func(context.Context, *Call, Q) (R, error) {
	return func(ctx context.Context, c *Call, q Q) (R, error) {
		if s.Answers == nil {
			var none R
			return none, Unavailable("this server keeps no facts of locations and kits", nil)
		}
		return f(ctx, c, q)
	}
}
