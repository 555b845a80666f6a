// Package faulty makes an engine fail, for tests and simulation: calls that
// fail before or after they took effect, replies that are lost, calls that are
// delayed. A Plan says what fails and when.
package faulty

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/wrap"
)

// New returns e with the faults of the plan in all calls but Close, which
// always works: a test that fails should not hang as well.
func New(e engine.Engine, p Plan) engine.Engine {
	return wrap.New(e, func(ctx context.Context, m Method, do func(context.Context) error) error {
		g, ok := p.(Gate)
		if !ok {
			return befall(ctx, p.Next(m), do)
		}
		if err := g.Enter(ctx, m); err != nil {
			return err
		}
		err := befall(ctx, p.Next(m), do)
		if left := g.Leave(ctx, m); left != nil {
			return left
		}
		return err
	})
}

// befall makes a call with the fault.
func befall(ctx context.Context, f *Fault, do func(context.Context) error) error {
	if f == nil {
		return do(ctx)
	}
	if f.Arrived != nil {
		close(f.Arrived)
	}
	if !f.After {
		if err := f.hold(ctx); err != nil {
			return err
		}
		if f.Err != nil {
			return f.Err
		}
		return do(ctx)
	}
	if err := do(ctx); err != nil {
		return err
	}
	if err := f.hold(ctx); err != nil {
		// It has taken effect: an answer that the context ended would be wrong.
		return errors.Join(engine.ErrUnknown, err)
	}
	return f.Err
}

func (f *Fault) hold(ctx context.Context) error {
	if f.Go == nil {
		return nil
	}
	select {
	case <-f.Go:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
