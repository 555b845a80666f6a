// Package facet puts an engine and its optional abilities together again after
// a wrapper has wrapped them one by one, so that a type assertion on the
// wrapper finds an ability exactly when the wrapped engine has it.
package facet

import "holdfast.dev/holdfast/internal/engine"

// Join returns an engine that is e and can do what is not nil of the others.
func Join(e engine.Engine, l engine.Locker, j engine.Journal, p engine.Pruner) engine.Engine {
	switch {
	case l != nil && j != nil && p != nil:
		return struct {
			engine.Engine
			engine.Locker
			engine.Journal
			engine.Pruner
		}{e, l, j, p}
	case l != nil && j != nil:
		return struct {
			engine.Engine
			engine.Locker
			engine.Journal
		}{e, l, j}
	case l != nil && p != nil:
		return struct {
			engine.Engine
			engine.Locker
			engine.Pruner
		}{e, l, p}
	case j != nil && p != nil:
		return struct {
			engine.Engine
			engine.Journal
			engine.Pruner
		}{e, j, p}
	case l != nil:
		return struct {
			engine.Engine
			engine.Locker
		}{e, l}
	case j != nil:
		return struct {
			engine.Engine
			engine.Journal
		}{e, j}
	case p != nil:
		return struct {
			engine.Engine
			engine.Pruner
		}{e, p}
	}
	return struct{ engine.Engine }{e}
}
