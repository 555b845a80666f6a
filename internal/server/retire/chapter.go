package retire

import "holdfast.dev/holdfast/internal/server/kit"

// Chapter takes products out of use and back into it.
type Chapter struct {
	core      *kit.Core
	transfers kit.Transfers     // nil: there are none
	tills     kit.TillDocuments // nil: there are none
	desk      kit.Tills         // nil: there are none
}

// New returns the chapter.
func New(core *kit.Core, transfers kit.Transfers, tills kit.TillDocuments, desk kit.Tills) *Chapter {
	return &Chapter{core, transfers, tills, desk}
}

const (
	// retiredAtOnce is how many levels are submitted together.
	retiredAtOnce = 500
	// maxRetiredShown is how many levels an answer shows.
	maxRetiredShown = 100
	// clearing begins the ids of the transfers that empty a retired level.
	clearing = "retire-"
)
