package search

import (
	"context"

	"holdfast.dev/holdfast/relay"
)

// Look asks the engine to update a document that is not there, which makes none: whether
// it answers, the key may write, and the index is there.
func (l *leaf) Look(ctx context.Context) (relay.Sight, error) {
	d, err := l.documentOf(testProduct, nil, nil)
	if err == nil {
		err = first(write(ctx, l.engine, l.index, []document{d}, false))
	}
	return relay.Sight{Version: l.place.engine}, err
}
