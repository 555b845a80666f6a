package outpost_test

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/intake"
)

// cutDoor is a door whose caller dies before the books are asked, or after they have answered.
type cutDoor struct {
	*intake.Door
	before, after bool
}

var errCut = errors.New("the process was killed")

// Submit asks the books unless it is cut off before.
func (d *cutDoor) Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error) {
	if d.before {
		return nil, errCut
	}
	of, err := d.Door.Submit(ctx, tenant, asks)
	if d.after {
		return nil, errCut
	}
	return of, err
}
