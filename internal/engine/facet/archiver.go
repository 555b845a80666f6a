package facet

import "holdfast.dev/holdfast/internal/engine"

// joinArchiver is Join with an Archiver.
func joinArchiver(e engine.Engine, f Facets, has [4]bool) engine.Engine {
	switch has {
	case [4]bool{true, true, true, true}:
		return struct {
			base
			l
			j
			p
			a
			x
		}{e, f.Locker, f.Journal, f.Pruner, f.Auditor, f.Archiver}
	case [4]bool{true, true, true, false}:
		return struct {
			base
			l
			j
			p
			x
		}{e, f.Locker, f.Journal, f.Pruner, f.Archiver}
	case [4]bool{true, true, false, true}:
		return struct {
			base
			l
			j
			a
			x
		}{e, f.Locker, f.Journal, f.Auditor, f.Archiver}
	case [4]bool{true, true, false, false}:
		return struct {
			base
			l
			j
			x
		}{e, f.Locker, f.Journal, f.Archiver}
	case [4]bool{true, false, true, true}:
		return struct {
			base
			l
			p
			a
			x
		}{e, f.Locker, f.Pruner, f.Auditor, f.Archiver}
	case [4]bool{true, false, true, false}:
		return struct {
			base
			l
			p
			x
		}{e, f.Locker, f.Pruner, f.Archiver}
	case [4]bool{true, false, false, true}:
		return struct {
			base
			l
			a
			x
		}{e, f.Locker, f.Auditor, f.Archiver}
	case [4]bool{true, false, false, false}:
		return struct {
			base
			l
			x
		}{e, f.Locker, f.Archiver}
	case [4]bool{false, true, true, true}:
		return struct {
			base
			j
			p
			a
			x
		}{e, f.Journal, f.Pruner, f.Auditor, f.Archiver}
	case [4]bool{false, true, true, false}:
		return struct {
			base
			j
			p
			x
		}{e, f.Journal, f.Pruner, f.Archiver}
	case [4]bool{false, true, false, true}:
		return struct {
			base
			j
			a
			x
		}{e, f.Journal, f.Auditor, f.Archiver}
	case [4]bool{false, true, false, false}:
		return struct {
			base
			j
			x
		}{e, f.Journal, f.Archiver}
	case [4]bool{false, false, true, true}:
		return struct {
			base
			p
			a
			x
		}{e, f.Pruner, f.Auditor, f.Archiver}
	case [4]bool{false, false, true, false}:
		return struct {
			base
			p
			x
		}{e, f.Pruner, f.Archiver}
	case [4]bool{false, false, false, true}:
		return struct {
			base
			a
			x
		}{e, f.Auditor, f.Archiver}
	}
	return struct {
		base
		x
	}{e, f.Archiver}
}
