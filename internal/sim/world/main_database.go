package world

import (
	"context"

	"holdfast.dev/holdfast/internal/catalog"
)

// mainDatabase is the directory as a node writes to it. A call stops before and after the write,
// and a node that has died there writes nothing.
type mainDatabase struct {
	directory
	l *life
}

func (d *mainDatabase) stop(ctx context.Context, at string) error {
	d.l.w.wait(d.l.nameGoroutine(ctx), "main database "+at, d.l)
	d.l.w.mu.Lock()
	defer d.l.w.mu.Unlock()
	if d.l.dead {
		return errDead
	}
	return nil
}

// Choose keeps what was chosen for an order.
func (d *mainDatabase) Choose(ctx context.Context, choice *catalog.Choice, key *catalog.ChoiceKey) error {
	if err := d.stop(ctx, "choice comes"); err != nil {
		return err
	}
	if err := d.directory.Choose(ctx, choice, key); err != nil {
		return err //nolint:wrapcheck // it is the directory's
	}
	return d.stop(ctx, "choice came back")
}

// Once keeps the outcome of a write.
func (d *mainDatabase) Once(ctx context.Context, key catalog.WriteKey, do func(context.Context) ([]byte, error)) ([]byte, bool, error) {
	if err := d.stop(ctx, "answer comes"); err != nil {
		return nil, false, err
	}
	answer, again, err := d.directory.Once(ctx, key, do)
	if err != nil {
		return nil, false, err //nolint:wrapcheck // it is the directory's
	}
	return answer, again, d.stop(ctx, "answer came back")
}

// HasPlanted reports whether the node has the bug.
func (d *mainDatabase) HasPlanted(bug string) bool { return d.l.w.cfg.Planted == bug }
