package facet

import "holdfast.dev/holdfast/internal/engine"

// joinBoth is Join with an Archiver and Cursors.
func joinBoth(e engine.Engine, f Facets, has [4]bool) engine.Engine {
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
		}{e, f.Locker, f.Journal, f.Pruner, f.Auditor, f.Archiver, f.Cursors}
	case [4]bool{true, true, true, false}:
		return struct {
			base
			l
			j
			p
			x
			c
		}{e, f.Locker, f.Journal, f.Pruner, f.Archiver, f.Cursors}
	case [4]bool{true, true, false, true}:
		return struct {
			base
			l
			j
			a
			x
			c
		}{e, f.Locker, f.Journal, f.Auditor, f.Archiver, f.Cursors}
	case [4]bool{true, true, false, false}:
		return struct {
			base
			l
			j
			x
			c
		}{e, f.Locker, f.Journal, f.Archiver, f.Cursors}
	case [4]bool{true, false, true, true}:
		return struct {
			base
			l
			p
			a
			x
			c
		}{e, f.Locker, f.Pruner, f.Auditor, f.Archiver, f.Cursors}
	case [4]bool{true, false, true, false}:
		return struct {
			base
			l
			p
			x
			c
		}{e, f.Locker, f.Pruner, f.Archiver, f.Cursors}
	case [4]bool{true, false, false, true}:
		return struct {
			base
			l
			a
			x
			c
		}{e, f.Locker, f.Auditor, f.Archiver, f.Cursors}
	case [4]bool{true, false, false, false}:
		return struct {
			base
			l
			x
			c
		}{e, f.Locker, f.Archiver, f.Cursors}
	case [4]bool{false, true, true, true}:
		return struct {
			base
			j
			p
			a
			x
			c
		}{e, f.Journal, f.Pruner, f.Auditor, f.Archiver, f.Cursors}
	case [4]bool{false, true, true, false}:
		return struct {
			base
			j
			p
			x
			c
		}{e, f.Journal, f.Pruner, f.Archiver, f.Cursors}
	case [4]bool{false, true, false, true}:
		return struct {
			base
			j
			a
			x
			c
		}{e, f.Journal, f.Auditor, f.Archiver, f.Cursors}
	case [4]bool{false, true, false, false}:
		return struct {
			base
			j
			x
			c
		}{e, f.Journal, f.Archiver, f.Cursors}
	case [4]bool{false, false, true, true}:
		return struct {
			base
			p
			a
			x
			c
		}{e, f.Pruner, f.Auditor, f.Archiver, f.Cursors}
	case [4]bool{false, false, true, false}:
		return struct {
			base
			p
			x
			c
		}{e, f.Pruner, f.Archiver, f.Cursors}
	case [4]bool{false, false, false, true}:
		return struct {
			base
			a
			x
			c
		}{e, f.Auditor, f.Archiver, f.Cursors}
	}
	return struct {
		base
		x
		c
	}{e, f.Archiver, f.Cursors}
}
