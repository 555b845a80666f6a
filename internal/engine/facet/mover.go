package facet

import "holdfast.dev/holdfast/internal/engine"

// joinMover is Join with an Archiver, Cursors and a Mover.
func joinMover(e engine.Engine, f Facets, has [4]bool) engine.Engine {
	switch has {
	case [4]bool{true, true, true, true}:
		return struct {
			base
			l
			j
			p
			a
			x
			c
			m
		}{e, f.Locker, f.Journal, f.Pruner, f.Auditor, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{true, true, true, false}:
		return struct {
			base
			l
			j
			p
			x
			c
			m
		}{e, f.Locker, f.Journal, f.Pruner, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{true, true, false, true}:
		return struct {
			base
			l
			j
			a
			x
			c
			m
		}{e, f.Locker, f.Journal, f.Auditor, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{true, true, false, false}:
		return struct {
			base
			l
			j
			x
			c
			m
		}{e, f.Locker, f.Journal, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{true, false, true, true}:
		return struct {
			base
			l
			p
			a
			x
			c
			m
		}{e, f.Locker, f.Pruner, f.Auditor, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{true, false, true, false}:
		return struct {
			base
			l
			p
			x
			c
			m
		}{e, f.Locker, f.Pruner, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{true, false, false, true}:
		return struct {
			base
			l
			a
			x
			c
			m
		}{e, f.Locker, f.Auditor, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{true, false, false, false}:
		return struct {
			base
			l
			x
			c
			m
		}{e, f.Locker, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{false, true, true, true}:
		return struct {
			base
			j
			p
			a
			x
			c
			m
		}{e, f.Journal, f.Pruner, f.Auditor, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{false, true, true, false}:
		return struct {
			base
			j
			p
			x
			c
			m
		}{e, f.Journal, f.Pruner, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{false, true, false, true}:
		return struct {
			base
			j
			a
			x
			c
			m
		}{e, f.Journal, f.Auditor, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{false, true, false, false}:
		return struct {
			base
			j
			x
			c
			m
		}{e, f.Journal, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{false, false, true, true}:
		return struct {
			base
			p
			a
			x
			c
			m
		}{e, f.Pruner, f.Auditor, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{false, false, true, false}:
		return struct {
			base
			p
			x
			c
			m
		}{e, f.Pruner, f.Archiver, f.Cursors, f.Mover}
	case [4]bool{false, false, false, true}:
		return struct {
			base
			a
			x
			c
			m
		}{e, f.Auditor, f.Archiver, f.Cursors, f.Mover}
	}
	return struct {
		base
		x
		c
		m
	}{e, f.Archiver, f.Cursors, f.Mover}
}
