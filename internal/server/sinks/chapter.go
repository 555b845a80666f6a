package sinks

import (
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"
)

// Chapter keeps the sinks.
type Chapter struct {
	core    *kit.Core
	sinks   catalog.Sinks
	feed    kit.Feed // nil: there are no events
	changes *CatalogChapter
	Sealer  *outside.Sealer // nil: no secrets are kept
	reach   outside.Reach
}

// New returns the chapter.
func New(core *kit.Core, sinks catalog.Sinks, feed kit.Feed, changes *CatalogChapter, sealer *outside.Sealer, reach outside.Reach) *Chapter {
	return &Chapter{core, sinks, feed, changes, sealer, reach}
}
