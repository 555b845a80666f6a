package facet

import "holdfast.dev/holdfast/internal/engine"

// joinCursors is Join with Cursors.
func joinCursors(e engine.Engine, f Facets, has [4]bool) engine.Engine {
	switch has {
	case [4]bool{true, true, true, true}:
		return struct {
			base
			l
			j
			p
			a
			c
		}{e, f.Locker, f.Journal, f.Pruner, f.Auditor, f.Cursors}
	case [4]bool{true, true, true, false}:
		return struct {
			base
			l
			j
			p
			c
		}{e, f.Locker, f.Journal, f.Pruner, f.Cursors}
	case [4]bool{true, true, false, true}:
		return struct {
			base
			l
			j
			a
			c
		}{e, f.Locker, f.Journal, f.Auditor, f.Cursors}
	case [4]bool{true, true, false, false}:
		return struct {
			base
			l
			j
			c
		}{e, f.Locker, f.Journal, f.Cursors}
	case [4]bool{true, false, true, true}:
		return struct {
			base
			l
			p
			a
			c
		}{e, f.Locker, f.Pruner, f.Auditor, f.Cursors}
	case [4]bool{true, false, true, false}:
		return struct {
			base
			l
			p
			c
		}{e, f.Locker, f.Pruner, f.Cursors}
	case [4]bool{true, false, false, true}:
		return struct {
			base
			l
			a
			c
		}{e, f.Locker, f.Auditor, f.Cursors}
	case [4]bool{true, false, false, false}:
		return struct {
			base
			l
			c
		}{e, f.Locker, f.Cursors}
	case [4]bool{false, true, true, true}:
		return struct {
			base
			j
			p
			a
			c
		}{e, f.Journal, f.Pruner, f.Auditor, f.Cursors}
	case [4]bool{false, true, true, false}:
		return struct {
			base
			j
			p
			c
		}{e, f.Journal, f.Pruner, f.Cursors}
	case [4]bool{false, true, false, true}:
		return struct {
			base
			j
			a
			c
		}{e, f.Journal, f.Auditor, f.Cursors}
	case [4]bool{false, true, false, false}:
		return struct {
			base
			j
			c
		}{e, f.Journal, f.Cursors}
	case [4]bool{false, false, true, true}:
		return struct {
			base
			p
			a
			c
		}{e, f.Pruner, f.Auditor, f.Cursors}
	case [4]bool{false, false, true, false}:
		return struct {
			base
			p
			c
		}{e, f.Pruner, f.Cursors}
	case [4]bool{false, false, false, true}:
		return struct {
			base
			a
			c
		}{e, f.Auditor, f.Cursors}
	}
	return struct {
		base
		c
	}{e, f.Cursors}
}
