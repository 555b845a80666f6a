// Package load lets callers work for a while and takes their figures: which items they want
// (Workload), a closed loop of callers (Drive), and the results of a run (Sample) and its rounds
// (Side, Ratio). The measuring code decides what a caller does in its turn: this package knows no
// books and no database.
package load
