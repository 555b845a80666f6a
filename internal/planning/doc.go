// Package planning is arithmetic about what should happen next: which
// locations an order leaves from (Planner), what a kit is made of and how many
// of it can be built (Kits).
//
// Everything here is a function of values: no I/O, no clock, no goroutine,
// and the same arguments always give the same answer. A plan promises nothing. The caller
// asks the ledger to carry it out, and plans again when stock went away in between.
package planning
