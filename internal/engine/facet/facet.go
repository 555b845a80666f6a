// Package facet puts an engine and its optional abilities together again after
// a wrapper has wrapped them one by one, so that a type assertion on the
// wrapper finds an ability exactly when the wrapped engine has it.
package facet

import "holdfast.dev/holdfast/internal/engine"

// Facets are the optional abilities of an engine; nil is one it lacks.
type Facets struct {
	Locker   engine.Locker
	Journal  engine.Journal
	Pruner   engine.Pruner
	Auditor  engine.Auditor
	Archiver engine.Archiver
	Cursors  engine.Cursors
	// Mover is never there without Archiver and Cursors: moving buckets needs
	// an engine that has them.
	Mover engine.Mover
}

// Of returns the abilities that e has.
func Of(e engine.Engine) Facets {
	f := Facets{
		Locker: ability[engine.Locker](e), Journal: ability[engine.Journal](e), Pruner: ability[engine.Pruner](e),
		Auditor: ability[engine.Auditor](e), Archiver: ability[engine.Archiver](e), Cursors: ability[engine.Cursors](e),
	}
	if f.Archiver != nil && f.Cursors != nil {
		f.Mover = ability[engine.Mover](e)
	}
	return f
}

// ability returns e as T, nil when it is none.
func ability[T any](e engine.Engine) (t T) {
	if able, ok := e.(T); ok {
		t = able
	}
	return t
}

// Join returns an engine that is e and has the abilities, and no others: Go
// wants a type for every set of methods. A Mover without Archiver and Cursors is
// left out.
func Join(e engine.Engine, f Facets) engine.Engine {
	has := [4]bool{f.Locker != nil, f.Journal != nil, f.Pruner != nil, f.Auditor != nil}
	switch {
	case f.Archiver != nil && f.Cursors != nil && f.Mover != nil:
		return joinMover(e, f, has)
	case f.Archiver != nil && f.Cursors != nil:
		return joinBoth(e, f, has)
	case f.Archiver != nil:
		return joinArchiver(e, f, has)
	case f.Cursors != nil:
		return joinCursors(e, f, has)
	}
	return join(e, f, has)
}

type (
	base = engine.Engine
	l    = engine.Locker
	j    = engine.Journal
	p    = engine.Pruner
	a    = engine.Auditor
	x    = engine.Archiver
	c    = engine.Cursors
	m    = engine.Mover
)

// join is Join without an Archiver and Cursors.
func join(e engine.Engine, f Facets, has [4]bool) engine.Engine {
	switch has {
	case [4]bool{true, true, true, true}:
		return struct {
			base
			l
			j
			p
			a
		}{e, f.Locker, f.Journal, f.Pruner, f.Auditor}
	case [4]bool{true, true, true, false}:
		return struct {
			base
			l
			j
			p
		}{e, f.Locker, f.Journal, f.Pruner}
	case [4]bool{true, true, false, true}:
		return struct {
			base
			l
			j
			a
		}{e, f.Locker, f.Journal, f.Auditor}
	case [4]bool{true, true, false, false}:
		return struct {
			base
			l
			j
		}{e, f.Locker, f.Journal}
	case [4]bool{true, false, true, true}:
		return struct {
			base
			l
			p
			a
		}{e, f.Locker, f.Pruner, f.Auditor}
	case [4]bool{true, false, true, false}:
		return struct {
			base
			l
			p
		}{e, f.Locker, f.Pruner}
	case [4]bool{true, false, false, true}:
		return struct {
			base
			l
			a
		}{e, f.Locker, f.Auditor}
	case [4]bool{true, false, false, false}:
		return struct {
			base
			l
		}{e, f.Locker}
	case [4]bool{false, true, true, true}:
		return struct {
			base
			j
			p
			a
		}{e, f.Journal, f.Pruner, f.Auditor}
	case [4]bool{false, true, true, false}:
		return struct {
			base
			j
			p
		}{e, f.Journal, f.Pruner}
	case [4]bool{false, true, false, true}:
		return struct {
			base
			j
			a
		}{e, f.Journal, f.Auditor}
	case [4]bool{false, true, false, false}:
		return struct {
			base
			j
		}{e, f.Journal}
	case [4]bool{false, false, true, true}:
		return struct {
			base
			p
			a
		}{e, f.Pruner, f.Auditor}
	case [4]bool{false, false, true, false}:
		return struct {
			base
			p
		}{e, f.Pruner}
	case [4]bool{false, false, false, true}:
		return struct {
			base
			a
		}{e, f.Auditor}
	}
	return struct{ base }{e}
}
